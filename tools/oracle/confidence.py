"""Writes tests/golden/evaluation/confidence.json: temperatures by scikit-learn and SciPy, thresholds by scikit-learn, conformal quantiles by NumPy.

    python tools/oracle/confidence.py
"""

import json
import pathlib

import numpy as np
import scipy
import sklearn
from scipy.optimize import minimize_scalar
from scipy.special import log_softmax, softmax
from sklearn.calibration import _TemperatureScaling
from sklearn.metrics import log_loss, precision_recall_curve

SEED = 20261127
rng = np.random.default_rng(SEED)


def digits(array):
    return [float(f"{x:.9g}") for x in np.asarray(array, float).ravel()]


def both(logits):
    return np.concatenate([np.zeros_like(logits), logits], axis=1) if logits.shape[1] == 1 else logits


def best_temperature(targets, logits):
    def loss(log_scale):
        return -np.mean(np.sum(targets * log_softmax(np.exp(log_scale) * logits, axis=1), axis=1))

    found = minimize_scalar(loss, bounds=(-4, 4), method="bounded", options={"xatol": 1e-12})
    return float(np.exp(-found.x))


def temperature_case(name, size, width, sharpness, right):
    labels = rng.integers(0, max(2, width), size)
    logits = rng.normal(0, 1, (size, width)) * sharpness
    if width == 1:
        logits[:, 0] += sharpness * np.where(labels == 1, 1, -1) * right
    else:
        logits[np.arange(size), labels] += sharpness * right
    logits = logits.astype(np.float32)
    # float32 is what the model gives; sums are of float64.
    all_classes = both(logits).astype(np.float64)
    classes = all_classes.shape[1]
    target = (size + 1) / (size + 2)
    smoothed = np.full((size, classes), (1 - target) / (classes - 1))
    smoothed[np.arange(size), labels] = target
    # Of two classes scikit-learn takes a decision d, and that for the logits [-d, d].
    taken = all_classes[:, 1] / 2 if classes == 2 else all_classes
    plain = 1 / _TemperatureScaling().fit(taken, labels).beta_
    scaled = softmax(all_classes / best_temperature(smoothed, all_classes), axis=1)
    return {
        "name": name,
        "logits": digits(logits),
        "labels": labels.tolist(),
        "sklearn": float(plain),
        "smoothed": best_temperature(smoothed, all_classes),
        "lossBefore": float(log_loss(labels, softmax(all_classes, axis=1), labels=np.arange(classes))),
        "lossAfter": float(log_loss(labels, scaled, labels=np.arange(classes))),
    }


def conformal_case(size, classes):
    probabilities = softmax(rng.normal(0, 2, (size, classes)), axis=1).astype(np.float32)
    labels = np.array([rng.choice(classes, p=row / row.sum()) for row in probabilities.astype(float)])
    scores = 1 - probabilities[np.arange(size), labels].astype(float)
    levels = [0.5, 0.8, 0.9, 0.95]
    cuts = [float(np.sort(scores)[int(np.ceil((size + 1) * level)) - 1]) for level in levels]
    return {
        "classes": classes,
        "probabilities": digits(probabilities),
        "labels": labels.tolist(),
        "levels": levels,
        "thresholds": digits(1 - np.array(cuts)),
    }


def threshold_case(size):
    truths = rng.integers(0, 2, size)
    probabilities = np.clip(0.5 + 0.25 * (2 * truths - 1) + rng.normal(0, 0.25, size), 0.001, 0.999)
    probabilities = np.round(probabilities, 3).astype(np.float32)
    precision, recall, _ = precision_recall_curve(truths, probabilities)
    precision, recall = precision[:-1], recall[:-1]
    f1 = 2 * precision * recall / np.maximum(precision + recall, 1e-12)
    return {
        "probabilities": digits(probabilities),
        "truths": truths.tolist(),
        "precisionAtRecall": {str(r): float(precision[recall >= r].max()) for r in (0.8, 0.95, 0.99)},
        "recallAtPrecision": {str(p): float(recall[precision >= p].max()) for p in (0.8, 0.9, 0.95)},
        "bestF1": float(f1.max()),
    }


def choice_case(name, size, width, sharpness, right, *, labels_each=1):
    """Five folds, taken in turns; a temperature is kept if the mean gain is above its standard error."""
    rows = size * labels_each
    labels = rng.integers(0, max(2, width), rows)
    logits = rng.normal(0, 1, (rows, width)) * sharpness
    if width == 1:
        logits[:, 0] += sharpness * np.where(labels == 1, 1, -1) * right
    else:
        logits[np.arange(rows), labels] += sharpness * right
    logits = logits.astype(np.float32)
    all_classes = both(logits).astype(np.float64)
    classes = all_classes.shape[1]

    def fitted(chosen):
        target = (chosen.sum() + 1) / (chosen.sum() + 2)
        smoothed = np.full((chosen.sum(), classes), (1 - target) / (classes - 1))
        smoothed[np.arange(chosen.sum()), labels[chosen]] = target
        return best_temperature(smoothed, all_classes[chosen])

    fold = np.arange(rows) // labels_each % 5
    gains = np.zeros(rows)
    for held in range(5):
        scaled = all_classes / fitted(fold != held)
        own = fold == held
        gain = log_softmax(scaled, axis=1) - log_softmax(all_classes, axis=1)
        gains[own] = gain[np.arange(rows), labels][own]
    of_example = gains.reshape(size, labels_each).sum(axis=1)
    is_better = of_example.mean() > of_example.std(ddof=1) / np.sqrt(size)
    return {
        "name": name,
        "logits": digits(logits),
        "labels": labels.tolist(),
        "rowsPerExample": labels_each,
        "temperature": fitted(np.full(rows, True)) if is_better else 1,
    }


document = {
    "versions": {"numpy": np.__version__, "scikit-learn": sklearn.__version__, "scipy": scipy.__version__},
    "seed": SEED,
    "temperature": [
        temperature_case("one sigmoid, too sure", 120, 1, 4.0, 0.4),
        temperature_case("one sigmoid, too unsure", 120, 1, 0.5, 2.0),
        temperature_case("five classes, too sure", 100, 5, 3.0, 1.0),
        temperature_case("three classes, too unsure", 90, 3, 0.4, 2.5),
    ],
    "conformal": [conformal_case(60, 3), conformal_case(101, 5)],
    "thresholds": [threshold_case(150), threshold_case(80)],
    "choices": [
        choice_case("one sigmoid, much too sure", 100, 1, 5.0, 0.4),
        choice_case("one sigmoid that is nearly right", 60, 1, 1.5, 0.75),
        choice_case("four classes, too unsure", 80, 4, 0.4, 2.5),
        choice_case("three classes that are nearly right", 70, 3, 1.2, 1.2),
        choice_case("three labels of each example, too sure", 60, 1, 4.0, 0.4, labels_each=3),
        choice_case("three labels of each example, nearly right", 40, 1, 1.5, 0.75, labels_each=3),
    ],
}
path = pathlib.Path(__file__).parents[2] / "tests/golden/evaluation/confidence.json"
path.write_text(json.dumps(document, separators=(",", ":"), allow_nan=False) + "\n")
print(path, path.stat().st_size)
