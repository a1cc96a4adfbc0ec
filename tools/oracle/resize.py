"""Writes tests/golden/resize/resize.json: images brought to other sizes by Pillow, and what TensorFlow makes of them.

    python tools/oracle/resize.py

Seeded noise, whose neighbors differ by up to 255, is the hardest case; the smooth images are like photographs.
"""

import os

os.environ["CUDA_VISIBLE_DEVICES"] = "-1"
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import base64
import json
import pathlib

import numpy as np
import PIL
import tensorflow as tf
from PIL import Image

SEED = 20250117
rng = np.random.default_rng(SEED)


def noise(height, width):
    return rng.integers(0, 256, (height, width, 3)).astype(np.uint8)


def smooth(height, width):
    y, x = np.mgrid[0:height, 0:width]
    waves = [np.sin(x / 7 + k) * np.cos(y / 5 - k) + np.sin((x + y) / 11) for k in range(3)]
    return np.clip(127 + 60 * np.stack(waves, -1) + rng.normal(0, 4, (height, width, 3)), 0, 255).astype(np.uint8)


# Name, image, size of the result (height, width).
CASES = [
    ("enlarged", noise(12, 10), (31, 23)),
    ("enlarged twice", noise(9, 9), (18, 18)),
    ("enlarged in height", noise(8, 14), (21, 14)),
    ("enlarged in width", noise(14, 8), (14, 21)),
    ("one pixel", noise(1, 1), (5, 4)),
    ("one row", noise(1, 6), (4, 13)),
    ("hardly enlarged", noise(23, 23), (24, 25)),
    ("higher and narrower", smooth(24, 60), (48, 40)),
    ("reduced", smooth(60, 80), (28, 28)),
    ("reduced by four", smooth(88, 96), (22, 24)),
    ("hardly reduced", smooth(48, 52), (45, 45)),
]


def encoded(array):
    return base64.b64encode(np.ascontiguousarray(array).tobytes()).decode()


def case(name, image, size):
    height, width = size
    pillow = np.asarray(Image.fromarray(image).resize((width, height), Image.Resampling.BILINEAR))
    tensorflow = tf.image.resize(image, size, method="bilinear", antialias=True).numpy()
    return {
        "name": name,
        "from": list(image.shape[:2]),
        "to": [height, width],
        "pixels": encoded(image),
        "pillow": encoded(pillow),
        # Largest difference between the two, whose rounding differs: Pillow's is to bytes, between the directions too.
        "tensorflowDifference": round(float(np.abs(tensorflow - pillow).max()), 4),
    }


out = pathlib.Path(__file__).parents[2] / "tests/golden/resize/resize.json"
out.parent.mkdir(parents=True, exist_ok=True)
cases = [case(*each) for each in CASES]
document = {
    "generatedBy": "tools/oracle/resize.py",
    "versions": {"pillow": PIL.__version__, "tensorflow": tf.__version__, "numpy": np.__version__},
    "seed": SEED,
    "cases": cases,
}
out.write_text(json.dumps(document, indent=1) + "\n")
print(out, out.stat().st_size, {c["name"]: c["tensorflowDifference"] for c in cases})
