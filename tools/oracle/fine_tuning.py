"""Writes tests/golden/training/fine_tuning.json: tops of real networks, trained by Keras for 20 steps.

    KERAS_BACKEND=tensorflow python tools/oracle/fine_tuning.py

Weights and features are made by formulas that tests/golden/models/formula-inputs.ts shares. Of every weight's update
the fixture keeps its length and its products with 8 vectors of signs: those of a difference of length d have the root
mean square d, so that they tell how long the difference from another update is.
"""

import os

os.environ["KERAS_BACKEND"] = "tensorflow"
os.environ["CUDA_VISIBLE_DEVICES"] = "-1"
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
os.environ["TF_ENABLE_ONEDNN_OPTS"] = "0"

import json
from functools import partial
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf

from keras_networks import build, set_formula_weights
from model_inputs import hash32

ROOT = Path(__file__).resolve().parents[2]
STEPS = 20
BATCHES = 2
BATCH = 4
SIGNS = 8
O = keras.optimizers

NETWORKS = {
    "mobilenet_v2_035": (partial(keras.applications.MobileNetV2, alpha=0.35), (128, 128, 3), "block_14_add", "out_relu"),
    "inception_v3": (keras.applications.InceptionV3, (150, 150, 3), "mixed5", "mixed7"),
}
OPTIMIZERS = {
    "sgd": (O.SGD, dict(learning_rate=0.01, momentum=0.9)),
    "rmsprop": (O.RMSprop, dict(learning_rate=1e-4)),
    "adam": (O.Adam, dict(learning_rate=1e-4)),
}
ALTERNATING, ONE_CLASS = [0.0, 1.0], [1.0, 1.0]
# InceptionV3 by SGD alone: dividing by the size of gradients makes rounding visible. Two runs of Keras itself that differ
# in the order of images within a batch end 1 % (RMSprop at 1e-5) and 5 % (Adam at 1e-4) of an update apart.
# And with images of one class: those of two classes pull against each other, and beside the little that is left, a unit
# whose sum rounds to the other side of 0 counts. Keras in float64, and with oneDNN, end 0.8 % and 1.3 % of an update apart
# from Keras in float32 with labels that alternate; with one class 4e-5 and 7e-6.
RUNS = [
    ("mobilenet_v2_035", "sgd", False, ALTERNATING),
    ("mobilenet_v2_035", "rmsprop", False, ALTERNATING),
    ("mobilenet_v2_035", "adam", False, ALTERNATING),
    ("mobilenet_v2_035", "sgd", True, ALTERNATING),
    ("inception_v3", "sgd", False, ONE_CLASS),
]


def digits(values):
    return [float(f"{value:.7g}") for value in values]


def features(batch, shape):
    """As after a ReLU: half of the numbers are zero."""
    uniform = hash32(np.arange(BATCH * int(np.prod(shape))), 5000 + batch).astype(np.float64) / 2.0**31 - 1
    return np.maximum(uniform, 0).astype(np.float32).reshape(BATCH, *shape)


def weight_name(layer, weight):
    return "depthwise_kernel" if isinstance(layer, keras.layers.DepthwiseConv2D) and weight.name == "kernel" else weight.name


def top(network, trains_statistics):
    make, shape, boundary, cut = NETWORKS[network]
    backbone = build(make, shape)
    start = backbone.get_layer(boundary).output
    pooled = keras.layers.GlobalAveragePooling2D(name="pooled")(backbone.get_layer(cut).output)
    output = keras.layers.Dense(1, activation="sigmoid", name="predictions")(pooled)
    model = keras.Model(start, output)
    set_formula_weights(model)
    for layer in model.layers:
        layer.trainable = trains_statistics or not isinstance(layer, keras.layers.BatchNormalization)
    return model, list(start.shape[1:])


def changed(model):
    """Weights that training moves, by `layer/weight`."""
    return {
        f"{layer.name}/{weight_name(layer, weight)}": weight.numpy().ravel().astype(np.float64)
        for layer in model.layers
        if layer.trainable
        for weight in layer.weights
    }


def described(index, update):
    signs = [1 - 2 * (hash32(np.arange(update.size), 7000 + 8 * index + k) & np.uint64(1)).astype(np.float64) for k in range(SIGNS)]
    return {"length": float(f"{np.linalg.norm(update):.7g}"), "products": digits([sign @ update for sign in signs])}


def run(network, optimizer, trains_statistics, pair):
    model, shape = top(network, trains_statistics)
    cls, options = OPTIMIZERS[optimizer]
    model.compile(optimizer=cls(**options), loss="binary_crossentropy")
    first = changed(model)
    targets = pair * (BATCH // 2)
    labels = np.array(targets, np.float32).reshape(-1, 1)
    losses = []
    for step in range(STEPS):
        model.reset_metrics()
        losses.append(float(model.train_on_batch(features(step % BATCHES, shape), labels)))
    last = changed(model)
    print(network, optimizer, losses[0], losses[-1], flush=True)
    _, _, boundary, cut = NETWORKS[network]
    return {
        "network": network,
        "boundary": boundary,
        "cut": cut,
        "trainsStatistics": trains_statistics,
        "optimizer": optimizer,
        "options": {"".join(p.capitalize() if i else p for i, p in enumerate(k.split("_"))): v for k, v in options.items()},
        "featureShape": shape,
        "targets": targets,
        "losses": digits(losses),
        "updates": {key: described(index, last[key] - first[key]) for index, key in enumerate(sorted(first))},
    }


path = ROOT / "tests/golden/training/fine_tuning.json"
content = {
    "generator": "tools/oracle/fine_tuning.py",
    "versions": {"keras": keras.__version__, "tensorflow": tf.__version__},
    "batch": BATCH,
    "batches": BATCHES,
    "tolerance": 1e-3,
    "runs": [run(*each) for each in RUNS],
}
path.write_text(json.dumps(content, separators=(",", ":")) + "\n")
print(path, path.stat().st_size)
