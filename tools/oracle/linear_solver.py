"""Optima of linear layers by scikit-learn, for tests/golden/training/linear-solver.json.

    python tools/oracle/linear_solver.py

scikit-learn's C is 1 / (rows * l2): it adds losses, Graft takes their mean. Features are standardized as Graft does before:
each has mean 0, and all are divided by the root of their mean variance, so that the weights compare as they are.
"""

import json
from pathlib import Path

import numpy as np
import sklearn
from sklearn.linear_model import LogisticRegression, Ridge

SEED = 7
ROWS, WIDTH, CLASSES, L2 = 60, 8, 4, 0.03

random = np.random.default_rng(SEED)
x = (random.normal(size=(ROWS, WIDTH)) * np.linspace(0.5, 2, WIDTH) + np.linspace(0, 3, WIDTH)).astype(np.float32)
labels = (x @ random.normal(size=(WIDTH, CLASSES)) + 2 * random.normal(size=(ROWS, CLASSES))).argmax(1)
many = (random.uniform(size=(ROWS, 3)) < 1 / (1 + np.exp(-x[:, :3] + x[:, 3:6]))).astype(int)
values = (x @ random.normal(size=(WIDTH, 2)) + random.normal(size=(ROWS, 2))).astype(np.float32)
weights = [1.0, 2.0, 0.5, 1.5]

wide = x.astype(np.float64)
centered = wide - wide.mean(0)
z = centered / np.sqrt((centered**2).mean())


def logistic(targets, l2=L2, sample_weight=None):
    model = LogisticRegression(C=1 / (ROWS * l2), tol=1e-12, max_iter=10_000)
    model.fit(z, targets, sample_weight=sample_weight)
    return model.coef_.T, model.intercept_


def case(name, kernel, bias):
    return {"name": name, "kernel": np.ravel(kernel).tolist(), "bias": np.ravel(bias).tolist()}


several = [logistic(many[:, k], l2=L2 * 3) for k in range(3)]
ridge = Ridge(alpha=ROWS * L2, tol=1e-12).fit(z, values)
fixture = {
    "versions": {"scikit-learn": sklearn.__version__, "numpy": np.__version__},
    "seed": SEED,
    "rows": ROWS,
    "width": WIDTH,
    "l2": L2,
    "x": np.ravel(x).tolist(),
    "labels": labels.tolist(),
    "classWeights": weights,
    "manyLabels": np.ravel(many).tolist(),
    "values": np.ravel(values).astype(float).tolist(),
    "cases": [
        case("multinomial", *logistic(labels)),
        case("weighted", *logistic(labels, sample_weight=np.array(weights)[labels])),
        case("binary", *logistic((labels > 1).astype(int))),
        case(
            "multi-label",
            np.concatenate([kernel for kernel, _ in several], axis=1),
            np.concatenate([bias for _, bias in several]),
        ),
        case("ridge", ridge.coef_.T, ridge.intercept_),
    ],
}
path = Path(__file__).parents[2] / "tests/golden/training/linear-solver.json"
path.write_text(json.dumps(fixture) + "\n")
