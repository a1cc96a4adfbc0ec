"""Writes tests/golden/inspection/inspection.json: label issues by cleanlab, perceptual hashes by ImageHash, logistic
regressions by scikit-learn.

    python tools/oracle/inspection.py
"""

import json
import pathlib
import warnings

import cleanlab
import imagehash
import numpy as np
import PIL
import sklearn
from cleanlab.count import compute_confident_joint
from cleanlab.filter import find_label_issues
from PIL import Image
from sklearn.linear_model import LogisticRegression

SEED = 20240606
rng = np.random.default_rng(SEED)


def noisy_case(name, sizes, flipped, sharpness):
    """Probabilities around true classes, of which some are given another label."""
    classes = len(sizes)
    true = np.repeat(np.arange(classes), sizes)
    logits = rng.normal(size=(len(true), classes))
    logits[np.arange(len(true)), true] += sharpness
    probabilities = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    # Few digits, as the fixture has them; no two margins are equal then either, or NumPy's sort would decide.
    probabilities = np.round(probabilities, 5)
    given = true.copy()
    for row in rng.choice(len(true), flipped, replace=False):
        given[row] = rng.choice([k for k in range(classes) if k != true[row]])
    ranked = find_label_issues(given, probabilities, return_indices_ranked_by="self_confidence", n_jobs=1)
    return {
        "name": name,
        "labels": given.tolist(),
        "numClasses": classes,
        "probabilities": probabilities.ravel().tolist(),
        "joint": compute_confident_joint(given, probabilities).tolist(),
        "issues": ranked.tolist(),
    }


def hash_case(name, pixels):
    image = Image.fromarray(pixels.astype(np.uint8), "L")
    return {
        "name": name,
        "pixels": pixels.astype(int).ravel().tolist(),
        "hash": str(imagehash.phash(image)),
        "mirrored": str(imagehash.phash(Image.fromarray(pixels.astype(np.uint8)[:, ::-1], "L"))),
    }


def waves(seed):
    own = np.random.default_rng(seed)
    y, x = np.mgrid[0:32, 0:32] / 32
    image = sum(
        own.normal() * np.sin(2 * np.pi * (own.uniform(0, 4) * x + own.uniform(0, 4) * y) + own.uniform(0, 6))
        for _ in range(12)
    )
    image = (image - image.min()) / (image.max() - image.min())
    return np.round(255 * image)


def logistic_case(classes, penalty):
    rows = 60
    labels = np.arange(rows) % classes
    features = np.round(rng.normal(size=(rows, 4)) + 0.8 * labels[:, None] * rng.normal(size=4), 4)
    model = LogisticRegression(C=1 / penalty, tol=1e-10, max_iter=10_000).fit(features[: rows - 10], labels[: rows - 10])
    probabilities = model.predict_proba(features)
    if classes == 2:
        # Two weight vectors, each penalized, are what one of scikit-learn's is with half of the penalty.
        model = LogisticRegression(C=2 / penalty, tol=1e-10, max_iter=10_000).fit(features[: rows - 10], labels[: rows - 10])
        probabilities = model.predict_proba(features)
    return {
        "numClasses": classes,
        "penalty": penalty,
        "features": features.ravel().tolist(),
        "labels": labels.tolist(),
        "trained": rows - 10,
        "probabilities": np.round(probabilities, 6).ravel().tolist(),
    }


warnings.simplefilter("ignore")
document = {
    "versions": {
        "cleanlab": cleanlab.__version__,
        "imagehash": imagehash.__version__,
        "numpy": np.__version__,
        "pillow": PIL.__version__,
        "scikit-learn": sklearn.__version__,
    },
    "seed": SEED,
    "labels": [
        noisy_case("two classes", [40, 30], 6, 2.5),
        noisy_case("three classes, one rare", [40, 30, 4], 8, 3.0),
        noisy_case("five classes, hardly told apart", [15, 15, 15, 15, 15], 10, 0.8),
        noisy_case("a class of one", [30, 30, 1], 5, 3.0),
        noisy_case("no errors", [30, 30], 0, 6.0),
    ],
    "hashes": [hash_case(f"waves {seed}", waves(seed)) for seed in range(4)],
    "logistic": [logistic_case(2, 1.0), logistic_case(3, 10.0)],
}
out = pathlib.Path(__file__).parents[2] / "tests/golden/inspection/inspection.json"
out.parent.mkdir(exist_ok=True)
out.write_text(json.dumps(document) + "\n")
