"""
Writes tests/golden/models/keras_{mobilenet_v3,efficientnet,efficientnet_v2,nasnet,convnext}.json: what Keras' own
architectures consist of, and their outputs with weights and images made by formulas.

A row of a layer is [name, class, output shape without the batch, parameters], in Keras' order; operations that are no
layers (the sum and product in MobileNetV3's hard sigmoid, ConvNeXt's residuals) are rows as well, and the layers of a
nested model come before its own row, which then has no parameters. One member of a family has its rows in full, the
others a SHA-256 of them as compact JSON.

    KERAS_BACKEND=tensorflow python tools/oracle/keras_recent_networks.py [FAMILY ...]
"""

import hashlib
import json
import math
import re
import sys
from functools import partial
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf
from keras.src.applications import efficientnet

from model_inputs import hash32, image, sample

ROOT = Path(__file__).resolve().parents[2]
SAMPLES = 60
A = keras.applications

# Large networks have tens of millions of weights: they repeat a table of a prime length, which is fast to fill in.
TABLE = hash32(np.arange(65521), 1).astype(np.float64) / 2.0**31 - 1


# EfficientNet's residual blocks are damped: random signals would grow in them until squeeze and excitation saturates,
# and then a rounding error decides whether a channel is there or not. Its gates are mostly open: else signals would
# vanish in the blocks that have no residual.
DAMPED = re.compile(r"^block\d+[^a]_project_bn$")
OPEN = re.compile(r"_se_expand$")


def formula_weight(seed, layer_name, name, shape):
    size = math.prod(shape)
    begin = seed * 7919 % TABLE.size
    uniform = np.resize(np.concatenate([TABLE[begin:], TABLE[:begin]]), size)
    if name == "count":
        values = np.zeros(size)
    elif name in ("gamma", "moving_variance", "variance"):
        damping = 0.25 if name == "gamma" and DAMPED.match(layer_name) else 1
        values = damping * (1 + 0.25 * uniform)
    elif name in ("beta", "moving_mean", "bias", "mean"):
        opening = 2 if name == "bias" and OPEN.search(layer_name) else 0
        values = opening + 0.1 * uniform
    else:
        fan_in = shape[0] * shape[1] if shape[-1] == 1 else size / shape[-1]
        values = uniform * math.sqrt(6 / fan_in)
    return values.astype(np.float32).reshape(shape)


def pixels(count, height, width):
    """float32 [count, height, width, 3], whole numbers in [0, 255]."""
    return np.stack([image(number, height, width) for number in range(count)]).astype(np.float32)


def flat_layers(model):
    """All operations but the input; a nested model's come before itself."""
    for layer in model.layers if isinstance(model, keras.Sequential) else model.operations:
        if isinstance(layer, keras.Sequential):
            yield from flat_layers(layer)
        if type(layer).__name__ != "InputLayer":
            yield layer


def row(layer):
    is_model = isinstance(layer, keras.Sequential)
    parameters = layer.count_params() if isinstance(layer, keras.Layer) and not is_model else 0
    return [layer.name, type(layer).__name__, list(layer.output.shape[1:]), parameters]


def describe(model, in_full=False):
    rows = [row(layer) for layer in flat_layers(model)]
    return {
        "inputShape": list(model.input_shape[1:]),
        "name": model.name,
        "parameters": model.count_params(),
        "layersSha256": hashlib.sha256(json.dumps(rows, separators=(",", ":")).encode()).hexdigest(),
    } | ({"layers": rows} if in_full else {})


def set_formula_weights(model):
    layers = [
        layer
        for layer in flat_layers(model)
        if isinstance(layer, keras.Layer) and layer.weights and not isinstance(layer, keras.Sequential)
    ]
    for layer_index, layer in enumerate(sorted(layers, key=lambda layer: layer.name)):
        for index, weight in enumerate(layer.weights):
            # The only weight of a LayerScale has no name in Keras.
            name = "gamma" if type(layer).__name__ == "LayerScale" else weight.name
            weight.assign(formula_weight(layer_index * 8 + index, layer.name, name, weight.shape))
        if isinstance(layer, keras.layers.Normalization):
            layer.finalize_state()


def compute(model, is_pixels):
    height, width, _ = model.input_shape[1:]
    set_formula_weights(model)
    x = pixels(2, height, width)
    outputs = model(x if is_pixels else x / np.float32(127.5) - np.float32(1), training=False).numpy()
    return {"outputs": [sample(output, SAMPLES) for output in outputs]}


