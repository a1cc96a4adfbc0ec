"""Writes tests/golden/optimizers/clipping.json: one step of Keras with a clipped gradient of as many numbers as the book's
head has on mixed7, and what float64 makes of it.

    python tools/oracle/clipping.py
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

SHAPES = [[37632, 1024], [1009, 997]]
LIMIT = 0.5
RATE = 1.0


def gradient(shape):
    """Numbers in [-0.5, 0.5) that any language can make again: a multiplicative hash of the index."""
    index = np.arange(np.prod(shape), dtype=np.uint64)
    return (((index * 2654435761) & 0xFFFFFFFF) / 2**32 - 0.5).astype(np.float32).reshape(shape)


def case(name, keras_name, shape):
    g = gradient(shape)
    variable = keras.Variable(np.zeros(shape, np.float32), name="w")
    optimizer = keras.optimizers.SGD(learning_rate=RATE, **{keras_name: LIMIT})
    optimizer.build([variable])
    optimizer.apply([tf.constant(g)])
    updated = np.asarray(variable).ravel()
    norm = np.sqrt(np.sum(g.astype(np.float64) ** 2))
    exact = -RATE * g.ravel().astype(np.float64) * LIMIT / max(norm, LIMIT)
    at = np.linspace(0, g.size - 1, 9).astype(int)
    print(name, shape, "Keras off by", np.abs(updated - exact).max() / np.abs(exact).max())
    return {
        "option": name,
        "shape": shape,
        "norm": float(norm),
        "at": at.tolist(),
        "keras": [float(f"{x:.9g}") for x in updated[at]],
        "exact": [float(f"{x:.12g}") for x in exact[at]],
    }


cases = [
    case(name, keras_name, shape)
    for shape in SHAPES
    for name, keras_name in [("clipNorm", "clipnorm"), ("globalClipNorm", "global_clipnorm")]
]
path = pathlib.Path(__file__).parents[2] / "tests/golden/optimizers/clipping.json"
path.write_text(
    json.dumps(
        {
            "generator": "tools/oracle/clipping.py",
            "versions": {"keras": keras.__version__, "tensorflow": tf.__version__},
            "limit": LIMIT,
            "learningRate": RATE,
            "cases": cases,
        }
    )
    + "\n"
)
