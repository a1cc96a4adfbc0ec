"""Reads the weights that bench/inception-weights.ts wrote, for Keras and for PyTorch."""

import json
import os
import re

import numpy as np


def read_weights(path):
    """By Keras' old names, which count from 1: `conv2d_1/kernel`."""
    with open(path, encoding="utf8") as file:
        (group,) = json.load(file)["weightsManifest"]
    data = np.fromfile(os.path.join(os.path.dirname(path), group["paths"][0]), dtype=np.float32)
    weights, start = {}, 0
    for entry in group["weights"]:
        size = int(np.prod(entry["shape"]))
        weights[entry["name"]] = data[start : start + size].reshape(entry["shape"])
        start += size
    return weights


def load_keras(model, path):
    weights = read_weights(path)
    for stem in ("conv2d", "batch_normalization"):
        numbered = re.compile(rf"{stem}(?:_(\d+))?")
        for layer in model.layers:
            match = numbered.fullmatch(layer.name)
            if match is None:
                continue
            number = int(match[1] or 0) + 1
            layer.set_weights([weights[f"{stem}_{number}/{weight.name}"] for weight in layer.weights])


def torch_trunk(path):
    """
    Torchvision's InceptionV3 up to Mixed_6e, which is Keras' mixed7, with Keras' numbers: its convolutions come in the same
    order, but its average pooling counts the padding, which Keras' does not.
    """
    import torch
    import torchvision

    inception = torchvision.models.inception

    class Functional:
        def __getattr__(self, name):
            return getattr(torch.nn.functional, name)

        @staticmethod
        def avg_pool2d(*args, **kwargs):
            return torch.nn.functional.avg_pool2d(*args, **kwargs, count_include_pad=False)

    inception.F = Functional()
    whole = torchvision.models.inception_v3(weights=None, aux_logits=False, init_weights=False, transform_input=False)
    names = [name for name, _ in whole.named_children()]
    cut = names[: names.index("Mixed_6e") + 1]
    trunk = torch.nn.Sequential(*(getattr(whole, name) for name in cut if name != "AuxLogits"))
    weights = read_weights(path)
    number = 0
    with torch.no_grad():
        for module in trunk.modules():
            if not isinstance(module, inception.BasicConv2d):
                continue
            number += 1
            kernel = weights[f"conv2d_{number}/kernel"]
            module.conv.weight.copy_(torch.from_numpy(kernel.transpose(3, 2, 0, 1).copy()))
            module.bn.weight.fill_(1)
            for ours, theirs in (("bias", "beta"), ("running_mean", "moving_mean"), ("running_var", "moving_variance")):
                getattr(module.bn, ours).copy_(torch.from_numpy(weights[f"batch_normalization_{number}/{theirs}"].copy()))
    return trunk.eval()
