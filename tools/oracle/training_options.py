"""Writes tests/golden/training/options.json: 50 steps of a real Keras model with the options of its base optimizer.

    python tools/oracle/training_options.py

Clipping, weight decay and what is spared from it, moving averages, gradient accumulation, and one case of two
optimizers, whose rates differ by layer. The head is Dense 8 tanh, Dense 3 softmax. Option names are Graft's.
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

SEED = 20241124
STEPS = 50
FEATURES = 6
rng = np.random.default_rng(SEED)
L = keras.layers
O = keras.optimizers

NAMES = {"clipnorm": "clipNorm", "clipvalue": "clipValue", "global_clipnorm": "globalClipNorm"}


def digits(array):
    return [float(f"{x:.9g}") for x in np.asarray(array).ravel()]


def camel(key):
    head, *tail = key.split("_")
    return NAMES.get(key) or head + "".join(part.capitalize() for part in tail)


def grid(shape, scale):
    """Multiples of 1 / scale, which both float32 and JSON hold exactly."""
    return (rng.integers(-scale, scale + 1, shape) / scale).astype(np.float32)


def named(model, values):
    return {f"{layer.name}/{w.name}": digits(values(w)) for layer in model.layers for w in layer.weights}


x = keras.Input((FEATURES,))
y = L.Dense(8, activation="tanh", name="hidden")(x)
model = keras.Model(x, L.Dense(3, activation="softmax", name="predictions")(y))
model.set_weights([grid(w.shape, 16) for w in model.get_weights()])
first = model.get_weights()
batches = []
for size in [6, 6, 4, 1, 5]:
    features = grid((size, FEATURES), 16)
    features[rng.random(features.shape) < 0.3] = 0
    batches.append({"x": features, "y": rng.integers(0, 3, (size, 1))})
loss = keras.losses.SparseCategoricalCrossentropy()


def slots(optimizer):
    """By `layer/weight/slot`, weights' slots alone."""
    result = {}
    for variable in optimizer.variables:
        name = variable.path.split("/")[-1]
        for layer in model.layers:
            for w in layer.weights:
                prefix = w.path.replace("/", "_") + "_"
                if name.startswith(prefix):
                    result[f"{layer.name}/{w.name}/{name.removeprefix(prefix)}"] = digits(variable)
    return result


def step(batch, optimizers):
    """An update by optimizers that each have some of the weights."""
    with tf.GradientTape() as tape:
        value = loss(batch["y"], model(batch["x"], training=True))
    gradients = tape.gradient(value, [w.value for w in model.trainable_weights])
    for optimizer, owns in optimizers:
        pairs = [(g, w) for g, w in zip(gradients, model.trainable_weights) if owns(w)]
        optimizer.apply([g for g, _ in pairs], [w for _, w in pairs])
    return float(value)


def run(name, optimizers, options, multipliers=None):
    model.set_weights(first)
    losses = [step(batches[i % len(batches)], optimizers) for i in range(STEPS)]
    return {
        "optimizer": name,
        "options": options,
        "rateMultipliers": multipliers or {},
        "losses": digits(losses),
        "weights": named(model, lambda w: w),
        "slots": {key: value for optimizer, _ in optimizers for key, value in slots(optimizer).items()},
    }


def simple(name, cls, exclude=(), **options):
    optimizer = cls(**options)
    if exclude:
        optimizer.exclude_from_weight_decay(var_names=list(exclude))
    graft = {camel(k): v for k, v in options.items()}
    return run(name, [(optimizer, lambda w: True)], {**graft, "excludeFromWeightDecay": list(exclude)})


def by_layer(name, cls, multipliers, learning_rate, **options):
    """One optimizer a layer, each with the rate times its factor."""
    optimizers = [
        (cls(learning_rate=learning_rate * factor, **options), lambda w, layer=layer: w.path.startswith(layer + "/"))
        for layer, factor in multipliers.items()
    ]
    graft = {camel(k): v for k, v in {"learning_rate": learning_rate, **options}.items()}
    return run(name, optimizers, {**graft, "excludeFromWeightDecay": []}, multipliers)


runs = [
    simple("sgd", O.SGD, learning_rate=0.5, clipvalue=0.02),
    simple("adam", O.Adam, learning_rate=0.02, clipvalue=0.01),
    simple("sgd", O.SGD, learning_rate=0.5, momentum=0.9, clipnorm=0.1),
    simple("adam", O.Adam, learning_rate=0.02, clipnorm=0.05, weight_decay=0.1),
    simple("sgd", O.SGD, learning_rate=0.5, global_clipnorm=0.1),
    simple("rmsprop", O.RMSprop, learning_rate=0.01, global_clipnorm=0.2),
    simple("sgd", O.SGD, learning_rate=0.1, weight_decay=0.05),
    simple("sgd", O.SGD, learning_rate=0.1, momentum=0.9, weight_decay=0.05, exclude=["bias"]),
    simple("rmsprop", O.RMSprop, learning_rate=0.01, weight_decay=0.2, exclude=["bias"]),
    simple("adam", O.Adam, learning_rate=0.02, weight_decay=0.2, exclude=["kernel"]),
    simple("adamW", O.AdamW, learning_rate=0.02, weight_decay=0.2, exclude=["bias"]),
    simple("sgd", O.SGD, learning_rate=0.1, use_ema=True, ema_momentum=0.9),
    simple("adam", O.Adam, learning_rate=0.02, use_ema=True),
    simple("rmsprop", O.RMSprop, learning_rate=0.01, use_ema=True, ema_momentum=0.8, ema_overwrite_frequency=7),
    simple("sgd", O.SGD, learning_rate=0.2, gradient_accumulation_steps=4),
    simple("adam", O.Adam, learning_rate=0.02, gradient_accumulation_steps=3, weight_decay=0.1, exclude=["bias"]),
    simple("adam", O.Adam, learning_rate=0.02, gradient_accumulation_steps=4, global_clipnorm=0.1),
    simple(
        "sgd",
        O.SGD,
        learning_rate=0.2,
        momentum=0.9,
        gradient_accumulation_steps=3,
        use_ema=True,
        ema_momentum=0.8,
        ema_overwrite_frequency=2,
    ),
    by_layer("adam", O.Adam, {"hidden": 0.1, "predictions": 1.5}, learning_rate=0.02, weight_decay=0.1),
    by_layer("sgd", O.SGD, {"hidden": 0.0, "predictions": 1.0}, learning_rate=0.1, momentum=0.9),
]
path = pathlib.Path(__file__).parents[2] / "tests/golden/training/options.json"
content = {
    "versions": {"keras": keras.__version__, "tensorflow": tf.__version__},
    "seed": SEED,
    "tolerance": {"losses": {"atol": 1e-6, "rtol": 1e-4}, "weights": {"atol": 1e-5, "rtol": 1e-4}},
    "features": FEATURES,
    "first": {f"{l.name}/{w.name}": digits(v) for (l, w), v in zip([(l, w) for l in model.layers for w in l.weights], first)},
    "batches": [{"features": digits(b["x"]), "labels": b["y"].ravel().tolist()} for b in batches],
    "runs": runs,
}
path.write_text(json.dumps(content, separators=(",", ":")) + "\n")
print(path, path.stat().st_size)
for r in runs:
    print(r["optimizer"], r["options"], r["losses"][0], r["losses"][-1], len(r["slots"]))
