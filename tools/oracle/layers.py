"""Writes tests/golden/layers/layers.json: every layer with its options, against Keras 3.

    python tools/oracle/layers.py

Inputs and weights are multiples of 1/64, so that they are exact in JSON.
"""

import os

os.environ["KERAS_BACKEND"] = "tensorflow"
os.environ["CUDA_VISIBLE_DEVICES"] = "-1"
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import json
import pathlib

import keras
import keras_hub
import numpy as np
import tensorflow as tf
from keras import ops
from keras.src.applications.convnext import LayerScale
from keras.src.applications.inception_resnet_v2 import CustomScaleLayer

SEED = 20240501
rng = np.random.default_rng(SEED)
L = keras.layers
H = keras_hub.layers


def draw(shape, low=-128, high=128):
    return (rng.integers(low, high, shape) / 64).astype(np.float32)


def digits(array):
    return [float(f"{x:.7g}") for x in np.asarray(array).ravel()]


def ids(shape, below):
    return rng.integers(0, below, (2, *shape)).astype(np.int64)


def numbers(x):
    dtype = {} if x.dtype == np.float32 else {"dtype": str(x.dtype)}
    return {"shape": list(x.shape), **dtype, "values": digits(x)}


def mask(*lengths):
    """`[N, S]`: as many ones as each sample has tokens."""
    return (np.arange(max(lengths)) < np.array(lengths)[:, None]).astype(np.int64)


def case(title, layer, *shapes, scale=1, inputs=None, call=None):
    inputs = inputs or [draw((2, *shape)) * scale for shape in shapes]
    tensors = [keras.Input(x.shape[1:], dtype=str(x.dtype)) for x in inputs]
    call = call or (lambda layer, *given: layer(list(given) if len(given) > 1 else given[0], training=False))
    call(layer, *tensors)
    weights = []
    for weight in layer.weights:
        positive = weight.name in ("moving_variance", "variance")
        value = draw(weight.shape, 8, 128) if positive else draw(weight.shape, -64, 64)
        weight.assign(value)
        # The only weight of a LayerScale has no name in Keras.
        name = "gamma" if isinstance(layer, LayerScale) else weight.path.split("/", 1)[1]
        weights.append({"name": name, "shape": list(weight.shape), "values": digits(value)})
    if isinstance(layer, L.Normalization):
        layer.finalize_state()
    output = np.asarray(call(layer, *inputs))
    return {
        "title": title,
        "className": type(layer).__name__,
        "config": layer.get_config(),
        "inputs": [numbers(x) for x in inputs],
        "weights": weights,
        "output": {"shape": list(output.shape), "values": digits(output)},
    }



class PaddingMask(L.Layer):
    def call(self, token_ids):
        return ops.cast(token_ids >= 0, "float32")


class TokenPooling(L.Layer):
    def __init__(self, token):
        super().__init__()
        self.token = token

    def call(self, inputs):
        x, mask = inputs
        last = 0 if self.token == "first" else ops.sum(mask, axis=1) - 1
        chosen = ops.arange(ops.shape(x)[1])[None, :] == ops.cast(ops.reshape(last, (-1, 1)), "int32")
        return ops.sum(x * ops.cast(chosen, "float32")[:, :, None], axis=1)

    def get_config(self):
        return {**super().get_config(), "token": self.token}


# Keras takes some inputs by name.
def attention(layer, query, value, key=None, mask=None):
    shown = None if mask is None else ops.cast(mask, "bool")[:, None, :]
    return layer(query, value, key=key, attention_mask=shown)


def padded_encoder(layer, x, mask):
    return layer(x, padding_mask=ops.cast(mask, "bool"))


def padded_pooling(layer, x, mask):
    return layer(x, mask=ops.cast(mask, "bool"))


