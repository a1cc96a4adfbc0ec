"""Writes tests/golden/models/preprocessing.json: what timm's transforms, Keras' preprocess_input and Hugging Face's image
processors make of one image's pixels, which needs no resizing.

    python tools/oracle/preprocessing.py
"""

import os

os.environ["KERAS_BACKEND"] = "torch"
os.environ["CUDA_VISIBLE_DEVICES"] = "-1"

import json
import pathlib

import keras
import numpy as np
import timm
import transformers
from PIL import Image
from timm.data import IMAGENET_DEFAULT_MEAN, IMAGENET_DEFAULT_STD, create_transform

PX = 4
pixels = ((np.arange(PX * PX * 3) * 97 + 13) % 256).astype(np.uint8).reshape(PX, PX, 3)
image = Image.fromarray(pixels)


def digits(array):
    return [float(f"{x:.7g}") for x in np.asarray(array, np.float64).ravel()]


def by_timm(mean, std):
    transform = create_transform((3, PX, PX), mean=mean, std=std, crop_pct=1.0, interpolation="bilinear")
    return digits(transform(image).numpy().transpose(1, 2, 0))


def by_keras(mode):
    return digits(keras.applications.imagenet_utils.preprocess_input(pixels.astype(np.float32)[None], mode=mode)[0])


def by_transformers(cls, **options):
    processor = cls(do_resize=False, do_center_crop=False, **options)
    result = processor(image, return_tensors="np")["pixel_values"][0].transpose(1, 2, 0)
    return {"config": json.loads(processor.to_json_string()), "numbers": digits(result)}


clip_mean, clip_std = (0.48145466, 0.4578275, 0.40821073), (0.26862954, 0.26130258, 0.27577711)
named = [
    ("torch", by_timm(IMAGENET_DEFAULT_MEAN, IMAGENET_DEFAULT_STD)),
    ("torch", by_keras("torch")),
    ("minus-one-to-one", by_timm((0.5, 0.5, 0.5), (0.5, 0.5, 0.5))),
    ("minus-one-to-one", by_keras("tf")),
    ("caffe", by_keras("caffe")),
    ("zero-to-one", by_timm((0, 0, 0), (1, 1, 1))),
    ("mean=0.5,std=0.5", by_timm((0.5, 0.5, 0.5), (0.5, 0.5, 0.5))),
    (f"mean={'/'.join(map(str, clip_mean))},std={'/'.join(map(str, clip_std))}", by_timm(clip_mean, clip_std)),
    ("raw", digits(pixels)),
]
processors = [
    by_transformers(transformers.ViTImageProcessor),
    by_transformers(transformers.CLIPImageProcessor),
    by_transformers(transformers.ViTImageProcessor, do_normalize=False),
    by_transformers(transformers.ViTImageProcessor, do_rescale=False, image_mean=[127.5] * 3, image_std=[64.0] * 3),
]
path = pathlib.Path(__file__).parents[2] / "tests/golden/models/preprocessing.json"
path.write_text(
    json.dumps(
        {
            "generator": "tools/oracle/preprocessing.py",
            "versions": {"timm": timm.__version__, "keras": keras.__version__, "transformers": transformers.__version__},
            "px": PX,
            "pixels": pixels.ravel().tolist(),
            "named": [{"text": text, "numbers": numbers} for text, numbers in named],
            "processors": processors,
        }
    )
    + "\n"
)
