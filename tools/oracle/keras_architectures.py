"""
Writes tests/golden/models/keras_{mobilenet_v2,inception_v3}.json: what Keras' own architectures consist of (names,
output shapes, parameters of every layer), and their outputs with weights and images made by formulas.

    KERAS_BACKEND=tensorflow python tools/oracle/keras_architectures.py
"""

import json
from pathlib import Path

import keras
import tensorflow as tf

from model_inputs import batch, formula_weight, sample

ROOT = Path(__file__).resolve().parents[2]


def set_formula_weights(model):
    layers = sorted((layer for layer in model.layers if layer.weights), key=lambda layer: layer.name)
    for layer_index, layer in enumerate(layers):
        layer.set_weights(
            [
                formula_weight(layer_index, index, weight.name, weight.shape)
                for index, weight in enumerate(layer.weights)
            ]
        )


def describe(model):
    """[name, class, output shape without the batch, parameters] of every layer, by name."""
    rows = [
        [layer.name, type(layer).__name__, list(layer.output.shape[1:]), layer.count_params()]
        for layer in model.layers
        if type(layer).__name__ != "InputLayer"
    ]
    return {"parameters": model.count_params(), "layers": sorted(rows)}


def compute(model, height, width):
    set_formula_weights(model)
    outputs = model(batch(2, height, width), training=False).numpy()
    return {"inputShape": [height, width, 3], "outputs": [sample(output) for output in outputs]}


def write(name, content):
    path = ROOT / f"tests/golden/models/keras_{name}.json"
    versions = {"keras": keras.__version__, "tensorflow": tf.__version__}
    path.write_text(
        json.dumps({"generator": "tools/oracle/keras_architectures.py", "versions": versions} | content) + "\n"
    )
    print(path, path.stat().st_size)


def mobilenet(**options):
    keras.utils.clear_session()
    return keras.applications.MobileNetV2(weights=None, **options)


def inception(**options):
    keras.utils.clear_session()
    return keras.applications.InceptionV3(weights=None, **options)


write(
    "mobilenet_v2",
    {
        "withTop": {"inputShape": [224, 224, 3], "classes": 1000}
        | describe(mobilenet(input_shape=(224, 224, 3))),
        # Odd sizes need other padding before every second step.
        "odd": {"inputShape": [75, 97, 3], "alpha": 0.35}
        | describe(mobilenet(input_shape=(75, 97, 3), alpha=0.35, include_top=False)),
        "computed": {"alpha": 0.35}
        | compute(mobilenet(input_shape=(75, 97, 3), alpha=0.35, include_top=False), 75, 97),
        "computedEven": {"alpha": 0.35}
        | compute(mobilenet(input_shape=(64, 96, 3), alpha=0.35, include_top=True, classes=7), 64, 96),
        "parametersByAlpha": {
            str(alpha): mobilenet(input_shape=(96, 96, 3), alpha=alpha, include_top=False).count_params()
            for alpha in (0.35, 0.5, 0.75, 1.0, 1.3, 1.4)
        },
    },
)
write(
    "inception_v3",
    {
        "withTop": {"inputShape": [299, 299, 3], "classes": 1000}
        | describe(inception(input_shape=(299, 299, 3))),
        "small": {"inputShape": [75, 75, 3]}
        | describe(inception(input_shape=(75, 75, 3), include_top=False)),
        "computed": compute(inception(input_shape=(75, 89, 3), include_top=False, pooling="avg"), 75, 89),
    },
)
