"""
Writes tests/golden/models/keras_{vgg,resnet,resnet_v2,densenet,xception,mobilenet,mobilenet_v2_widths,
inception_resnet_v2}.json: what Keras' own architectures consist of, and their outputs with weights and images made by formulas.

A row of a layer is [name, class, output shape without the batch, parameters], in Keras' order. One member of a family
has its rows in full, the others a SHA-256 of them as compact JSON.

    KERAS_BACKEND=tensorflow python tools/oracle/keras_networks.py [FAMILY ...]
"""

import hashlib
import json
import sys
from functools import partial
from pathlib import Path

import keras
import tensorflow as tf

from model_inputs import batch, formula_weight, sample

ROOT = Path(__file__).resolve().parents[2]
SAMPLES = 100
A = keras.applications

# Every network by its card's id, the side of its images with its top, and small images, one side odd, to compute.
# Residual networks let random signals grow, so that a softmax would be one-hot: their outputs are without it.
FAMILIES = {
    "vgg": {
        "networks": {"vgg16": A.VGG16, "vgg19": A.VGG19},
        "sizePx": 224,
        "computed": {"inputShape": (48, 65, 3)},
        "computedTop": {"inputShape": (32, 32, 3), "include_top": True, "classes": 7},
    },
    "resnet": {
        "networks": {"resnet50": A.ResNet50, "resnet101": A.ResNet101, "resnet152": A.ResNet152},
        "sizePx": 224,
        "computed": {"inputShape": (64, 75, 3)},
    },
    "resnet_v2": {
        "networks": {"resnet50v2": A.ResNet50V2, "resnet101v2": A.ResNet101V2, "resnet152v2": A.ResNet152V2},
        "sizePx": 224,
        "computed": {"inputShape": (64, 75, 3)},
    },
    "densenet": {
        "networks": {"densenet121": A.DenseNet121, "densenet169": A.DenseNet169, "densenet201": A.DenseNet201},
        "sizePx": 224,
        "computed": {"inputShape": (64, 75, 3)},
    },
    "xception": {
        "networks": {"xception": A.Xception},
        "sizePx": 299,
        "computed": {"inputShape": (71, 96, 3)},
    },
    "mobilenet": {
        "networks": {
            "mobilenet_025": partial(A.MobileNet, alpha=0.25),
            "mobilenet_050": partial(A.MobileNet, alpha=0.5),
            "mobilenet_075": partial(A.MobileNet, alpha=0.75),
            "mobilenet": A.MobileNet,
        },
        "sizePx": 224,
        "computed": {"inputShape": (64, 75, 3)},
        "computedTop": {"inputShape": (96, 64, 3), "include_top": True, "classes": 7},
    },
    "mobilenet_v2_widths": {
        "networks": {
            f"mobilenet_v2{'' if alpha == 1 else f'_{round(100 * alpha):03}'}": partial(A.MobileNetV2, alpha=alpha)
            for alpha in (0.35, 0.5, 0.75, 1.0, 1.3, 1.4)
        },
        "sizePx": 224,
        "computed": {"inputShape": (64, 75, 3)},
    },
    "inception_resnet_v2": {
        "networks": {"inception_resnet_v2": A.InceptionResNetV2},
        "sizePx": 299,
        "computed": {"inputShape": (75, 89, 3)},
    },
}


def build(network, inputShape, include_top=False, **options):
    """A network with its layers counted from 0."""
    keras.utils.clear_session()
    return network(weights=None, input_shape=inputShape, include_top=include_top, **options)


def describe(model, in_full):
    rows = [
        [layer.name, type(layer).__name__, list(layer.output.shape[1:]), layer.count_params()]
        for layer in model.layers
        if type(layer).__name__ != "InputLayer"
    ]
    digest = hashlib.sha256(json.dumps(rows, separators=(",", ":")).encode()).hexdigest()
    return {
        "inputShape": list(model.input_shape[1:]),
        "name": model.name,
        "parameters": model.count_params(),
        "layersSha256": digest,
    } | ({"layers": rows} if in_full else {})


def set_formula_weights(model):
    layers = sorted((layer for layer in model.layers if layer.weights), key=lambda layer: layer.name)
    for layer_index, layer in enumerate(layers):
        for index, weight in enumerate(layer.weights):
            weight.assign(formula_weight(layer_index, index, weight.name, weight.shape))


def compute(model):
    height, width, _ = model.input_shape[1:]
    set_formula_weights(model)
    outputs = model(batch(2, height, width), training=False).numpy()
    return {
        "inputShape": [height, width, 3],
        "outputs": [sample(output, SAMPLES) for output in outputs],
    }


def fixture(family):
    networks = {}
    for index, (name, network) in enumerate(family["networks"].items()):
        with_top = build(network, (family["sizePx"], family["sizePx"], 3), include_top=True)
        networks[name] = {"withTop": describe(with_top, False)}
        small = build(network, **family["computed"])
        networks[name] |= {"small": describe(small, index == 0), "computed": compute(small)}
        pooled = build(network, (96, 96, 3), pooling="max")
        networks[name] |= {"pooled": describe(pooled, False)}
        if "computedTop" in family and index == 0:
            networks[name]["computedTop"] = {"classes": 7} | compute(build(network, **family["computedTop"]))
        print(name, [one["largest"] for one in networks[name]["computed"]["outputs"]], flush=True)
    return networks


if __name__ == "__main__":
    for name in sys.argv[1:] or FAMILIES:
        path = ROOT / f"tests/golden/models/keras_{name}.json"
        content = {
            "generator": "tools/oracle/keras_networks.py",
            "versions": {"keras": keras.__version__, "tensorflow": tf.__version__},
            "networks": fixture(FAMILIES[name]),
        }
        path.write_text(json.dumps(content, separators=(",", ":")) + "\n")
        print(path, path.stat().st_size)
