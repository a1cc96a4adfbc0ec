"""Writes tests/golden/augmentation/augmentation.json: warps and color changes, against Keras' ImageDataGenerator.

    python tools/oracle/augmentation.py

The images are seeded noise: neighboring pixels differ by up to 255, which is the hardest case for interpolation.
"""

import os

os.environ["KERAS_BACKEND"] = "tensorflow"
os.environ["CUDA_VISIBLE_DEVICES"] = "-1"
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import json
import pathlib
import warnings

import keras
import numpy as np
import scipy

warnings.simplefilter("ignore")
from keras.src.legacy.preprocessing.image import (  # noqa: E402
    ImageDataGenerator,
    apply_brightness_shift,
)

SEED = 20240601
rng = np.random.default_rng(SEED)

SQUARE = rng.integers(0, 256, (12, 12, 3)).astype(np.float32)
WIDE = rng.integers(0, 256, (8, 15, 3)).astype(np.float32)
TALL = rng.integers(0, 256, (14, 9, 3)).astype(np.float32)
IMAGES = {"square": SQUARE, "wide": WIDE, "tall": TALL}

# Parameters of apply_transform. Positions that fall on an edge to the last bit are left out: there, rounding decides
# what SciPy holds for outside.
WARPS = [
    ("square", {"theta": 33.5}),
    ("square", {"theta": -71.3}),
    ("square", {"tx": 2.3, "ty": -1.6}),
    ("square", {"tx": 3, "ty": 0}),
    ("square", {"tx": -41.7, "ty": 37.2}),
    ("square", {"shear": 24.0}),
    ("square", {"shear": -0.17}),
    ("square", {"zx": 0.63, "zy": 1.37}),
    ("square", {"zx": 3.1, "zy": 2.9}),
    ("square", {"flip_horizontal": True}),
    ("square", {"theta": 12.0, "flip_vertical": True}),
    (
        "square",
        {"theta": 27.1, "tx": 1.9, "ty": -2.2, "shear": 0.2, "zx": 0.87, "zy": 1.15, "flip_horizontal": True},
    ),
    ("wide", {"theta": 38.2, "tx": -1.3, "ty": 0.7, "shear": 11.0, "zx": 1.2, "zy": 0.8}),
    ("tall", {"theta": -19.4, "tx": 0.4, "ty": 2.6, "shear": -7.0, "zx": 0.9, "zy": 1.1, "flip_horizontal": True}),
]
FILLS = ["nearest", "reflect", "constant", "wrap"]
FILL_VALUE = 77


def digits(array):
    return [round(float(x), 2) for x in np.asarray(array, np.float64).ravel()]


def warp(image, parameters, fill):
    # What SciPy computes in float64, as Keras calls it, without float32 rounding.
    generator = ImageDataGenerator(fill_mode=fill, cval=FILL_VALUE)
    return generator.apply_transform(IMAGES[image].astype(np.float64), dict(parameters))


def contrast(factor):
    layer = keras.layers.RandomContrast(0.5, value_range=(0, 255))
    return np.asarray(layer.transform_images(SQUARE[None], {"contrast_factor": np.float32(factor)}))[0]


def saturation(factor):
    # Keras clips the saturation at value_range's end, which is right for (0, 1) only.
    layer = keras.layers.RandomSaturation(0.5, value_range=(0, 1))
    scaled = (SQUARE / 255)[None]
    return 255 * np.asarray(layer.transform_images(scaled, {"factor": np.float32([factor])}))[0]


fixture = {
    "about": "tools/oracle/augmentation.py",
    "versions": {"keras": keras.__version__, "scipy": scipy.__version__, "numpy": np.__version__},
    "seed": SEED,
    "fillValue": FILL_VALUE,
    "images": {
        name: {"height": p.shape[0], "width": p.shape[1], "pixels": p.astype(int).ravel().tolist()}
        for name, p in IMAGES.items()
    },
    "warps": [
        {"image": image, "parameters": parameters, "fill": fill, "output": digits(warp(image, parameters, fill))}
        for image, parameters in WARPS
        for fill in FILLS
    ],
    "colors": [
        *(
            {"change": "brightness", "factor": f, "output": digits(apply_brightness_shift(SQUARE, f, False))}
            for f in (0.0, 0.37, 1.0, 1.6)
        ),
        *({"change": "contrast", "factor": f, "output": digits(contrast(f))} for f in (0.0, 0.45, 1.0, 1.8)),
        *({"change": "saturation", "factor": f, "output": digits(saturation(f))} for f in (0.0, 0.5, 1.0, 2.5)),
    ],
}

path = pathlib.Path(__file__).parents[2] / "tests/golden/augmentation/augmentation.json"
path.parent.mkdir(exist_ok=True)
path.write_text(json.dumps(fixture, separators=(",", ":")) + "\n")
print(path, path.stat().st_size)
