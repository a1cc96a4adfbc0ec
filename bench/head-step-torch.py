"""PyTorch's training step, in a process of its own. Started by bench/head-step.ts:

    python bench/head-step-torch.py FOLDER BATCH eager|compiled|keras THREADS STEPS

Runs the first STEPS of batches-BATCH.i32 once and prints one line of JSON. `keras` is for checking, not for timing: RMSprop
with epsilon inside the root, as Keras has it; torch.optim's adds it to the root.
"""

import json
import os
import sys
import time

import numpy as np
import torch

from keras_rmsprop import EPSILON, RHO, KerasRMSprop
from peak_memory import forget_peak, peak_bytes

INPUTS = 37_632
UNITS = 1_024
LEARNING_RATE = 1e-4


def main():
    folder, mode = sys.argv[1], sys.argv[3]
    batch, threads, steps = (int(sys.argv[i]) for i in (2, 4, 5))
    torch.set_num_threads(threads)
    # Squares of small gradients leave float32's normal range, where arithmetic is slow.
    torch.set_flush_denormal(True)

    def read(name, dtype=np.float32):
        return torch.from_numpy(np.fromfile(os.path.join(folder, name), dtype=dtype))

    features = read("features.f32").reshape(-1, INPUTS)
    labels = read("labels.f32")
    batches = read(f"batches-{batch}.i32", np.int32).reshape(-1, batch).long()
    model = torch.nn.Sequential(torch.nn.Linear(INPUTS, UNITS), torch.nn.ReLU(), torch.nn.Linear(UNITS, 1))
    with torch.no_grad():
        model[0].weight.copy_(read("kernel-0.f32").reshape(INPUTS, UNITS).T)
        model[2].weight.copy_(read("kernel-1.f32").reshape(UNITS, 1).T)
        model[0].bias.zero_()
        model[2].bias.zero_()
    loss_of = torch.nn.BCEWithLogitsLoss()
    if mode == "keras":
        optimizer = KerasRMSprop(model.parameters(), LEARNING_RATE)
    else:
        optimizer = torch.optim.RMSprop(model.parameters(), lr=LEARNING_RATE, alpha=RHO, eps=EPSILON)

    def forward(inputs, targets):
        return loss_of(model(inputs), targets)

    update = optimizer.step
    if mode == "compiled":
        forward = torch.compile(forward)
        update = torch.compile(optimizer.step)

    times, losses = [], []
    forget_peak()
    for order in batches[:steps]:
        inputs, targets = features[order], labels[order].reshape(-1, 1)
        started = time.perf_counter()
        optimizer.zero_grad(set_to_none=True)
        loss = forward(inputs, targets)
        loss.backward()
        update()
        losses.append(loss.item())
        times.append((time.perf_counter() - started) * 1e3)
    print(json.dumps({"times": times, "losses": losses, "peakBytes": peak_bytes()}))


main()
