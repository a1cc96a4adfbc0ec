"""Writes tests/golden/augmentation/rand-augment.json: the operations of torchvision's RandAugment on Pillow's images, and the
matrix of a random resized crop.

    python tools/oracle/rand_augment.py

The images are seeded: noise, and a smooth one with few values, which equalizing and stretching change most.
"""

import base64
import json
import pathlib

import numpy as np
import PIL
import torchvision
from PIL import Image
from torchvision.transforms import InterpolationMode, RandAugment, functional
from torchvision.transforms.autoaugment import _apply_op

SEED = 20250119
HEIGHT, WIDTH = 12, 15
rng = np.random.default_rng(SEED)

y, x = np.mgrid[0:HEIGHT, 0:WIDTH]
IMAGES = {
    "noise": rng.integers(0, 256, (HEIGHT, WIDTH, 3)).astype(np.uint8),
    "smooth": np.stack([60 + 6 * x + 2 * y, 100 + 3 * y, 200 - 5 * x + 4 * y], -1).astype(np.uint8),
    "one color": np.full((HEIGHT, WIDTH, 3), (10, 200, 90), np.uint8),
}
MAGNITUDES = [0, 9, 17, 30]
# By their names here, in torchvision's order.
NAMES = {
    "identity": "Identity",
    "shearX": "ShearX",
    "shearY": "ShearY",
    "translateX": "TranslateX",
    "translateY": "TranslateY",
    "rotate": "Rotate",
    "brightness": "Brightness",
    "color": "Color",
    "contrast": "Contrast",
    "sharpness": "Sharpness",
    "posterize": "Posterize",
    "solarize": "Solarize",
    "autoContrast": "AutoContrast",
    "equalize": "Equalize",
}
WARPS = {"shearX", "shearY", "translateX", "translateY", "rotate"}


def encoded(image):
    return base64.b64encode(np.ascontiguousarray(np.asarray(image)).tobytes()).decode()


SPACE = RandAugment()._augmentation_space(31, (HEIGHT, WIDTH))
assert list(SPACE) == list(NAMES.values())


def cases():
    for name, theirs in NAMES.items():
        strengths, signed = SPACE[theirs]
        magnitudes = MAGNITUDES if strengths.ndim else [0]
        for magnitude in magnitudes:
            strength = float(strengths[magnitude]) if strengths.ndim else 0.0
            for sign in (1, -1) if signed and magnitude else (1,):
                # Pillow fills what it cannot interpolate: inside are the pixels that it can.
                inside = _apply_op(Image.new("RGB", (WIDTH, HEIGHT), (255,) * 3), theirs, sign * strength, InterpolationMode.BILINEAR, [0, 0, 0])
                yield {
                    "name": name,
                    "magnitude": magnitude,
                    "sign": sign,
                    "strength": sign * strength,
                    **({"inside": encoded(np.asarray(inside)[..., 0])} if name in WARPS else {}),
                    "output": {
                        image: encoded(_apply_op(Image.fromarray(pixels), theirs, sign * strength, InterpolationMode.BILINEAR, None))
                        for image, pixels in IMAGES.items()
                        if image == "smooth" or name not in WARPS
                    },
                }


def crop(left, top, width, height):
    image = Image.fromarray(IMAGES["noise"])
    view = functional.resized_crop(image, top, left, height, width, [HEIGHT, WIDTH], InterpolationMode.BILINEAR)
    return {"box": {"left": left, "top": top, "width": width, "height": height}, "output": encoded(view)}


path = pathlib.Path(__file__).parents[2] / "tests/golden/augmentation/rand-augment.json"
document = {
    "generatedBy": "tools/oracle/rand_augment.py",
    "versions": {"pillow": PIL.__version__, "torchvision": torchvision.__version__, "numpy": np.__version__},
    "seed": SEED,
    "height": HEIGHT,
    "width": WIDTH,
    "images": {name: encoded(pixels) for name, pixels in IMAGES.items()},
    "operations": list(cases()),
    "crops": [crop(0, 0, WIDTH, HEIGHT), crop(2, 3, 7, 5), crop(9, 1, 6, 11)],
}
path.write_text(json.dumps(document, indent=1) + "\n")
print(path, path.stat().st_size)
