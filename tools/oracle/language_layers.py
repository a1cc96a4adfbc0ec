"""Writes tests/golden/layers/language-layers.json: the layers of language models, against Keras 3 and KerasHub.

    python tools/oracle/language_layers.py

Inputs and weights are multiples of 1/64, so that they are exact in JSON.
"""

import os

os.environ["KERAS_BACKEND"] = "torch"

import json
import pathlib

import keras
import keras_hub
import numpy as np

SEED = 20240601
rng = np.random.default_rng(SEED)
L = keras.layers


def draw(shape, low=-128, high=128):
    return (rng.integers(low, high, shape) / 64).astype(np.float32)


def digits(array):
    return [float(f"{x:.7g}") for x in np.asarray(array).ravel()]


def numbers(x):
    dtype = {} if x.dtype == np.float32 else {"dtype": str(x.dtype)}
    return {"shape": list(x.shape), **dtype, "values": digits(x)}


def name_of(weight):
    """Of attention the projection's name stands before: query/kernel."""
    *_, inner, name = ("/" + weight.path).split("/")
    return f"{inner}/{name}" if inner in ("query", "key", "value", "attention_output") else name


def case(title, layer, inputs, call=None, extra=None):
    call = call or (lambda *xs: layer(*xs))
    call(*inputs)
    weights = []
    for weight in layer.weights:
        value = draw(weight.shape, -64, 64)
        weight.assign(value)
        weights.append({"name": name_of(weight), "shape": list(weight.shape), "values": digits(value)})
    output = keras.ops.convert_to_numpy(call(*inputs))
    return {
        "title": title,
        "className": type(layer).__name__,
        "config": {**layer.get_config(), **(extra or {})},
        "inputs": [numbers(x) for x in inputs],
        "weights": weights,
        "output": {"shape": list(output.shape), "values": digits(output)},
    }


def ids(shape, below):
    return rng.integers(0, below, (2, *shape)).astype(np.int64)


def attention(title, source_shape=None, causal=False, **options):
    layer = L.GroupQueryAttention(**options)
    inputs = [draw((2, 5, 6))]
    if source_shape is not None:
        inputs.append(draw((2, *source_shape)))
    extra = {
        "use_causal_mask": causal,
        "rope_max_wavelength": None,
        "rope_frequency_divisors": None,
        "max_sequence_length": 2048,
    }
    return case(title, layer, inputs, lambda x, y=None: layer(x, x if y is None else y, use_causal_mask=causal), extra)


reversing = L.ReversibleEmbedding(7, 4)
reversing.build()
untied = L.ReversibleEmbedding(6, 3, tie_weights=False)
untied.build()

cases = [
    case("RMS normalization", L.RMSNormalization(), [draw((2, 3, 5))]),
    case("RMS normalization, large epsilon", L.RMSNormalization(epsilon=0.25), [draw((2, 4))]),
    case("reversible embedding of ids", reversing, [ids((5,), 7)]),
    attention("grouped attention", head_dim=4, num_query_heads=6, num_key_value_heads=2),
    attention("multi-head attention, causal, no bias", head_dim=2, num_query_heads=3, num_key_value_heads=3, use_bias=False, causal=True),
    attention("attention with one head of keys, causal", head_dim=4, num_query_heads=4, num_key_value_heads=1, causal=True),
    attention("attention to another sequence", (3, 8), head_dim=2, num_query_heads=4, num_key_value_heads=2),
]


def reverse(title, layer):
    return case(title, layer, [draw((2, 3, layer.output_dim))], lambda x: layer(x, reverse=True))


cases += [
    reverse("reversible embedding, the way back", L.ReversibleEmbedding(5, 4)),
    reverse("reversible embedding, untied, the way back", untied),
    case("rotary embedding", keras_hub.layers.RotaryEmbedding(), [draw((2, 5, 3, 8))], None, {"max_sequence_length": 2048}),
    case(
        "rotary embedding without heads, scaled",
        keras_hub.layers.RotaryEmbedding(max_wavelength=100, scaling_factor=2.0),
        [draw((2, 4, 6))],
        None,
        {"max_sequence_length": 2048},
    ),
]

path = pathlib.Path(__file__).parents[2] / "tests/golden/layers/language-layers.json"
fixture = {
    "versions": {"keras": keras.__version__, "keras_hub": keras_hub.__version__},
    "seed": SEED,
    "tolerance": {"atol": 1e-5, "rtol": 1e-5},
    "cases": cases,
}
path.write_text(json.dumps(fixture, separators=(",", ":")) + "\n")
print(len(cases), "cases")
