"""PyTorch, with TorchScript frozen for inference.

    python bench/latency-torch.py prepare FOLDER WEIGHTS      writes FOLDER/model.pt
    python bench/latency-torch.py predict FOLDER IMAGES

With one image its answer is printed; with several, every line on stdin is answered with a time for each.
"""

import json
import os
import sys
import time
import warnings

import numpy as np
import torch
from PIL import Image

warnings.filterwarnings("ignore")
SIZE_PX = 150
INPUTS = 37_632
UNITS = 1_024


class Flatten(torch.nn.Module):
    """In Keras' order: channels last."""

    def forward(self, x):
        return x.permute(0, 2, 3, 1).flatten(1)


def prepare(folder, weights):
    from inception_weights import torch_trunk

    hidden, answer = torch.nn.Linear(INPUTS, UNITS), torch.nn.Linear(UNITS, 1)
    with torch.no_grad():
        for layer, name in ((hidden, "hidden"), (answer, "answer")):
            kernel = np.fromfile(os.path.join(folder, f"{name}.f32"), dtype=np.float32)
            layer.weight.copy_(torch.from_numpy(kernel.reshape(layer.in_features, layer.out_features).T.copy()))
            layer.bias.zero_()
    model = torch.nn.Sequential(torch_trunk(weights), Flatten(), hidden, torch.nn.ReLU(), answer, torch.nn.Sigmoid())
    frozen = torch.jit.freeze(torch.jit.trace(model.eval(), torch.zeros(1, 3, SIZE_PX, SIZE_PX)))
    frozen.save(os.path.join(folder, "model.pt"))


@torch.inference_mode()
def answer(model, images):
    times, probabilities = [], []
    for file in images:
        started = time.perf_counter()
        image = Image.open(file).convert("RGB").resize((SIZE_PX, SIZE_PX), Image.Resampling.BILINEAR)
        pixels = torch.from_numpy(np.asarray(image, dtype=np.float32)).permute(2, 0, 1)[None] / 255
        probabilities.append(model(pixels).item())
        times.append((time.perf_counter() - started) * 1e3)
    print(json.dumps({"times": times, "probability": probabilities[0]}), flush=True)


def main():
    mode, folder, *rest = sys.argv[1:]
    if mode == "prepare":
        prepare(folder, rest[0])
        return
    model = torch.jit.load(os.path.join(folder, "model.pt"))
    if len(rest) == 1:
        answer(model, rest)
        return
    for _ in sys.stdin:
        answer(model, rest)


main()
