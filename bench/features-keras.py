"""Keras' features, with TensorFlow, in a process of its own. Started by bench/features.ts:

    python bench/features-keras.py NETWORK THREADS

For every line {"batch": N, "forMs": MS, "sizePx": PX} on stdin, a line of JSON with the times of the runs. A run is what
Graft's is: bytes [N, H, W, 3] in, float32 features [N, h, w, C] out. The fastest of `predict_on_batch`, a tf.function, and
one that XLA compiles is taken.
"""

import json
import sys
import time

import keras
import numpy as np
import tensorflow as tf

from peak_memory import forget_peak, peak_bytes

WARM_UP = 3
FEWEST_RUNS = 5
TRIAL_RUNS = 3

NETWORKS = {
    "inception_v3": keras.applications.InceptionV3,
    "mobilenet_v2": keras.applications.MobileNetV2,
}


def build(network, size_px):
    architecture, cut = network.split("@")[0].split("/")
    whole = NETWORKS[architecture](weights=None, include_top=False, input_shape=(size_px, size_px, 3))
    image = keras.Input((size_px, size_px, 3), dtype="uint8")
    trunk = keras.Model(whole.input, whole.get_layer(cut).output)
    pixels = keras.layers.Rescaling(1 / 127.5, offset=-1)(image)
    model = keras.Model(image, trunk(pixels))
    model.trainable = False
    return model, trunk


def count_multiplications(model):
    total = 0
    for layer in model.layers:
        if isinstance(layer, (keras.layers.Conv2D, keras.layers.DepthwiseConv2D)):
            _, height, width, _ = layer.output.shape
            total += int(np.prod(layer.kernel.shape)) * height * width
    return total


def runs_of(model):
    plain = tf.function(lambda pixels: model(pixels, training=False))
    compiled = tf.function(lambda pixels: model(pixels, training=False), jit_compile=True)
    return {
        "predict_on_batch": model.predict_on_batch,
        "tf.function": lambda pixels: plain(tf.constant(pixels)).numpy(),
        "tf.function, XLA": lambda pixels: compiled(tf.constant(pixels)).numpy(),
    }


def timed(run, pixels):
    started = time.perf_counter()
    output = run(pixels)
    return (time.perf_counter() - started) * 1e3, output


def fastest_of(runs, pixels):
    best = {}
    for name, run in runs.items():
        run(pixels)
        best[name] = min(timed(run, pixels)[0] for _ in range(TRIAL_RUNS))
    name = min(best, key=best.get)
    return name, runs[name]


def main():
    network, threads = sys.argv[1], int(sys.argv[2])
    tf.config.threading.set_intra_op_parallelism_threads(threads)
    keras.utils.set_random_seed(1)
    model, runs, multiplications, chosen = None, None, 0, {}
    for line in sys.stdin:
        request = json.loads(line)
        batch, size_px = request["batch"], request["sizePx"]
        if model is None:
            model, trunk = build(network, size_px)
            runs = runs_of(model)
            multiplications = count_multiplications(trunk)
        if batch not in chosen:
            pixels = np.random.default_rng(1).integers(0, 256, (batch, size_px, size_px, 3), dtype=np.uint8)
            chosen[batch] = (*fastest_of(runs, pixels), pixels)
        variant, run, pixels = chosen[batch]
        forget_peak()
        times = []
        until = time.perf_counter() + request["forMs"] / 1e3
        done = 0
        while done < WARM_UP + FEWEST_RUNS or time.perf_counter() < until:
            milliseconds, output = timed(run, pixels)
            done += 1
            if done > WARM_UP:
                times.append(milliseconds)
        answer = {
            "times": times,
            "shape": list(output.shape),
            "multiplications": multiplications,
            "peakBytes": peak_bytes(),
            "variant": variant,
        }
        print(json.dumps(answer), flush=True)


main()
