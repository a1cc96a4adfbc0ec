"""
Writes tests/golden/weights/archive.keras and archive.json: a model that was trained for a step, with a model inside it,
saved by the real Keras as a .keras file; and the sums of its weights, by layer.

    KERAS_BACKEND=tensorflow python tools/oracle/keras_archive.py
"""

import json
from pathlib import Path

import keras
import numpy as np

FOLDER = Path(__file__).resolve().parents[2] / "tests/golden/weights"

keras.utils.set_random_seed(3)
inner_input = keras.Input((6, 6, 4))
y = keras.layers.Conv2D(2, 1, name="inner")(inner_input)
inner = keras.Model(inner_input, keras.layers.BatchNormalization()(y), name="body")
start = keras.Input((8, 8, 3))
x = keras.layers.RandomFlip()(start)
x = keras.layers.Conv2D(4, 3)(x)
x = keras.layers.Dropout(0.2)(x)
x = keras.layers.GlobalAveragePooling2D()(inner(x))
model = keras.Model(start, keras.layers.Dense(2, name="out")(x))
model.compile("adam", "mse")
model.fit(np.ones((2, 8, 8, 3)), np.ones((2, 2)), verbose=0)
model.save(FOLDER / "archive.keras")
layers = [layer for layer in [*model.layers, *inner.layers] if layer.weights and layer is not inner]
sums = {layer.name: [float(np.sum(w, dtype=np.float64)) for w in layer.get_weights()] for layer in layers}
sums = {name: values for name, values in sums.items() if name not in ("random_flip", "dropout")}
(FOLDER / "archive.json").write_text(
    json.dumps({"generator": "tools/oracle/keras_archive.py", "versions": {"keras": keras.__version__}, "sums": sums})
    + "\n"
)
