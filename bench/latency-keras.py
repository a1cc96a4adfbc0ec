"""Keras with TensorFlow: MODEL IMAGES. With one image its answer is printed; with several, every line on stdin is
answered with a time for each, by a tf.function, as Keras advises for few images; `predict` is for many."""

import json
import sys
import time

import keras
import numpy as np
import tensorflow as tf

path, images = sys.argv[1], sys.argv[2:]
model = keras.models.load_model(path, compile=False)
call = tf.function(lambda pixels: model(pixels, training=False)) if len(images) > 1 else lambda pixels: model(pixels, training=False)


def answer():
    times, probabilities = [], []
    for file in images:
        started = time.perf_counter()
        pixels = keras.utils.img_to_array(keras.utils.load_img(file, target_size=(150, 150), interpolation="bilinear"))
        probabilities.append(float(np.asarray(call(tf.constant(pixels[None])))[0, 0]))
        times.append((time.perf_counter() - started) * 1e3)
    print(json.dumps({"times": times, "probability": probabilities[0]}), flush=True)


if len(images) == 1:
    answer()
else:
    for _ in sys.stdin:
        answer()
