"""Writes tests/golden/summary/*.txt: what Keras' model.summary() prints.

    python tools/oracle/summary.py

The models are built again, in the same way, by tests/golden/summary/summary.test.ts. A wide terminal is pretended, so that
Keras takes its default width; the file `narrow.txt` is of a line length of 70.
"""

import os

os.environ["KERAS_BACKEND"] = "tensorflow"
os.environ["CUDA_VISIBLE_DEVICES"] = "-1"
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
os.environ["COLUMNS"] = "200"

import pathlib

import keras

L = keras.layers
folder = pathlib.Path(__file__).parents[2] / "tests/golden/summary"


def chain():
    x = inputs = keras.Input((150, 150, 3))
    x = L.Rescaling(1 / 127.5, offset=-1)(x)
    x = L.Conv2D(32, 3, activation="relu")(x)
    x = L.BatchNormalization()(x)
    x = L.MaxPooling2D()(x)
    x = L.SeparableConv2D(48, 3, name="a_layer_whose_name_is_far_too_long_for_its_column")(x)
    x = L.Flatten()(x)
    x = L.Dense(64, activation="relu")(x)
    x = L.Dropout(0.2)(x)
    x = L.Dense(1, activation="sigmoid")(x)
    return keras.Model(inputs, x, name="cats_and_dogs")


def branches():
    x = inputs = keras.Input((None, None, 3), name="picture")
    x = L.Conv2D(8, 3, padding="same", use_bias=False, name="conv2d_with_a_long_name")(x)
    x = L.BatchNormalization(scale=False)(x)
    a = L.Activation("relu")(x)
    b = L.Conv2D(8, 1, name="b")(a)
    c = L.DepthwiseConv2D(3, padding="same")(a)
    x = L.Concatenate(name="mixed7")([b, c, a])
    y = L.GlobalAveragePooling2D(keepdims=True)(x)
    x = L.Multiply()([x, y])
    x = L.Add()([x, x])
    x = L.GlobalMaxPooling2D()(x)
    x = L.Dense(1000)(x)
    return keras.Model(inputs, x)


def write(name, model, **options):
    lines = []
    model.summary(print_fn=lines.append, **options)
    (folder / name).write_text("".join(lines))
    print("".join(lines))


model = chain()
write("chain.txt", model)
write("narrow.txt", model, line_length=70)
for layer in model.layers[:6]:
    layer.trainable = False
write("chain-frozen.txt", model)
keras.utils.clear_session()
write("branches.txt", branches())
