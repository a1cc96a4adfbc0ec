"""Writes tests/golden/evaluation/evaluation.json: tests and figures by statsmodels, SciPy and scikit-learn.

    python tools/oracle/evaluation.py
"""

import json
import pathlib
import warnings

import numpy as np
import scipy
import sklearn
import statsmodels
from scipy.stats import bootstrap, poisson
from sklearn import metrics
from sklearn.dummy import DummyClassifier, DummyRegressor
from statsmodels.stats.contingency_tables import mcnemar
from statsmodels.stats.multitest import multipletests

SEED = 20240604
RESAMPLES = 100_000
rng = np.random.default_rng(SEED)


def digits(array):
    return [float(f"{x:.9g}") for x in np.asarray(array, float).ravel()]


def mcnemar_case(both, only_first, only_second, neither):
    table = [[both, only_first], [only_second, neither]]
    return {
        "table": [both, only_first, only_second, neither],
        "exact": float(mcnemar(table, exact=True).pvalue),
        "corrected": float(mcnemar(table, exact=False, correction=True).pvalue),
    }


def interval(columns, statistic):
    result = bootstrap(
        columns,
        statistic,
        paired=True,
        vectorized=False,
        n_resamples=RESAMPLES // 10,
        method="percentile",
        rng=np.random.default_rng(SEED),
    )
    return digits(result.confidence_interval)


def paired_case(first, second):
    difference = second - first
    result = bootstrap(
        (difference,), np.mean, n_resamples=RESAMPLES, method="percentile", batch=1000,
        rng=np.random.default_rng(SEED),
    )
    share = np.minimum(
        np.mean(result.bootstrap_distribution <= 0), np.mean(result.bootstrap_distribution >= 0)
    )
    return {
        "first": digits(first),
        "second": digits(second),
        "difference": float(difference.mean()),
        "interval": digits(result.confidence_interval),
        "pValue": float(min(1, 2 * share)),
    }


def known(values):
    """None where there is nothing to divide by."""
    return [None if np.isnan(value) else float(value) for value in values]


def always_most_frequent(labels):
    """What a classifier comes to that gives the largest class, whatever it sees."""
    nothing = np.zeros((len(labels), 1))
    return float(DummyClassifier(strategy="most_frequent").fit(nothing, labels).score(nothing, labels))


def label_rates(truth, scores, average):
    answers = scores > 0.5
    precision, recall, f1, _ = metrics.precision_recall_fscore_support(
        truth, answers, average=average, zero_division=0
    )
    return {"precision": float(precision), "recall": float(recall), "f1": float(f1)}


def labels_case():
    truth = (rng.random((60, 5)) < [0.1, 0.3, 0.5, 0.8, 0.4]).astype(int)
    # A label that is never given, and one that no image has.
    scores = np.clip(np.round(rng.normal(0.35 + 0.3 * truth, 0.2), 2), 0.01, 0.99)
    scores[:, 0] /= 2
    truth[:, 4] = 0
    scores = scores.astype(np.float32)
    has_both = [0, 1, 2, 3]
    precision, recall, f1, support = metrics.precision_recall_fscore_support(
        truth, scores > 0.5, average=None, zero_division=0
    )
    # No image has the last label: it has no recall.
    recall = metrics.recall_score(truth, scores > 0.5, average=None, zero_division=np.nan)
    areas = [float(metrics.roc_auc_score(truth[:, k], scores[:, k])) for k in has_both]
    return {
        "probabilities": digits(scores),
        "targets": truth.ravel().tolist(),
        "loss": float(np.mean([metrics.log_loss(truth[:, k], scores[:, k], labels=[0, 1]) for k in range(5)])),
        "exactMatch": float(metrics.accuracy_score(truth, scores > 0.5)),
        "precision": digits(precision),
        "recall": known(recall),
        "f1": digits(f1),
        "baseline": always_most_frequent(["".join(map(str, row)) for row in truth]),
        "support": support.tolist(),
        "auc": [*areas, None],
        "micro": {
            **label_rates(truth, scores, "micro"),
            "auc": float(metrics.roc_auc_score(truth.ravel(), scores.ravel())),
        },
        "macro": {
            **label_rates(truth, scores, "macro"),
            "recall": float(metrics.recall_score(truth, scores > 0.5, average="macro", zero_division=np.nan)),
            "auc": float(np.mean(areas)),
        },
    }


def classes_case(name, labels, answers, classes):
    labels, answers = np.array(labels), np.array(answers)
    recall = metrics.recall_score(labels, answers, labels=range(classes), average=None, zero_division=np.nan)
    with warnings.catch_warnings():
        # It warns of classes that were predicted and have no images.
        warnings.simplefilter("ignore")
        balanced = metrics.balanced_accuracy_score(labels, answers)
    return {
        "name": name,
        "classes": classes,
        "labels": labels.tolist(),
        "answers": answers.tolist(),
        "accuracy": float(metrics.accuracy_score(labels, answers)),
        "balancedAccuracy": float(balanced),
        "macroF1": float(metrics.f1_score(labels, answers, average="macro", zero_division=0)),
        "baseline": always_most_frequent(labels),
        "recall": known(recall),
    }


