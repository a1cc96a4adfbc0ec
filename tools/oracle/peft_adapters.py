"""Reads what `graft export --to peft` wrote with the real PEFT, and computes the head's logits with it.

    python tools/oracle/peft_adapters.py BASE ADAPTERS POOLING < IDS

BASE is the folder of the network, IDS a JSON list of lists of ids, padded with -1 at the end, POOLING is mean, first or last. Prints the
logits as a JSON list of lists. The head is one Linear.
"""

import json
import os
import sys

os.environ["HF_HUB_OFFLINE"] = "1"

import torch
from peft import PeftModel
from safetensors.torch import load_file
from transformers import AutoModel

base, adapters, pooling = sys.argv[1:4]
ids = torch.tensor(json.load(sys.stdin))
mask = (ids >= 0).long()
network = AutoModel.from_pretrained(base, dtype=torch.float32).eval()
model = PeftModel.from_pretrained(network, adapters).eval()
with torch.no_grad():
    hidden = model(input_ids=ids.clamp(min=0), attention_mask=mask).last_hidden_state
    if pooling == "mean":
        vectors = (hidden * mask[:, :, None]).sum(1) / mask.sum(1, keepdim=True)
    else:
        places = mask.sum(1) - 1 if pooling == "last" else torch.zeros_like(mask[:, 0])
        vectors = hidden[torch.arange(len(ids)), places]
    head = load_file(os.path.join(adapters, "head.safetensors"))
    logits = vectors @ head["predictions.weight"].T + head["predictions.bias"]
print(json.dumps(logits.tolist()))
