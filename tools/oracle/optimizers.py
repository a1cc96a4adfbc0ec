"""Writes tests/golden/optimizers/trajectories.json: 20 steps of Keras' optimizers with given gradients.

    python tools/oracle/optimizers.py
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

SEED = 20240503
STEPS = 20
rng = np.random.default_rng(SEED)
O = keras.optimizers

weight = rng.integers(-128, 128, (2, 3)) / 64
gradients = rng.integers(-128, 128, (STEPS, 2, 3)) / 64
gradients[3] = 0
gradients[7:9, 0] = 0


def digits(array):
    return [float(f"{x:.8g}") for x in np.asarray(array).ravel()]


def trajectory(name, options, optimizer):
    variable = keras.Variable(weight.astype(np.float32), name="w")
    optimizer.build([variable])
    weights = []
    for gradient in gradients:
        optimizer.apply([tf.constant(gradient, tf.float32)])
        weights.append(digits(variable))
    slots = {
        v.path.split("/")[-1].removeprefix("w_"): digits(v)
        for v in optimizer.variables
        if tuple(v.shape) == (2, 3)
    }
    return {"name": name, "options": options, "learningRate": float(optimizer.learning_rate), "weights": weights, "slots": slots}


def make(name, cls, **options):
    def camel(key):
        head, *tail = key.split("_")
        return head + "".join(part.capitalize() for part in tail)

    return trajectory(name, {camel(k): v for k, v in options.items()}, cls(**options))


trajectories = [
    make("sgd", O.SGD),
    make("sgd", O.SGD, learning_rate=0.1, momentum=0.9),
    make("sgd", O.SGD, learning_rate=0.05, momentum=0.8, nesterov=True),
    make("rmsprop", O.RMSprop),
    make("rmsprop", O.RMSprop, learning_rate=0.01, rho=0.8, momentum=0.9),
    make("rmsprop", O.RMSprop, learning_rate=0.01, centered=True, epsilon=1e-3),
    make("rmsprop", O.RMSprop, learning_rate=0.01, momentum=0.5, centered=True, epsilon=1e-2),
    make("adam", O.Adam),
    make("adam", O.Adam, learning_rate=0.05, beta_1=0.8, beta_2=0.9, epsilon=1e-3),
    make("adamW", O.AdamW),
    make("adamW", O.AdamW, learning_rate=0.1, weight_decay=0.1),
]

path = pathlib.Path(__file__).parents[2] / "tests/golden/optimizers/trajectories.json"
path.write_text(
    json.dumps(
        {
            "versions": {"keras": keras.__version__, "tensorflow": tf.__version__},
            "seed": SEED,
            "tolerance": {"atol": 1e-7, "rtol": 1e-5},
            "shape": [2, 3],
            "weight": digits(weight),
            "gradients": [digits(g) for g in gradients],
            "trajectories": trajectories,
        },
        separators=(",", ":"),
    )
    + "\n"
)
print(path, path.stat().st_size)
for t in trajectories:
    print(t["name"], t["options"], list(t["slots"]))
