"""
Writes tests/golden/backbones/NAME.gz: small files of models as several versions of Keras save them, every weight filled with
a number of its own, so that they pack well and tell where each weight has gone; and the numbers, by layer and weight, as
NAME.json. A file's name begins with what wrote it; which version that was is in the JSON.

    KERAS_BACKEND=tensorflow python tools/oracle/backbone_files.py current
    GRAFT_ORACLE_KERAS=2 python tools/oracle/backbone_files.py tf_keras
    PYTHONPATH=FOLDER KERAS_BACKEND=tensorflow python tools/oracle/backbone_files.py keras35      (FOLDER has keras 3.5.0)
    PYTHONPATH=FOLDER KERAS_BACKEND=tensorflow python tools/oracle/backbone_files.py keras33      (FOLDER has keras 3.3.3)
"""

import gzip
import json
import os
import sys
import tempfile
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")

import numpy as np

if os.environ.get("GRAFT_ORACLE_KERAS") == "2":
    import tf_keras as keras
else:
    import keras

FOLDER = Path(__file__).resolve().parents[2] / "tests/golden/backbones"
A = keras.applications
L = keras.layers


def fresh():
    """Automatic names are counted from 0."""
    (keras.backend if keras.__version__.startswith("2") else keras.utils).clear_session()


def flat_layers(model):
    for layer in model.layers:
        if isinstance(layer, (keras.Model, keras.Sequential)):
            yield from flat_layers(layer)
        elif layer.weights and not layer.name.startswith("random_"):
            yield layer


def fill(model):
    """Every weight with a number of its own, and variances above 0."""
    numbers = {}
    for layer in sorted(flat_layers(model), key=lambda layer: layer.name):
        values = []
        for weight in layer.weights:
            number = float(np.float32((len(numbers) + 1) / 256))
            name = weight.name.split("/")[-1].split(":")[0]
            numbers[f"{layer.name}/{name}"] = number
            values.append(np.full(weight.shape, number, np.float32))
        layer.set_weights(values)
    return numbers


def write(model, name, ending):
    numbers = fill(model)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"{name}{ending}"
        model.save_weights(path) if ending == ".weights.h5" else model.save(path)
        packed = gzip.compress(path.read_bytes(), 9, mtime=0)
    (FOLDER / f"{name}{ending}.gz").write_bytes(packed)
    content = {"generator": "tools/oracle/backbone_files.py", "keras": keras.__version__, "weights": numbers}
    (FOLDER / f"{name}{ending}.json").write_text(json.dumps(content, separators=(",", ":")) + "\n")
    print(name + ending, len(packed), len(numbers), flush=True)


def mobilenet():
    fresh()
    return A.MobileNet(include_top=False, weights=None, input_shape=(64, 64, 3), alpha=0.25)


def nested():
    """As the guide to transfer learning has it: the network inside a model that prepares pixels and has a head."""
    base = mobilenet()
    start = keras.Input((64, 64, 3))
    x = L.RandomFlip("horizontal")(start)
    x = A.mobilenet.preprocess_input(x)
    x = L.GlobalAveragePooling2D()(base(x, training=False))
    return keras.Model(start, L.Dense(2, name="answers")(L.Dropout(0.2)(x)))


def inception_cut():
    """The book's: InceptionV3 up to mixed7, with a head."""
    fresh()
    base = A.InceptionV3(include_top=False, weights=None, input_shape=(75, 75, 3))
    x = L.GlobalAveragePooling2D()(base.get_layer("mixed7").output)
    x = L.Dropout(0.2)(L.Dense(8, activation="relu")(x))
    return keras.Model(base.input, L.Dense(1, activation="sigmoid")(x))


kind = sys.argv[1]
FOLDER.mkdir(exist_ok=True)
write(mobilenet(), f"{kind}_mobilenet", ".weights.h5")
write(nested(), f"{kind}_nested", ".weights.h5")
if kind in ("current", "keras35"):
    write(inception_cut(), f"{kind}_inception_cut", ".weights.h5")
if kind in ("current", "tf_keras"):
    write(nested(), f"{kind}_nested", ".keras")
    write(nested(), f"{kind}_nested", ".h5")
    fresh()
    write(
        A.EfficientNetB0(include_top=False, weights=None, input_shape=(64, 97, 3)), f"{kind}_efficientnet", ".keras"
    )
    write(
        A.MobileNetV3Small(
            include_top=False, weights=None, input_shape=(64, 64, 3), include_preprocessing=False, minimalistic=True
        ),
        f"{kind}_unscaled",
        ".h5",
    )
if kind == "current":
    write(inception_cut(), f"{kind}_inception_cut", ".keras")
    write(inception_cut(), f"{kind}_inception_cut", ".h5")
