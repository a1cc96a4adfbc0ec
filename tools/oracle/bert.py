"""Writes tests/golden/text/bert/: a small random BERT as transformers saves it, with its hidden states and all gradients.

    python tools/oracle/bert.py

With a folder of a real one, nothing is written: it compares the sentences' vectors of sentence-transformers' pooling with those of
tools/embed-lines.ts.

    python tools/oracle/bert.py FOLDER
"""

import json
import pathlib
import subprocess
import sys

import numpy as np
import torch
import transformers
from safetensors.torch import save_file
from transformers import AutoModel, AutoTokenizer, BertConfig, BertModel

ROOT = pathlib.Path(__file__).parents[2]
FOLDER = ROOT / "tests/golden/text/bert"
SEED = 20260501


def write():
    torch.manual_seed(SEED)
    config = BertConfig(
        vocab_size=23, hidden_size=12, num_hidden_layers=2, num_attention_heads=3, intermediate_size=20,
        max_position_embeddings=9, initializer_range=0.4, attn_implementation="eager",
    )
    model = BertModel(config, add_pooling_layer=False).eval()
    with torch.no_grad():
        for parameter in model.parameters():
            # Normalizations and biases, too, at none of the usual first numbers.
            parameter.add_(torch.randn_like(parameter) * 0.1)
    model.save_pretrained(FOLDER)
    # Not 0: torch gives the row of the padding no gradient.
    ids = torch.tensor([[2, 7, 1, 22, 6, 9], [5, 3, -1, -1, -1, -1], [4, 4, 8, 1, -1, -1]])
    mask = (ids >= 0).long()
    hidden = model(input_ids=ids.clamp(min=0), attention_mask=mask).last_hidden_state
    direction = torch.randn_like(hidden) * mask[:, :, None]
    (hidden * direction).sum().backward()
    expected = {f"gradient/{name}": parameter.grad for name, parameter in model.named_parameters()}
    save_file(
        {"hidden": hidden.detach().contiguous(), "direction": direction, **expected},
        FOLDER / "expected.safetensors",
        metadata={"transformers": transformers.__version__, "torch": torch.__version__, "seed": str(SEED)},
    )
    (FOLDER / "ids.json").write_text(json.dumps(ids.tolist()) + "\n")
    print(FOLDER, sum(file.stat().st_size for file in FOLDER.iterdir()))


def compare(folder):
    texts = [
        "How do I locate my card?", "a", "", "ﬁne ① naïve café, 日本語 and 😀", "word " * 300,
        "a stirring, funny and finally transporting re-imagining of beauty and the beast", "Don't. STOP!",
    ]
    tokenizer, model = AutoTokenizer.from_pretrained(folder), AutoModel.from_pretrained(folder).eval()
    length = json.loads((pathlib.Path(folder) / "sentence_bert_config.json").read_text())["max_seq_length"]
    given = tokenizer(texts, padding=True, truncation=True, max_length=length, return_tensors="pt")
    with torch.no_grad():
        hidden = model(**given).last_hidden_state
    mask = given["attention_mask"][:, :, None]
    vectors = torch.nn.functional.normalize((hidden * mask).sum(1) / mask.sum(1)).numpy()
    command = ["npx", "tsx", str(ROOT / "tools/embed-lines.ts"), folder]
    answer = subprocess.run(command, input="\n".join(map(json.dumps, texts)), capture_output=True, text=True, check=True, cwd=ROOT)
    ours = np.array([json.loads(line) for line in answer.stdout.splitlines()])
    print(f"{folder}: vectors differ by {abs(ours - vectors).max():.2g} at most")


if len(sys.argv) > 1:
    compare(sys.argv[1])
else:
    write()
