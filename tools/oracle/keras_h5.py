"""
Writes tests/golden/weights/keras_legacy.h5 and .json, and keras3.weights.h5: a small model, with a model inside it,
saved by the real Keras in its two HDF5 layouts, and the numbers that were saved.

    KERAS_BACKEND=tensorflow python tools/oracle/keras_h5.py
"""

import json
from pathlib import Path

import keras
import numpy as np

from model_inputs import formula_weight

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "tests/golden/weights"

body_input = keras.Input((8, 8, 3))
x = keras.layers.Conv2D(4, 3, name="Conv1", use_bias=False)(body_input)
x = keras.layers.BatchNormalization(name="bn_Conv1")(x)
x = keras.layers.DepthwiseConv2D(3, name="depthwise")(x)
body = keras.Model(body_input, x, name="body")
model = keras.Sequential(
    [keras.Input((8, 8, 3)), body, keras.layers.Flatten(), keras.layers.Dense(5), keras.layers.Dense(2, name="out")]
)
layers = [*(layer for layer in body.layers if layer.weights), *(layer for layer in model.layers[1:] if layer.weights)]
numbers = {}
for index, layer in enumerate(layers):
    values = [formula_weight(index, i, weight.name, weight.shape) for i, weight in enumerate(layer.weights)]
    layer.set_weights(values)
    for weight, value in zip(layer.weights, values):
        numbers[f"{layer.name}/{weight.name}"] = {
            "shape": list(value.shape),
            "sum": float(value.astype(np.float64).sum()),
            "first": float(value.reshape(-1)[0]),
            "last": float(value.reshape(-1)[-1]),
        }
model.save(FOLDER / "keras_legacy.h5")
model.save_weights(FOLDER / "keras3.weights.h5")
(FOLDER / "keras_legacy.json").write_text(
    json.dumps({"generator": "tools/oracle/keras_h5.py", "versions": {"keras": keras.__version__}, "weights": numbers})
    + "\n"
)
