"""Writes tests/golden/resize/in-aspect.json: images cropped and letterboxed to squares by Pillow, which torchvision agrees with.

    python tools/oracle/resize_in_aspect.py

Seeded noise, whose neighbors differ by up to 255, is the hardest case; the smooth images are like photographs.
"""

import base64
import json
import pathlib

import numpy as np
import PIL
import torchvision
from PIL import Image, ImageOps
from torchvision.transforms import functional

SEED = 20250118
rng = np.random.default_rng(SEED)


def noise(height, width):
    return rng.integers(0, 256, (height, width, 3)).astype(np.uint8)


def smooth(height, width):
    y, x = np.mgrid[0:height, 0:width]
    waves = [np.sin(x / 7 + k) * np.cos(y / 5 - k) + np.sin((x + y) / 11) for k in range(3)]
    return np.clip(127 + 60 * np.stack(waves, -1) + rng.normal(0, 4, (height, width, 3)), 0, 255).astype(np.uint8)


# Name, image, side of the square. Odd differences are halved to half a pixel.
CASES = [
    ("wide, enlarged", noise(9, 14), 20),
    ("high, enlarged", noise(13, 8), 21),
    ("very wide, enlarged", noise(3, 14), 16),
    ("one row, enlarged", noise(1, 11), 24),
    ("square, enlarged", noise(9, 9), 17),
    ("wide, reduced", smooth(48, 75), 31),
    ("high, reduced", smooth(81, 50), 28),
    ("square, reduced", smooth(40, 40), 22),
    ("as high as the square", smooth(24, 37), 24),
]


def encoded(array):
    return base64.b64encode(np.ascontiguousarray(array).tobytes()).decode()


def crop(image, size):
    """As docs/images.md has it."""
    short = min(image.size)
    width, height = (int(size * side / short) for side in image.size)
    left, top = round((width - size) / 2), round((height - size) / 2)
    resized = image.resize((width, height), Image.Resampling.BILINEAR)
    return resized.crop((left, top, left + size, top + size))


def letterbox(image, size):
    return ImageOps.pad(image, (size, size), Image.Resampling.BILINEAR, color=(0, 0, 0))


def case(name, array, size):
    image = Image.fromarray(array)
    cropped = np.asarray(crop(image, size))
    resized = functional.resize(image, size, functional.InterpolationMode.BILINEAR)
    assert (np.asarray(functional.center_crop(resized, size)) == cropped).all(), name
    return {
        "name": name,
        "from": list(array.shape[:2]),
        "to": [size, size],
        "pixels": encoded(array),
        "crop": encoded(cropped),
        "letterbox": encoded(np.asarray(letterbox(image, size))),
    }


out = pathlib.Path(__file__).parents[2] / "tests/golden/resize/in-aspect.json"
document = {
    "generatedBy": "tools/oracle/resize_in_aspect.py",
    "versions": {"pillow": PIL.__version__, "torchvision": torchvision.__version__, "numpy": np.__version__},
    "seed": SEED,
    "cases": [case(*each) for each in CASES],
}
out.write_text(json.dumps(document, indent=1) + "\n")
print(out, out.stat().st_size)
