"""
Writes tests/golden/models/keras_recent_weight_addresses.json: which files Keras would fetch for the networks of
keras_recent_networks.py, with their hashes, and what its preprocessing makes of a pixel. Nothing is fetched.

    KERAS_BACKEND=tensorflow python tools/oracle/keras_recent_weight_addresses.py
"""

import json
from functools import partial
from pathlib import Path

import keras
import numpy as np
from keras.src.applications import convnext, efficientnet, efficientnet_v2, mobilenet_v3, nasnet

ROOT = Path(__file__).resolve().parents[2]
PIXEL = [200.0, 100.0, 50.0]
A = keras.applications


class Fetched(Exception):
    pass


def get_file(_name, origin, file_hash=None, **_):
    raise Fetched(origin, file_hash)


def address(module, network, include_top, size):
    kept = module.file_utils.get_file
    module.file_utils.get_file = get_file
    try:
        network(weights="imagenet", include_top=include_top, input_shape=(size, size, 3))
    except Fetched as fetched:
        url, digest = fetched.args
        return {"url": url, ("md5" if len(digest) == 32 else "sha256"): digest}
    finally:
        module.file_utils.get_file = kept
    raise AssertionError("no file was asked for")


NETWORKS = {
    f"mobilenet_v3_{size}{'_minimalistic' if minimalistic else ''}{'_075' if alpha == 0.75 else ''}": (
        mobilenet_v3,
        partial(network, alpha=alpha, minimalistic=minimalistic),
        224,
    )
    for size, network in (("small", A.MobileNetV3Small), ("large", A.MobileNetV3Large))
    for minimalistic, alpha in ((True, 1.0), (False, 0.75), (False, 1.0))
}
NETWORKS |= {
    f"efficientnet_b{i}": (efficientnet, getattr(A, f"EfficientNetB{i}"), size)
    for i, size in enumerate((224, 240, 260, 300, 380, 456, 528, 600))
}
NETWORKS |= {
    f"efficientnet_v2_{name.lower()}": (efficientnet_v2, getattr(A, f"EfficientNetV2{name}"), size)
    for name, size in (("B0", 224), ("B1", 240), ("B2", 260), ("B3", 300), ("S", 384), ("M", 480), ("L", 480))
}
NETWORKS |= {
    "nasnet_mobile": (nasnet, A.NASNetMobile, 224),
    "nasnet_large": (nasnet, A.NASNetLarge, 331),
} | {
    f"convnext_{name.lower()}": (convnext, getattr(A, f"ConvNeXt{name}"), 224)
    for name in ("Tiny", "Small", "Base", "Large", "XLarge")
}


def row(module, network, size):
    pixel = np.array(PIXEL, dtype=np.float32).reshape(1, 1, 1, 3)
    return {
        "sizePx": size,
        "weights": address(module, network, False, size),
        "weightsWithTop": address(module, network, True, size),
        "preprocessed": [float(f"{x:.7g}") for x in np.ravel(module.preprocess_input(pixel.copy()))],
    }


path = ROOT / "tests/golden/models/keras_recent_weight_addresses.json"
content = {
    "generator": "tools/oracle/keras_recent_weight_addresses.py",
    "versions": {"keras": keras.__version__},
    "pixel": PIXEL,
    "networks": {name: row(*arguments) for name, arguments in NETWORKS.items()},
}
path.write_text(json.dumps(content, indent=1) + "\n")
print(path, path.stat().st_size)
