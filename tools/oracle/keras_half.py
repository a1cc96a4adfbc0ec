"""
Writes tests/golden/weights/half/*: one small model with weights of two bytes, as Keras 3 saves it in each of its formats,
and its numbers as float32.

    KERAS_BACKEND=tensorflow python tools/oracle/keras_half.py
"""

import json
from pathlib import Path

import keras
import numpy

FOLDER = Path("tests/golden/weights/half")
FOLDER.mkdir(parents=True, exist_ok=True)
numbers = {}
for dtype in ("float16", "bfloat16"):
    keras.config.set_dtype_policy(dtype)
    image = keras.Input((4, 4, 3), name="image")
    x = keras.layers.Conv2D(2, 3, name="conv")(image)
    x = keras.layers.Flatten(name="flat")(x)
    model = keras.Model(image, keras.layers.Dense(2, name="out")(x))
    random = numpy.random.default_rng(3)
    for weight in model.weights:
        weight.assign(random.normal(size=weight.shape).astype("float32"))
    numbers[dtype] = {
        f"{layer.name}/{weight.name}": numpy.asarray(weight).astype("float32").ravel()[:4].tolist()
        for layer in model.layers
        for weight in layer.weights
    }
    model.save(FOLDER / f"{dtype}.keras")
    model.save(FOLDER / f"{dtype}.h5")
(FOLDER / "numbers.json").write_text(json.dumps(numbers, indent=1) + "\n")
