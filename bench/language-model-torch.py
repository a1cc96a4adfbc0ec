"""transformers and PEFT on the work of bench/language-models.ts, in a process of its own: FOLDER CASE THREADS BATCH.

Waits for a line of stdin, does its case once, and prints one line of JSON. `tokens.i32` has sequences of 129 ids.
"""

import json
import os
import sys
import time

os.environ["HF_HUB_OFFLINE"] = "1"

import numpy as np
import torch
from peak_memory import forget_peak, peak_bytes
from transformers import AutoModelForCausalLM
from transformers.utils import logging

LENGTH = 128
WARM_UP = 2
TOKENS = 24
STEPS = 4
RANK = 8
CLASSES = 2
LEARNING_RATE = 1e-3


def clocks():
    return time.perf_counter(), time.process_time()


def since(start):
    return [(now - then) * 1e3 for now, then in zip(clocks(), start)]


def timed(actions, keep):
    """Milliseconds of each action, wall and processor, and what each gave; the first ones warm up."""
    wall, processor, values = [], [], []
    for action in actions:
        start = clocks()
        values.append(action())
        times = since(start)
        wall.append(times[0])
        processor.append(times[1])
    return {"times": wall[keep:], "processorTimes": processor[keep:], "values": values, "peakBytes": peak_bytes()}


def load(folder):
    return AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32)


def open_model(folder, ids):
    def action():
        with torch.inference_mode():
            logits = load(folder).eval()(ids[:1, :1]).logits
        return logits[0, -1, 0].item()

    forget_peak()
    return timed([action], 0)


def features(folder, ids, batch):
    from transformers import AutoModel

    model = AutoModel.from_pretrained(folder, dtype=torch.float32, attn_implementation="sdpa").eval()
    forget_peak()
    with torch.inference_mode():

        def vectors():
            return model(ids[:batch, :LENGTH], use_cache=False).last_hidden_state[0, -1, 0].item()

        return timed([vectors] * (WARM_UP + STEPS), WARM_UP)


def generate(folder, ids):
    model = load(folder).eval()
    forget_peak()
    with torch.inference_mode():
        prompt = model(ids[:1, :LENGTH], use_cache=True, logits_to_keep=1)
        cache = prompt.past_key_values

        def token():
            answer = model(ids[:1, LENGTH : LENGTH + 1], past_key_values=cache, use_cache=True, logits_to_keep=1)
            return answer.logits[0, -1, 0].item()

        return timed([token] * (WARM_UP + TOKENS), WARM_UP)


def adapt(folder, ids, batch, is_top):
    from peft import LoraConfig, get_peft_model

    model = load(folder)
    blocks = model.config.n_layer
    layers = list(range(blocks - blocks // 3, blocks)) if is_top else None
    config = LoraConfig(
        r=RANK, lora_alpha=RANK, target_modules=["c_attn"], layers_to_transform=layers, fan_in_fan_out=True, task_type="CAUSAL_LM"
    )
    adapted = get_peft_model(model, config).eval()
    trained = [weight for weight in adapted.parameters() if weight.requires_grad]
    optimizer = torch.optim.AdamW(trained, lr=LEARNING_RATE, weight_decay=0.01)

    rows = ids[:batch]

    def step():
        optimizer.zero_grad(set_to_none=True)
        logits = adapted(rows[:, :LENGTH]).logits
        loss = torch.nn.functional.cross_entropy(logits.flatten(0, 1), rows[:, 1:].flatten())
        loss.backward()
        optimizer.step()
        return loss.item()

    forget_peak()
    return timed([step] * (WARM_UP + STEPS), WARM_UP)


def classify(folder, ids, batch, is_top):
    from peft import LoraConfig, get_peft_model
    from transformers import AutoModelForSequenceClassification

    model = AutoModelForSequenceClassification.from_pretrained(folder, dtype=torch.float32, num_labels=CLASSES, pad_token_id=50256)
    blocks, width = model.config.n_layer, model.config.n_embd
    with torch.no_grad():
        model.score.weight.copy_(torch.sin(torch.arange(width * CLASSES)).reshape(width, CLASSES).T / 20)
    layers = list(range(blocks - blocks // 3, blocks)) if is_top else None
    config = LoraConfig(
        r=RANK, lora_alpha=RANK, target_modules=["c_attn"], layers_to_transform=layers, fan_in_fan_out=True, task_type="SEQ_CLS"
    )
    adapted = get_peft_model(model, config).eval()
    trained = [weight for weight in adapted.parameters() if weight.requires_grad]
    optimizer = torch.optim.AdamW(trained, lr=LEARNING_RATE, weight_decay=0.01)
    labels = torch.arange(batch) % CLASSES
    rows = ids[:batch, :LENGTH]

    def step():
        optimizer.zero_grad(set_to_none=True)
        loss = torch.nn.functional.cross_entropy(adapted(rows).logits, labels)
        loss.backward()
        optimizer.step()
        return loss.item()

    forget_peak()
    return timed([step] * (WARM_UP + STEPS), WARM_UP)


def main():
    folder, case = sys.argv[1:3]
    threads, batch = (int(text) for text in sys.argv[3:5])
    torch.set_num_threads(threads)
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    ids = torch.from_numpy(np.fromfile(os.path.join(folder, "tokens.i32"), dtype=np.int32)).reshape(-1, LENGTH + 1).long()
    sys.stdin.readline()
    if case == "open":
        answer = open_model(folder, ids)
    elif case == "features":
        answer = features(folder, ids, batch)
    elif case == "generate":
        answer = generate(folder, ids)
    elif case.startswith("classify"):
        answer = classify(folder, ids, batch, case == "classify-top")
    else:
        answer = adapt(folder, ids, batch, case == "lora-top")
    print(json.dumps(answer))


main()
