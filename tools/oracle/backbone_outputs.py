"""
Writes models with random weights to a folder, as whole files of Keras, and what a layer of each gives for two images of
whole numbers in [0, 255]: FOLDER/expected.json. tests/golden/backbones/real-keras.test.ts reads them as backbones.

    KERAS_BACKEND=tensorflow python tools/oracle/backbone_outputs.py FOLDER [NAME ...]

With GRAFT_ORACLE_KERAS=2 the files are those of tf_keras.
"""

import json
import os
import sys
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")

import numpy as np

IS_OLD = os.environ.get("GRAFT_ORACLE_KERAS") == "2"
if IS_OLD:
    import tf_keras as keras
else:
    import keras

from model_inputs import image, sample

A = keras.applications
L = keras.layers
SAMPLES = 60


def base(network, shape, **options):
    return network(**({"include_top": False, "weights": None, "input_shape": shape} | options))


def head(x):
    return L.Dense(3, activation="softmax", name="answers")(L.Dropout(0.2)(L.GlobalAveragePooling2D()(x)))


def prepared(network, prepare, shape, **options):
    """The network inside a model that scales pixels itself."""
    start = keras.Input(shape)
    inner = base(network, shape, **options)
    return keras.Model(start, head(inner(prepare(L.RandomFlip("horizontal")(start)), training=False))), inner


def inception_cut():
    whole = base(A.InceptionV3, (75, 83, 3))
    # Flat, as the book has it: the head grows from the network's own layer.
    return keras.Model(whole.input, head(whole.get_layer("mixed7").output)), whole


def sequential(network, shape, **options):
    inner = base(network, shape, **options)
    return keras.Sequential([inner, L.GlobalAveragePooling2D(), L.Dense(2)]), inner


def alone(network, shape, **options):
    model = base(network, shape, **options)
    return model, model


# Name, endings, cut (None for the network's end), how the file's pixels become the network's, model.
def cases():
    yield "efficientnet_b0", (".keras", ".h5"), None, alone(A.EfficientNetB0, (64, 97, 3))
    yield "efficientnet_b3", (".keras",), "block2c_add", alone(A.EfficientNetB3, (133, 149, 3))
    yield "inception_cut", (".keras", ".h5"), "mixed7", inception_cut()
    yield "mobilenet_v3_unscaled", (".keras", ".h5"), None, alone(
        A.MobileNetV3Small, (64, 75, 3), include_preprocessing=False
    )
    yield "efficientnet_v2_unscaled", (".keras",), None, alone(
        A.EfficientNetV2B0, (64, 75, 3), include_preprocessing=False
    )
    yield "convnext_sequential", (".h5", ".keras"), None, sequential(A.ConvNeXtTiny, (64, 75, 3))
    yield "mobilenet_v2_prepared", (".keras", ".h5"), None, prepared(
        A.MobileNetV2, A.mobilenet_v2.preprocess_input, (64, 75, 3), alpha=0.35
    )
    yield "densenet_prepared", (".keras",), None, prepared(
        A.DenseNet121, A.densenet.preprocess_input, (64, 75, 3)
    )
    # tf_keras cannot write `x[..., ::-1]` into the newer file.
    yield "vgg_prepared", (".h5" if IS_OLD else ".keras",), None, prepared(A.VGG16, A.vgg16.preprocess_input, (48, 65, 3))


def randomize(model):
    random = np.random.default_rng(1)
    for weight in model.weights:
        name = weight.name.split("/")[-1].split(":")[0]
        if name in ("count", "seed_generator_state") or "seed" in name or "generator" in name or "StateVar" in name:
            continue
        values = random.uniform(-1, 1, weight.shape)
        if name in ("gamma", "moving_variance", "variance") or name.startswith("variable"):
            values = 1 + 0.25 * values
        elif name in ("beta", "moving_mean", "bias", "mean"):
            values = 0.1 * values
        else:
            shape = weight.shape
            fan_in = shape[0] * shape[1] if shape[-1] == 1 else np.prod(shape) / shape[-1]
            values = values * np.sqrt(6 / fan_in)
        weight.assign(values.astype(np.float32))
    for layer in model.layers:
        if isinstance(layer, L.Normalization) and layer.input_mean is None:
            layer.finalize_state()


def scaled(name, x):
    """What the network inside gets, where the file does not scale pixels itself or scales them before it."""
    x = x.copy()
    if "unscaled" in name or name.startswith("inception"):
        return x / np.float32(127.5) - 1
    if not name.endswith("prepared"):
        return x
    if name.startswith("mobilenet"):
        return A.mobilenet_v2.preprocess_input(x)
    return (A.densenet if name.startswith("densenet") else A.vgg16).preprocess_input(x)


folder = Path(sys.argv[1])
folder.mkdir(parents=True, exist_ok=True)
expected = []
for name, endings, cut, (model, network) in cases():
    if len(sys.argv) > 2 and name not in sys.argv[2:]:
        continue
    randomize(model)
    height, width, _ = network.input_shape[1:]
    pixels = np.stack([image(number, height, width) for number in range(2)]).astype(np.float32)
    output = network.get_layer(cut).output if cut else network.output
    outputs = np.asarray(keras.Model(network.input, output)(scaled(name, pixels), training=False))
    for ending in endings:
        file = f"{name}{ending}"
        model.save(folder / file)
        row = {"file": file, "cut": cut, "inputShape": [height, width, 3]}
        expected.append(row | {"outputs": [sample(each, SAMPLES) for each in outputs]})
    print(name, flush=True)
(folder / "expected.json").write_text(json.dumps({"keras": keras.__version__, "files": expected}))
