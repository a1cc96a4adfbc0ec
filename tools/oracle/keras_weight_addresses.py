"""
Writes tests/golden/models/keras_weight_addresses.json: which files Keras' own code would fetch for `weights="imagenet"`,
with and without the top, and what it does to a pixel. Nothing is fetched.

    KERAS_BACKEND=tensorflow python tools/oracle/keras_weight_addresses.py
"""

import json
from functools import partial
from pathlib import Path

import keras
import numpy as np
from keras.src.utils import file_utils

ROOT = Path(__file__).resolve().parents[2]
A = keras.applications
PIXEL = [10.0, 100.0, 250.0]
NETWORKS = {
    "vgg16": (A.VGG16, A.vgg16),
    "vgg19": (A.VGG19, A.vgg19),
    "resnet50": (A.ResNet50, A.resnet),
    "resnet101": (A.ResNet101, A.resnet),
    "resnet152": (A.ResNet152, A.resnet),
    "resnet50v2": (A.ResNet50V2, A.resnet_v2),
    "resnet101v2": (A.ResNet101V2, A.resnet_v2),
    "resnet152v2": (A.ResNet152V2, A.resnet_v2),
    "densenet121": (A.DenseNet121, A.densenet),
    "densenet169": (A.DenseNet169, A.densenet),
    "densenet201": (A.DenseNet201, A.densenet),
    "xception": (A.Xception, A.xception),
    "mobilenet": (A.MobileNet, A.mobilenet),
    "mobilenet_075": (partial(A.MobileNet, alpha=0.75), A.mobilenet),
    "mobilenet_050": (partial(A.MobileNet, alpha=0.5), A.mobilenet),
    "mobilenet_025": (partial(A.MobileNet, alpha=0.25), A.mobilenet),
    "inception_v3": (A.InceptionV3, A.inception_v3),
    "inception_resnet_v2": (A.InceptionResNetV2, A.inception_resnet_v2),
    "mobilenet_v2": (A.MobileNetV2, A.mobilenet_v2),
} | {
    f"mobilenet_v2_{round(100 * alpha):03}": (partial(A.MobileNetV2, alpha=alpha), A.mobilenet_v2)
    for alpha in (1.4, 1.3, 0.75, 0.5, 0.35)
}


class Fetch(Exception):
    pass


def refuse(name, origin, cache_subdir=None, file_hash=None):
    raise Fetch(origin, file_hash)


def address(network, **options):
    keras.utils.clear_session()
    try:
        network(weights="imagenet", **options)
    except Fetch as fetch:
        url, md5 = fetch.args
        return {"url": url} | ({"md5": md5} if md5 else {})
    raise AssertionError("no file was asked for")


file_utils.get_file = refuse
rows = {}
for name, (network, module) in NETWORKS.items():
    size = 224 if name.startswith("mobilenet") else 96
    rows[name] = {
        "weights": address(network, include_top=False, input_shape=(size, size, 3)),
        "weightsWithTop": address(network, include_top=True),
        "preprocessed": module.preprocess_input(np.array([[PIXEL]], np.float32))[0, 0].tolist(),
    }
    print(name, rows[name], flush=True)
path = ROOT / "tests/golden/models/keras_weight_addresses.json"
path.write_text(
    json.dumps(
        {
            "generator": "tools/oracle/keras_weight_addresses.py",
            "versions": {"keras": keras.__version__},
            "pixel": PIXEL,
            "networks": rows,
        }
    )
    + "\n"
)