def classes_cases():
    own = np.random.default_rng(SEED)
    labels = own.choice(4, 60, p=[0.6, 0.2, 0.15, 0.05])
    answers = np.where(own.random(60) < 0.7, labels, own.integers(0, 4, 60))
    return [
        classes_case("four classes of unequal size", labels, answers, 4),
        classes_case("1:50, the rare class never found", [0] * 100 + [1] * 2, [0] * 102, 2),
        classes_case("a class without images that is predicted", [0, 0, 1, 1, 1], [0, 2, 1, 1, 0], 3),
        classes_case("a class without images that is not predicted", [0, 0, 1, 1, 1], [0, 0, 1, 1, 0], 3),
    ]


def numbers_case():
    targets = rng.normal([50, -2], [12, 0.5], (80, 2)).astype(np.float32)
    predictions = (targets + rng.normal(0, [5, 0.4], (80, 2))).astype(np.float32)
    each = []
    for k in range(2):
        truth, answers = targets[:, k].astype(float), predictions[:, k].astype(float)
        mean = DummyRegressor(strategy="mean").fit(np.zeros((80, 1)), truth).predict(np.zeros((80, 1)))
        each.append(
            {
                "baseline": {
                    "mae": float(metrics.mean_absolute_error(truth, mean)),
                    "rmse": float(metrics.root_mean_squared_error(truth, mean)),
                },
                "mae": float(metrics.mean_absolute_error(truth, answers)),
                "rmse": float(metrics.root_mean_squared_error(truth, answers)),
                "r2": float(metrics.r2_score(truth, answers)),
                "intervals": {
                    "mae": interval((truth, answers), lambda t, y: np.mean(np.abs(t - y))),
                    "rmse": interval((truth, answers), lambda t, y: np.sqrt(np.mean((t - y) ** 2))),
                    "r2": interval(
                        (truth, answers), lambda t, y: 1 - np.mean((t - y) ** 2) / np.mean((t - t.mean()) ** 2)
                    ),
                },
            }
        )
    return {
        "predictions": digits(predictions),
        "targets": digits(targets),
        "loss": float(np.mean((targets.astype(float) - predictions.astype(float)) ** 2)),
        "numbers": each,
    }


def calibration_case(bins):
    logits = rng.normal(0, 2, (200, 3))
    probabilities = (np.exp(logits) / np.exp(logits).sum(1, keepdims=True)).astype(np.float32)
    labels = np.array([rng.choice(3, p=p / p.sum()) for p in probabilities.astype(float) ** 0.6])
    confidence, right = probabilities.max(1).astype(float), probabilities.argmax(1) == labels
    which = np.digitize(confidence, np.linspace(0, 1, bins + 1), right=True)
    error = sum(
        np.mean(which == b) * abs(right[which == b].mean() - confidence[which == b].mean())
        for b in np.unique(which)
    )
    return {
        "bins": bins,
        "probabilities": digits(probabilities),
        "labels": labels.tolist(),
        "error": float(error),
        "counts": np.bincount(which, minlength=bins + 1)[1:].tolist(),
    }


quality = rng.random(150)
right_a = (quality + rng.normal(0, 0.2, 150) > 0.3).astype(float)
right_b = (quality + rng.normal(0, 0.2, 150) > 0.2).astype(float)
p_values = [0.001, 0.04, 0.012, 0.6, 0.012, 0.9, 0.0002, 0.03, 0.5, 0.049, 0.2, 1.0]
document = {
    "versions": {
        "numpy": np.__version__,
        "scikit-learn": sklearn.__version__,
        "scipy": scipy.__version__,
        "statsmodels": statsmodels.__version__,
    },
    "seed": SEED,
    "mcnemar": [
        mcnemar_case(*table)
        for table in [
            (50, 1, 9, 4), (10, 0, 3, 2), (80, 6, 6, 8), (70, 12, 13, 5),
            (400, 20, 45, 35), (900, 110, 90, 50), (5000, 800, 1000, 200),
        ]
    ],
    "holm": {"pValues": p_values, "adjusted": digits(multipletests(p_values, method="holm")[1])},
    "paired": [
        paired_case(right_a, right_b),
        paired_case(rng.normal(1, 0.5, 60), rng.normal(1.1, 0.5, 60)),
    ],
    "poisson": [
        {"count": count, "mean": mean, "tail": float(poisson.sf(count - 1, mean))}
        for count, mean in [
            (0, 3), (1, 0), (1, 2e-7), (1, 0.5), (3, 1), (50, 44.4), (40, 44.4), (90, 44.4), (4600, 4443), (5000, 4443), (4443, 4443),
        ]
    ],
    "classes": classes_cases(),
    "labels": labels_case(),
    "numbers": numbers_case(),
    "calibration": [calibration_case(15), calibration_case(10)],
}
path = pathlib.Path(__file__).parents[2] / "tests/golden/evaluation/evaluation.json"
path.parent.mkdir(parents=True, exist_ok=True)
path.write_text(json.dumps(document, separators=(",", ":"), allow_nan=False) + "\n")
print(path, path.stat().st_size)
