"""Loads exported models with TensorFlow Lite's own interpreter and predicts: what the exporter is held to.

    python tools/oracle/tflite_predict.py REQUEST.json

The request: [{"path": a .tflite file, "inputs": [{"shape": [N, ...], "data": base64 of float32}]}]. Inputs go in as what
the model takes. Printed as JSON, in the same order: the outputs in the model's units with their shapes as flat lists, the
types of inputs and outputs, and the names of the operators.
"""

import base64
import json
import os
import sys

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")

import numpy as np
import tensorflow as tf


def array(given):
    return np.frombuffer(base64.b64decode(given["data"]), np.float32).reshape(given["shape"])


def real(details, values):
    scale, zero_point = details["quantization"]
    values = values.astype(np.float64)
    return values if scale == 0 else scale * (values - zero_point)


def answer(path, inputs):
    interpreter = tf.lite.Interpreter(model_path=path, num_threads=2)
    inputs = [array(given) for given in inputs]
    for details, value in zip(interpreter.get_input_details(), inputs, strict=True):
        interpreter.resize_tensor_input(details["index"], value.shape, strict=True)
    interpreter.allocate_tensors()
    for details, value in zip(interpreter.get_input_details(), inputs, strict=True):
        interpreter.set_tensor(details["index"], value.astype(details["dtype"]))
    interpreter.invoke()
    outputs = [(each, interpreter.get_tensor(each["index"])) for each in interpreter.get_output_details()]
    return {
        "version": tf.__version__,
        "outputs": [
            {"shape": values.shape, "data": real(details, values).ravel().tolist()}
            for details, values in outputs
        ],
        "inputTypes": [each["dtype"].__name__ for each in interpreter.get_input_details()],
        "outputTypes": [details["dtype"].__name__ for details, _ in outputs],
        "outputNames": [details["name"] for details, _ in outputs],
        "operators": [each["op_name"] for each in interpreter._get_ops_details()],
    }


def main():
    with open(sys.argv[1]) as file:
        requests = json.load(file)
    print(json.dumps([answer(request["path"], request["inputs"]) for request in requests]))


main()
