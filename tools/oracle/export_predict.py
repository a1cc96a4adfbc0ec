"""Loads exported models with the real Keras and predicts: what the exporter is held to.

    KERAS_BACKEND=tensorflow python tools/oracle/export_predict.py REQUEST.json

The request: [{"path": a model, "inputs": [{"shape": [N, ...], "data": base64 of float32}]}]. Printed as JSON, in the
same order: the predictions with their shape as one flat list, the names of the layers and of those that are trainable,
and the parameter count.
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


def array(given):
    return np.frombuffer(base64.b64decode(given["data"]), np.float32).reshape(given["shape"])


def answer(path, inputs):
    model = keras.models.load_model(path, compile=False)
    inputs = [array(given) for given in inputs]
    predictions = np.asarray(model(inputs if len(inputs) > 1 else inputs[0], training=False))
    return {
        "version": keras.__version__,
        "shape": predictions.shape,
        "predictions": predictions.ravel().astype(float).tolist(),
        "layers": [layer.name for layer in model.layers],
        "trainable": [layer.name for layer in model.layers if layer.trainable and layer.weights],
        "parameters": model.count_params(),
    }


def main():
    with open(sys.argv[1]) as file:
        requests = json.load(file)
    print(json.dumps([answer(request["path"], request["inputs"]) for request in requests]))


main()