def as_imagenet(network):
    """Keras adds a layer to EfficientNet only where it loads the published weights: it may think that it does."""

    def make(**options):
        functional, get_file = efficientnet.Functional, efficientnet.file_utils.get_file
        efficientnet.Functional = type("Functional", (functional,), {"load_weights": lambda *_, **__: None})
        efficientnet.file_utils.get_file = lambda *_, **__: None
        try:
            return network(**(options | {"weights": "imagenet"}))
        finally:
            efficientnet.Functional, efficientnet.file_utils.get_file = functional, get_file

    return make


def build(network, inputShape, includeTop=False, **options):
    """A network with its layers counted from 0."""
    keras.utils.clear_session()
    return network(**({"weights": None, "input_shape": inputShape, "include_top": includeTop} | options))


FAMILIES = {
    "mobilenet_v3": {
        "networks": {
            f"{size}{'_minimalistic' if minimalistic else ''}_{alpha}": partial(
                network, alpha=alpha, minimalistic=minimalistic
            )
            for size, network in (("small", A.MobileNetV3Small), ("large", A.MobileNetV3Large))
            for minimalistic, alphas in ((False, (0.75, 1.0, 1.25)), (True, (1.0,)))
            for alpha in alphas
        },
        "sizePx": lambda name: 224,
        "small": (75, 97, 3),
    },
    "efficientnet": {
        "networks": {f"b{i}": as_imagenet(getattr(A, f"EfficientNetB{i}")) for i in range(8)},
        "sizePx": lambda name: [224, 240, 260, 300, 380, 456, 528, 600][int(name[1])],
        "small": (64, 97, 3),
    },
    "efficientnet_v2": {
        "networks": {f"b{i}": getattr(A, f"EfficientNetV2B{i}") for i in range(4)}
        | {size: getattr(A, f"EfficientNetV2{size.upper()}") for size in "sml"},
        "sizePx": lambda name: {"b0": 224, "b1": 240, "b2": 260, "b3": 300, "s": 384, "m": 480, "l": 480}[name],
        "small": (64, 97, 3),
    },
    "nasnet": {
        "networks": {"mobile": A.NASNetMobile, "large": A.NASNetLarge},
        "sizePx": lambda name: {"mobile": 224, "large": 331}[name],
        "small": (75, 97, 3),
        "pixels": False,
    },
    "convnext": {
        "networks": {
            size: getattr(A, f"ConvNeXt{name}")
            for size, name in (
                ("tiny", "Tiny"),
                ("small", "Small"),
                ("base", "Base"),
                ("large", "Large"),
                ("xlarge", "XLarge"),
            )
        },
        "sizePx": lambda name: 224,
        "small": (64, 97, 3),
    },
}


def further(family):
    """What only the first member of a family is asked for: options, and sizes at the other end."""
    first = next(iter(FAMILIES[family]["networks"].values()))
    if family == "efficientnet":
        # With weights=None there is one layer less.
        yield "withoutImagenetRescaling", describe(build(A.EfficientNetB0, (64, 64, 3)))
    if family in ("efficientnet_v2", "convnext", "mobilenet_v3"):
        yield "withoutPreprocessing", describe(build(partial(first, include_preprocessing=False), (64, 64, 3)))
    if family in ("efficientnet_v2", "convnext"):
        yield "twoChannels", describe(build(first, (64, 64, 2)))
    yield "smallest", describe(build(first, (32, 32, 3)))


def fixture(name):
    family = FAMILIES[name]
    networks = {}
    for index, (member, network) in enumerate(family["networks"].items()):
        size = family["sizePx"](member)
        top = build(network, (size, size, 3), includeTop=True)
        small = build(network, family["small"])
        networks[member] = {
            "withTop": describe(top),
            "small": describe(small, in_full=index == 0),
            "computed": compute(small, family.get("pixels", True)),
            "pooled": describe(build(network, (96, 64, 3), pooling="max")),
        }
        print(member, [one["largest"] for one in networks[member]["computed"]["outputs"]], flush=True)
    return {"networks": networks, "further": dict(further(name))}


if __name__ == "__main__":
    for name in sys.argv[1:] or FAMILIES:
        path = ROOT / f"tests/golden/models/keras_{name}.json"
        content = {
            "generator": "tools/oracle/keras_recent_networks.py",
            "versions": {"keras": keras.__version__, "tensorflow": tf.__version__},
        } | fixture(name)
        path.write_text(json.dumps(content, separators=(",", ":")) + "\n")
        print(path, path.stat().st_size)
