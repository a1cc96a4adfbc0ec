"""Writes tests/golden/weights/custom_layer.keras and custom_layer.json: a model of Keras with a layer that Keras has not,
applied twice, with a prediction. With a path as its argument, it loads that file of Graft's and prints what it predicts."""

import json
import os
import sys

os.environ["KERAS_BACKEND"] = "tensorflow"
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import keras
import numpy as np
from keras import layers, ops


class Antirectifier(layers.Layer):
    def __init__(self, initializer="glorot_uniform", epsilon=1e-3, **kwargs):
        super().__init__(**kwargs)
        self.initializer = keras.initializers.get(initializer)
        self.epsilon = epsilon

    def build(self, input_shape):
        channels = input_shape[-1]
        self.kernel = self.add_weight(name="kernel", shape=(2 * channels, channels), initializer=self.initializer)

    def call(self, x):
        centered = x - ops.mean(x, axis=-1, keepdims=True)
        variance = ops.mean(ops.square(centered), axis=-1, keepdims=True)
        normalized = centered / ops.sqrt(variance + self.epsilon)
        signs = ops.concatenate([ops.relu(normalized), ops.relu(-normalized)], axis=-1)
        return ops.matmul(signs, self.kernel)

    def get_config(self):
        initializer = keras.initializers.serialize(self.initializer)
        return {**super().get_config(), "initializer": initializer, "epsilon": self.epsilon}


def example(shape):
    return np.sin(np.arange(int(np.prod(shape)), dtype="float32")).reshape(shape)


def write(folder):
    keras.utils.set_random_seed(7)
    x = keras.Input((6,), name="x")
    own = Antirectifier(epsilon=1e-2, initializer="he_normal", name="own")
    model = keras.Model(x, layers.Dense(2, activation="softmax", name="end")(own(own(x))), name="custom")
    model.save(os.path.join(folder, "custom_layer.keras"))
    numbers = {
        "versions": {"keras": keras.__version__, "numpy": np.__version__},
        "seed": 7,
        "tolerance": {"atol": 1e-6, "rtol": 1e-5},
        "output": model.predict(example((3, 6)), verbose=0).flatten().tolist(),
    }
    with open(os.path.join(folder, "custom_layer.json"), "w") as file:
        json.dump(numbers, file, indent=1)
        file.write("\n")


if len(sys.argv) > 1:
    loaded = keras.models.load_model(sys.argv[1], custom_objects={"Antirectifier": Antirectifier})
    shape = (1, *loaded.input_shape[1:])
    print(json.dumps(loaded.predict(example(shape), verbose=0).flatten().tolist()))
else:
    write(os.path.join(os.path.dirname(__file__), "../../tests/golden/weights"))
