"""Writes tests/golden/training/*.json: real Keras models trained with train_on_batch, losses and final weights.

    python tools/oracle/training.py

heads.json: Dense 16 relu, then Dense 1 sigmoid or Dense 3 softmax, 50 steps with every optimizer; with sample weights;
with class weights. convolutions.json: an image network trained from a middle layer on, 10 steps, with frozen layers
and frozen batch normalization in the trained part. Batches, images and first weights stand in the fixtures.
"""

import os

os.environ["KERAS_BACKEND"] = "tensorflow"
os.environ["CUDA_VISIBLE_DEVICES"] = "-1"
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
os.environ["TF_ENABLE_ONEDNN_OPTS"] = "0"

import json
import pathlib

import keras
import numpy as np
import tensorflow as tf

SEED = 20240611
STEPS = 50
BATCHES = 5
FEATURES = 12
rng = np.random.default_rng(SEED)
L = keras.layers
O = keras.optimizers


def digits(array):
    return [float(f"{x:.9g}") for x in np.asarray(array).ravel()]


def camel(key):
    head, *tail = key.split("_")
    return head + "".join(part.capitalize() for part in tail)


def grid(shape, scale):
    """Multiples of 1 / scale, which both float32 and JSON hold exactly."""
    return (rng.integers(-scale, scale + 1, shape) / scale).astype(np.float32)


def weight_name(layer, w):
    """As in weight files: Keras 3 calls a depthwise convolution's kernel "kernel" in memory only."""
    return "depthwise_kernel" if isinstance(layer, L.DepthwiseConv2D) and w.name == "kernel" else w.name


def named_weights(model):
    return {f"{layer.name}/{weight_name(layer, w)}": digits(w) for layer in model.layers for w in layer.weights}


def randomize(model):
    for layer in model.layers:
        for w in layer.weights:
            values = grid(tuple(w.shape), 64)
            if w.name in ("gamma", "moving_variance"):
                values = np.abs(values) + 0.5
            elif w.name in ("bias", "beta", "moving_mean"):
                values = values / 4
            else:
                values = values * np.float32(2.0 ** -round(np.log2(np.prod(w.shape[:-1])) / 2))
            w.assign(values)


def trained(model, compile_options, batches, steps, **step_options):
    """Losses of every step, and the weights after the last."""
    model.compile(**compile_options)
    losses = []
    for step in range(steps):
        batch = batches[step % len(batches)]
        options = {key: value(batch) for key, value in step_options.items()}
        # Without return_dict and a reset, Keras gives the mean since the start.
        model.reset_metrics()
        losses.append(float(model.train_on_batch(batch["x"], batch["y"], **options)))
    return {"losses": digits(losses), "weights": named_weights(model)}


OPTIMIZERS = [
    ("sgd", O.SGD, dict(learning_rate=0.1)),
    ("sgd", O.SGD, dict(learning_rate=0.05, momentum=0.9)),
    ("sgd", O.SGD, dict(learning_rate=0.05, momentum=0.9, nesterov=True)),
    ("rmsprop", O.RMSprop, dict(learning_rate=0.002)),
    ("rmsprop", O.RMSprop, dict(learning_rate=0.002, momentum=0.5)),
    ("rmsprop", O.RMSprop, dict(learning_rate=0.002, centered=True, epsilon=1e-3)),
    ("adam", O.Adam, dict(learning_rate=0.005)),
    ("adamW", O.AdamW, dict(learning_rate=0.005, weight_decay=0.05)),
]


def head(outputs):
    x = keras.Input((FEATURES,))
    y = L.Dense(16, activation="relu", name="hidden")(x)
    y = L.Dense(outputs, activation="sigmoid" if outputs == 1 else "softmax", name="predictions")(y)
    return keras.Model(x, y)


