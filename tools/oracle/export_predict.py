"""Loads exported models with the real Keras and predicts: what tests/golden/export holds the exporter to.

    KERAS_BACKEND=tensorflow python tools/oracle/export_predict.py REQUEST.json

The request: {"shape": [N, H, W, 3], "pixels": base64 of uint8, "models": [paths]}. Printed as JSON: for every path its
predictions as one flat list, the names of its layers and of those that are trainable, and its parameter count.
"""

import base64
import json
import os
import sys

os.environ.setdefault("KERAS_BACKEND", "tensorflow")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")

import numpy as np

if os.environ.get("GRAFT_ORACLE_KERAS") == "2":
    import tf_keras as keras
else:
    import keras


def answer(path, pixels):
    model = keras.models.load_model(path, compile=False)
    return {
        "version": keras.__version__,
        "predictions": np.asarray(model.predict(pixels, verbose=0)).ravel().astype(float).tolist(),
        "layers": [layer.name for layer in model.layers],
        "trainable": [layer.name for layer in model.layers if layer.trainable and layer.weights],
        "parameters": model.count_params(),
    }


def main():
    with open(sys.argv[1]) as file:
        request = json.load(file)
    pixels = np.frombuffer(base64.b64decode(request["pixels"]), np.uint8)
    pixels = pixels.reshape(request["shape"]).astype(np.float32)
    print(json.dumps({path: answer(path, pixels) for path in request["models"]}))


main()