cases = [
    case("conv valid", L.Conv2D(3, 3), (5, 6, 2)),
    case("conv same, even size, stride 2", L.Conv2D(3, 3, strides=2, padding="same", activation="relu"), (6, 6, 2)),
    case("conv same, odd size, stride 2, no bias", L.Conv2D(2, 3, strides=2, padding="same", use_bias=False), (5, 7, 3)),
    case("conv same, even kernel", L.Conv2D(2, (2, 4), padding="same"), (5, 6, 2)),
    case("conv same, stride 3 above the kernel", L.Conv2D(2, 2, strides=3, padding="same"), (7, 8, 2)),
    case("conv dilated", L.Conv2D(2, 3, dilation_rate=2, padding="same", activation="tanh"), (7, 6, 2)),
    case("conv in groups", L.Conv2D(6, (1, 3), groups=2), (4, 5, 4)),
    case("conv softmax", L.Conv2D(3, 1, activation="softmax"), (3, 2, 2)),
    case("depthwise valid", L.DepthwiseConv2D(3), (5, 5, 3)),
    case("depthwise same, stride 2", L.DepthwiseConv2D(3, strides=2, padding="same", use_bias=False), (6, 8, 3)),
    case("depthwise multiplied", L.DepthwiseConv2D(3, depth_multiplier=2, activation="relu"), (5, 4, 3)),
    case("depthwise dilated", L.DepthwiseConv2D(2, dilation_rate=2, padding="same"), (5, 4, 2)),
    case("separable", L.SeparableConv2D(4, 3), (5, 5, 3)),
    case("separable same, stride 2, multiplied", L.SeparableConv2D(3, 3, strides=2, padding="same", depth_multiplier=2, activation="relu"), (6, 5, 2)),
    case("separable no bias", L.SeparableConv2D(2, (1, 3), use_bias=False), (3, 5, 2)),
    case("batch normalization", L.BatchNormalization(), (4, 3, 3)),
    case("batch normalization, no scale", L.BatchNormalization(scale=False, epsilon=1e-2, momentum=0.9), (4, 3, 3)),
    case("batch normalization, no center", L.BatchNormalization(center=False), (4, 3, 3)),
    case("batch normalization, bare, last axis by number", L.BatchNormalization(axis=3, center=False, scale=False), (4, 3, 2)),
    case("batch normalization of rows", L.BatchNormalization(), (5,)),
    *[
        case(f"activation {name}", L.Activation(name), (2, 4, 3), scale=3)
        for name in [
            "linear", "relu", "relu6", "leaky_relu", "elu", "selu", "gelu", "sigmoid", "hard_sigmoid", "silu",
            "hard_silu", "tanh", "softplus", "softsign", "mish", "exponential", "softmax", "log_softmax",
        ]
    ],
    case("activation softmax of rows", L.Activation("softmax"), (5,)),
    case("relu", L.ReLU(), (2, 4, 3)),
    case("relu up to 6", L.ReLU(6.0), (2, 4, 3), scale=5),
    case("relu sloped", L.ReLU(negative_slope=0.25), (2, 4, 3)),
    case("relu with all options", L.ReLU(max_value=1.5, negative_slope=0.25, threshold=0.5), (2, 8, 3)),
    case("relu with threshold", L.ReLU(threshold=0.5), (2, 4, 3)),
    case("relu bounded and sloped", L.ReLU(max_value=1.0, negative_slope=0.5), (2, 4, 3)),
    case("softmax", L.Softmax(), (4,)),
    case("softmax along the height", L.Softmax(axis=1), (3, 4, 2)),
    case("softmax along the channels", L.Softmax(), (3, 2, 4)),
    case("max pooling", L.MaxPooling2D(), (5, 6, 3)),
    case("max pooling same", L.MaxPooling2D(3, strides=2, padding="same"), (6, 7, 2)),
    case("max pooling with strides", L.MaxPooling2D((2, 3), strides=(1, 2)), (5, 7, 2)),
    case("average pooling", L.AveragePooling2D(2), (5, 6, 3)),
    case("average pooling same", L.AveragePooling2D(3, strides=1, padding="same"), (5, 4, 2)),
    case("average pooling same, stride 2", L.AveragePooling2D(3, strides=2, padding="same"), (6, 5, 2)),
    case("global average pooling", L.GlobalAveragePooling2D(), (3, 4, 3)),
    case("global average pooling, kept", L.GlobalAveragePooling2D(keepdims=True), (3, 4, 3)),
    case("global max pooling", L.GlobalMaxPooling2D(), (3, 4, 3)),
    case("global max pooling, kept", L.GlobalMaxPooling2D(keepdims=True), (3, 4, 3)),
    case("zero padding", L.ZeroPadding2D(), (2, 3, 2)),
    case("zero padding, symmetric", L.ZeroPadding2D((1, 2)), (2, 3, 2)),
    case("zero padding, each side", L.ZeroPadding2D(((0, 1), (2, 3))), (2, 3, 2)),
    case("concatenate channels", L.Concatenate(), (2, 3, 2), (2, 3, 1), (2, 3, 3)),
    case("concatenate heights", L.Concatenate(axis=1), (2, 3, 2), (1, 3, 2)),
    case("concatenate rows", L.Concatenate(), (3,), (2,)),
    case("add", L.Add(), (2, 3, 2), (2, 3, 2), (2, 3, 2)),
    case("multiply", L.Multiply(), (2, 3, 2), (2, 3, 2)),
    case("multiply stretched", L.Multiply(), (2, 3, 2), (1, 1, 2)),
    case("flatten", L.Flatten(), (3, 2, 4)),
    case("flatten one pixel", L.Flatten(), (1, 1, 4)),
    case("reshape", L.Reshape((4, -1)), (3, 2, 4)),
    case("reshape to an image", L.Reshape((2, 2, 3)), (12,)),
    case("dropout", L.Dropout(0.5), (2, 3, 2)),
    case("dense", L.Dense(4), (5,)),
    case("dense with activation", L.Dense(3, activation="softmax", use_bias=False), (5,)),
    case("dense on images", L.Dense(2, activation="relu"), (2, 3, 4)),
    case("dense on images, no bias", L.Dense(2, use_bias=False), (2, 3, 4)),
    case("rescaling", L.Rescaling(1 / 127.5, offset=-1), (2, 3, 3), scale=60),
    case("rescaling of channels", L.Rescaling([0.5, 2.0, 1.0], offset=[0.25, 0.0, -1.0]), (2, 3, 3)),
    case("scaled residual", CustomScaleLayer(0.25), (2, 3, 2), (2, 3, 2)),
    case("layer normalization", L.LayerNormalization(), (3, 2, 5)),
    case("layer normalization of rows, no center", L.LayerNormalization(center=False, epsilon=1e-6), (6,)),
    case("layer normalization, no scale, last axis by number", L.LayerNormalization(axis=3, scale=False), (2, 3, 4)),
    case("layer scale", LayerScale(0.5, 3), (2, 3, 3)),
    case("layer scale of rows", LayerScale(1e-6, 4), (4,)),
    case("normalization", L.Normalization(), (3, 2, 4)),
    case("normalization of rows", L.Normalization(), (4,)),
    case("normalization by given numbers", L.Normalization(axis=3, mean=[0.5, -1.0, 2.0], variance=[0.25, 4.0, 1.5]), (2, 3, 3)),
    case("cropping", L.Cropping2D(1), (4, 5, 2)),
    case("cropping, symmetric", L.Cropping2D((1, 2)), (4, 6, 2)),
    case("cropping, each side", L.Cropping2D(((0, 1), (2, 0))), (3, 4, 2)),
    case("dropout of whole samples", L.Dropout(0.5, noise_shape=(None, 1, 1, 1)), (2, 3, 2)),
    case("embedding", L.Embedding(7, 3), inputs=[ids((5,), 7)]),
    case("embedding of one id, another initializer", L.Embedding(4, 2, embeddings_initializer="zeros"), inputs=[ids((), 4)]),
    case("token and position embedding", H.TokenAndPositionEmbedding(7, 5, 3), inputs=[ids((4,), 7)]),
    case("position embedding", H.PositionEmbedding(6), (4, 3)),
    case("padding mask", PaddingMask(), inputs=[np.array([[3, 0, -1], [2, -1, -1]])]),
    case("attention", L.MultiHeadAttention(2, 3), (4, 6), (3, 5), call=attention),
    case("attention, all options", L.MultiHeadAttention(2, 3, value_dim=2, use_bias=False, output_shape=5), (4, 6), (3, 5), (3, 4), call=attention),
    case("attention, padded", L.MultiHeadAttention(2, 2), inputs=[draw((2, 3, 4)), draw((2, 4, 4)), draw((2, 4, 4)), mask(4, 2)], call=attention),
    case("transformer encoder", H.TransformerEncoder(5, 2), (3, 4)),
    case("transformer encoder, padded, gelu", H.TransformerEncoder(5, 2, activation="gelu", layer_norm_epsilon=1e-3), inputs=[draw((2, 3, 4)), mask(3, 2)], call=padded_encoder),
    case("transformer encoder, normalized first", H.TransformerEncoder(6, 1, normalize_first=True), inputs=[draw((2, 3, 4)), mask(1, 3)], call=padded_encoder),
    case("global average pooling of tokens", L.GlobalAveragePooling1D(), (3, 4)),
    case("global average pooling of tokens, padded", L.GlobalAveragePooling1D(), inputs=[draw((2, 3, 4)), mask(3, 1)], call=padded_pooling),
    case("first token", TokenPooling("first"), inputs=[draw((2, 3, 4)), mask(3, 1)]),
    case("last token", TokenPooling("last"), inputs=[draw((2, 3, 4)), mask(1, 3)]),
    case("unit normalization", L.UnitNormalization(), (3, 4)),
    case("unit normalization along the height", L.UnitNormalization(axis=1), (3, 4, 2)),
]

path = pathlib.Path(__file__).parents[2] / "tests/golden/layers/layers.json"
path.write_text(
    json.dumps(
        {
            "versions": {"keras": keras.__version__, "tensorflow": tf.__version__},
            "seed": SEED,
            "tolerance": {"atol": 1e-5, "rtol": 1e-5},
            "cases": cases,
        },
        separators=(",", ":"),
    )
    + "\n"
)
print(path, path.stat().st_size)
