"""Keras' training step, with TensorFlow, in a process of its own. Started by bench/head-step.ts:

    python bench/head-step-keras.py FOLDER BATCH plain|xla THREADS STEPS

Runs the first STEPS of batches-BATCH.i32 once, by train_on_batch, and prints one line of JSON.
"""

import json
import os
import sys
import time

import keras
import numpy as np
import tensorflow as tf

from peak_memory import forget_peak, peak_bytes

INPUTS = 37_632
UNITS = 1_024
LEARNING_RATE = 1e-4


def main():
    folder, mode = sys.argv[1], sys.argv[3]
    batch, threads, steps = (int(sys.argv[i]) for i in (2, 4, 5))
    tf.config.threading.set_intra_op_parallelism_threads(threads)

    def read(name, dtype=np.float32):
        return np.fromfile(os.path.join(folder, name), dtype=dtype)

    features = read("features.f32").reshape(-1, INPUTS)
    labels = read("labels.f32").reshape(-1, 1)
    batches = read(f"batches-{batch}.i32", np.int32).reshape(-1, batch)
    model = keras.Sequential(
        [keras.Input((INPUTS,)), keras.layers.Dense(UNITS, activation="relu"), keras.layers.Dense(1)]
    )
    model.layers[0].set_weights([read("kernel-0.f32").reshape(INPUTS, UNITS), np.zeros(UNITS, np.float32)])
    model.layers[1].set_weights([read("kernel-1.f32").reshape(UNITS, 1), np.zeros(1, np.float32)])
    model.compile(
        optimizer=keras.optimizers.RMSprop(learning_rate=LEARNING_RATE),
        loss=keras.losses.BinaryCrossentropy(from_logits=True),
        jit_compile=mode == "xla",
    )
    times, losses = [], []
    forget_peak()
    for order in batches[:steps]:
        inputs, targets = features[order], labels[order]
        started = time.perf_counter()
        # Metrics are means since they were reset: the loss of this batch alone.
        model.reset_metrics()
        loss = float(model.train_on_batch(inputs, targets))
        times.append((time.perf_counter() - started) * 1e3)
        losses.append(loss)
    print(json.dumps({"times": times, "losses": losses, "peakBytes": peak_bytes()}))


main()
