"""Milliseconds a step of PyTorch's own: 37,632 -> 1,024 -> 1, RMSprop, BCEWithLogits. Called by bench/dense-step.ts:

    python bench/dense-step-torch.py FEATURES BATCH THREADS STEPS WARM_UP

Prints a JSON list.
"""

import json
import sys
import time

import numpy as np
import torch

INPUTS = 37_632
UNITS = 1_024

path, batch, threads, steps, warm_up = sys.argv[1], *map(int, sys.argv[2:6])
torch.set_num_threads(threads)
torch.manual_seed(1)
features = torch.from_numpy(np.fromfile(path, dtype=np.float32).reshape(-1, INPUTS))
model = torch.nn.Sequential(torch.nn.Linear(INPUTS, UNITS), torch.nn.ReLU(), torch.nn.Linear(UNITS, 1))
loss_of = torch.nn.BCEWithLogitsLoss()
optimizer = torch.optim.RMSprop(model.parameters(), lr=1e-4, alpha=0.9, eps=1e-7)
times = []
for step in range(warm_up + steps):
    order = torch.randperm(len(features))[:batch]
    inputs = features[order]
    targets = (order % 2).float().reshape(-1, 1)
    started = time.perf_counter()
    optimizer.zero_grad(set_to_none=True)
    loss = loss_of(model(inputs), targets)
    loss.backward()
    optimizer.step()
    loss.item()
    if step >= warm_up:
        times.append((time.perf_counter() - started) * 1e3)
print(json.dumps(times))
