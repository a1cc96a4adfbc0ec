"""Writes tests/golden/losses/losses.json: Keras' losses from logits, and their gradients.

    python tools/oracle/losses.py
"""

import os

os.environ["KERAS_BACKEND"] = "tensorflow"
os.environ["CUDA_VISIBLE_DEVICES"] = "-1"
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import json
import pathlib

import keras
import numpy as np
import tensorflow as tf

SEED = 20240502
rng = np.random.default_rng(SEED)
DELTA = 0.75


def digits(array):
    return [float(f"{x:.7g}") for x in np.asarray(array).ravel()]


def case(title, loss, logits, targets):
    z = tf.Variable(np.asarray(logits, np.float32))
    t = tf.constant(np.asarray(targets, np.float32))
    with tf.GradientTape() as tape:
        values = loss(t, z)
    gradient = tape.gradient(values, z)
    return {
        "title": title,
        "className": type(loss).__name__,
        "labelSmoothing": getattr(loss, "label_smoothing", 0.0) or 0.0,
        **({"delta": DELTA} if isinstance(loss, keras.losses.Huber) else {}),
        "size": int(z.shape[0]),
        "logits": digits(z),
        "targets": digits(t),
        "values": digits(values),
        "gradient": digits(gradient),
    }


def binary(smoothing=0.0):
    return keras.losses.BinaryCrossentropy(from_logits=True, label_smoothing=smoothing, reduction=None)


def categorical(smoothing=0.0):
    return keras.losses.CategoricalCrossentropy(from_logits=True, label_smoothing=smoothing, reduction=None)


def sparse():
    return keras.losses.SparseCategoricalCrossentropy(from_logits=True, reduction=None)


one = rng.integers(-256, 256, (6, 1)) / 64
three = rng.integers(-256, 256, (5, 3)) / 64
extreme = [[0], [0], [-200], [-200], [200], [200], [30], [-30], [1e4], [-1e4]]
extremes = [[0, 0, 0], [200, -200, 0], [-200, 200, 0], [1e4, 0, -1e4], [88, 89, 90]]
classes = [0, 2, 1, 2, 0]
cases = [
    case("binary", binary(), one, rng.integers(0, 2, (6, 1))),
    case("binary, smoothed", binary(0.2), one, rng.integers(0, 2, (6, 1))),
    case("binary, three outputs", binary(), three, rng.integers(0, 2, (5, 3))),
    case("binary, three outputs, smoothed", binary(0.1), three, rng.integers(0, 2, (5, 3))),
    case("binary, extreme", binary(), extreme, [[0], [1]] * 5),
    case("binary, soft targets", binary(), one, rng.integers(0, 5, (6, 1)) / 4),
    case("categorical", categorical(), three, np.eye(3)[classes]),
    case("categorical, smoothed", categorical(0.1), three, np.eye(3)[classes]),
    case("categorical, extreme", categorical(), extremes, np.eye(3)[classes]),
    case("sparse", sparse(), three, np.reshape(classes, (5, 1))),
    case("sparse, extreme", sparse(), extremes, np.reshape(classes, (5, 1))),
]

numbers = rng.integers(-256, 256, (6, 3)) / 64
distances = {
    "squared": keras.losses.MeanSquaredError(reduction=None),
    "absolute": keras.losses.MeanAbsoluteError(reduction=None),
    "Huber": keras.losses.Huber(delta=DELTA, reduction=None),
}
for name, loss in distances.items():
    # Also met exactly, and just at Huber's bend.
    near = numbers + rng.choice([0, DELTA, -DELTA, 0.125, -3], numbers.shape)
    cases += [
        case(f"{name}, one number", loss, one, rng.integers(-256, 256, (6, 1)) / 64),
        case(f"{name}, three numbers", loss, near, numbers),
    ]

path = pathlib.Path(__file__).parents[2] / "tests/golden/losses/losses.json"
path.write_text(
    json.dumps(
        {
            "versions": {"keras": keras.__version__, "tensorflow": tf.__version__},
            "seed": SEED,
            "tolerance": {"atol": 1e-6, "rtol": 1e-5},
            "cases": cases,
        },
        separators=(",", ":"),
    )
    + "\n"
)
print(path, path.stat().st_size)