def head_fixture(outputs):
    loss = "binary_crossentropy" if outputs == 1 else "sparse_categorical_crossentropy"
    classes = max(outputs, 2)
    batches = []
    for size in [8, 8, 8, 5, 1][:BATCHES]:
        features = grid((size, FEATURES), 64)
        features[rng.random(features.shape) < 0.4] = 0
        features[:, rng.random(FEATURES) < 0.25] = 0
        labels = rng.integers(0, classes, size)
        batches.append({"x": features, "y": labels.reshape(-1, 1), "weights": rng.integers(0, 9, size) / 4})
    model = head(outputs)
    randomize(model)
    first = named_weights(model)
    values = model.get_weights()
    runs = []

    def run(optimizer, weighting="none", **step_options):
        name, cls, options = optimizer
        model.set_weights(values)
        result = trained(model, dict(optimizer=cls(**options), loss=loss), batches, STEPS, **step_options)
        runs.append({"optimizer": name, "options": {camel(k): v for k, v in options.items()}, "weighting": weighting, **result})

    for optimizer in OPTIMIZERS:
        run(optimizer)
    run(OPTIMIZERS[0], "samples", sample_weight=lambda batch: batch["weights"])
    run(OPTIMIZERS[6], "samples", sample_weight=lambda batch: batch["weights"])
    class_weights = {c: 0.5 + c for c in range(classes)}
    run(OPTIMIZERS[0], "classes", class_weight=lambda batch: class_weights)
    return {
        "loss": camel(loss),
        "outputs": outputs,
        "first": first,
        "classWeights": list(class_weights.values()),
        "batches": [
            {"features": digits(b["x"]), "labels": b["y"].ravel().tolist(), "sampleWeights": b["weights"].tolist()}
            for b in batches
        ],
        "runs": runs,
    }


def convolution_model():
    """Two branches after a frozen stem; the one through the pooling grows from a frozen layer of its own."""
    x = keras.Input((8, 8, 3), name="image")
    y = L.Conv2D(4, 3, padding="same", use_bias=False, name="stem")(x)
    y = L.BatchNormalization(name="stem_bn")(y)
    stem = L.Activation("relu", name="stem_relu")(y)
    a = L.DepthwiseConv2D(3, padding="same", use_bias=False, name="depthwise")(stem)
    a = L.BatchNormalization(name="depthwise_bn")(a)
    a = L.Activation("relu6", name="depthwise_relu")(a)
    a = L.Conv2D(6, 3, strides=2, padding="same", name="strided")(a)
    b = L.AveragePooling2D(2, padding="same", name="pool")(stem)
    b = L.Conv2D(5, 1, activation="relu", name="pointwise")(b)
    y = L.Concatenate(name="mixed")([a, b])
    y = L.Conv2D(6, 2, activation="relu", name="frozen")(y)
    y = L.GlobalAveragePooling2D(name="gap")(y)
    y = L.Dense(3, activation="softmax", name="predictions")(y)
    model = keras.Model(x, y)
    for name in ["stem", "stem_bn", "depthwise_bn", "frozen"]:
        model.get_layer(name).trainable = False
    return model


def convolution_fixture():
    batches = [
        {"x": grid((size, 8, 8, 3), 8), "y": rng.integers(0, 3, (size, 1))} for size in [4, 3]
    ]
    model = convolution_model()
    randomize(model)
    first = named_weights(model)
    values = model.get_weights()
    runs = []
    for name, cls, options in [
        ("sgd", O.SGD, dict(learning_rate=0.1, momentum=0.9)),
        ("adam", O.Adam, dict(learning_rate=0.01)),
    ]:
        model.set_weights(values)
        compiled = dict(optimizer=cls(**options), loss="sparse_categorical_crossentropy")
        result = trained(model, compiled, batches, 10)
        runs.append({"optimizer": name, "options": {camel(k): v for k, v in options.items()}, **result})
    return {
        "first": first,
        "batches": [{"images": digits(b["x"]), "labels": b["y"].ravel().tolist()} for b in batches],
        "runs": runs,
    }


def write(name, tolerance, content):
    path = pathlib.Path(__file__).parents[2] / "tests/golden/training" / name
    path.parent.mkdir(exist_ok=True)
    about = {
        "versions": {"keras": keras.__version__, "tensorflow": tf.__version__},
        "seed": SEED,
        "tolerance": tolerance,
    }
    path.write_text(json.dumps({**about, **content}, separators=(",", ":")) + "\n")
    print(path, path.stat().st_size)


write(
    "heads.json",
    {"losses": {"atol": 1e-6, "rtol": 1e-4}, "weights": {"atol": 1e-5, "rtol": 1e-4}},
    {"heads": [head_fixture(1), head_fixture(3)]},
)
write(
    "convolutions.json",
    {"losses": {"atol": 1e-6, "rtol": 1e-4}, "weights": {"atol": 1e-5, "rtol": 1e-4}},
    convolution_fixture(),
)
