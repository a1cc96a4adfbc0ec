"""Writes tests/golden/metrics/metrics.json: Keras' metrics over two batches; the area under the curve by scikit-learn.

    python tools/oracle/metrics.py
"""

import os

os.environ["KERAS_BACKEND"] = "tensorflow"
os.environ["CUDA_VISIBLE_DEVICES"] = "-1"
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import json
import pathlib

import keras
import numpy as np
import sklearn
import tensorflow as tf
from keras import metrics
from scipy.special import expit, softmax
from sklearn.metrics import roc_auc_score

SEED = 20240603
FIRST_BATCH = 13
rng = np.random.default_rng(SEED)


def digits(array):
    return [float(f"{x:.7g}") for x in np.asarray(array).ravel()]


def over_batches(metric, targets, predictions):
    for part in (slice(0, FIRST_BATCH), slice(FIRST_BATCH, None)):
        metric.update_state(targets[part].astype("float32"), predictions[part].astype("float32"))
    return float(metric.result())


def case(title, activation, outputs, targets, given, values):
    return {
        "title": title,
        "activation": activation,
        "sizes": [FIRST_BATCH, len(outputs) - FIRST_BATCH],
        "outputs": digits(outputs),
        # What Graft is given: the index, or one number for each output.
        "targets": digits(given),
        "values": values,
    }


def of_answers(title, activation, outputs, targets, given):
    predictions = expit(outputs) if activation == "sigmoid" else softmax(outputs, axis=1)
    values = {
        "precision": over_batches(metrics.Precision(), targets, predictions),
        "precision at 0.7": over_batches(metrics.Precision(thresholds=0.7), targets, predictions),
        "recall": over_batches(metrics.Recall(), targets, predictions),
        "recall of output 0": over_batches(metrics.Recall(class_id=0), targets, predictions),
        "auc": float(roc_auc_score(targets.ravel(), predictions.ravel())),
        "auc by Keras": over_batches(metrics.AUC(num_thresholds=200), targets, predictions),
        "auc by Keras, finer": over_batches(metrics.AUC(num_thresholds=20_000), targets, predictions),
        "auc, each output": float(roc_auc_score(targets, predictions, average="macro")),
        "mae": over_batches(metrics.MeanAbsoluteError(), targets, predictions),
    }
    for average in ("macro", "micro", "weighted"):
        for threshold in (None, 0.5):
            name = f"f1_score, {average}, {'largest' if threshold is None else threshold}"
            values[name] = over_batches(
                metrics.F1Score(average=average, threshold=threshold), targets, predictions
            )
    if targets.shape[1] > 2:
        values["top_k"] = over_batches(metrics.TopKCategoricalAccuracy(k=2), targets, predictions)
    return case(title, activation, outputs, targets, given, values)


def of_numbers(title, outputs, targets):
    values = {
        "mae": over_batches(metrics.MeanAbsoluteError(), targets, outputs),
        "mse": over_batches(metrics.MeanSquaredError(), targets, outputs),
        "rmse": over_batches(metrics.RootMeanSquaredError(), targets, outputs),
        "r2_score": over_batches(metrics.R2Score(), targets, outputs),
    }
    return case(title, "linear", outputs, targets, targets, values)


def logits(*shape):
    # Multiples of 1/4: some scores are equal.
    return np.round(rng.normal(0, 1.5, shape) * 4) / 4


yes = rng.integers(0, 2, (40, 1))
labels = (rng.random((40, 4)) < [0.2, 0.5, 0.1, 0.7]).astype(int)
classes = rng.integers(0, 4, 40)
one_hot = np.eye(4, dtype=int)[classes]
numbers = rng.normal(100, 5, (40, 1))
several = rng.normal([0, 10, -3], [1, 4, 0.5], (40, 3))
cases = [
    of_answers("one sigmoid", "sigmoid", logits(40, 1) + yes, yes, yes),
    of_answers("four labels", "sigmoid", logits(40, 4) + labels, labels, labels),
    of_answers("four classes by index", "softmax", logits(40, 4) + 2 * one_hot, one_hot, classes),
    of_answers("four classes, one-hot", "softmax", logits(40, 4) + 2 * one_hot, one_hot, one_hot),
    of_numbers("one number", numbers + rng.normal(0, 2, numbers.shape), numbers),
    of_numbers("three numbers", several + rng.normal(0, 1, several.shape), several),
]

path = pathlib.Path(__file__).parents[2] / "tests/golden/metrics/metrics.json"
path.parent.mkdir(parents=True, exist_ok=True)
path.write_text(
    json.dumps(
        {
            "versions": {
                "keras": keras.__version__,
                "scikit-learn": sklearn.__version__,
                "tensorflow": tf.__version__,
            },
            "seed": SEED,
            "tolerance": {"atol": 1e-6, "rtol": 1e-5},
            "cases": cases,
        },
        separators=(",", ":"),
    )
    + "\n"
)
print(path, path.stat().st_size)
