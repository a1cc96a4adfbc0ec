"""
Writes tests/golden/models/mobilenet_v2_objectron.json: TensorFlow Lite's own interpreter on the object detector
inside the npm package @mediapipe/objectron 0.4.1675468480 (Apache-2.0), on 4 images made by a formula.

    python tools/oracle/mobilenet_v2_objectron.py
"""

import json
from pathlib import Path

import numpy as np
import tensorflow as tf

from model_inputs import batch, sample

ROOT = Path(__file__).resolve().parents[2]
PACK = ROOT / "node_modules/@mediapipe/objectron/objectron_solution_packed_assets.data"
SIZE_PX = 300
# Keras' layer, and how the name of the tensor with the same numbers begins.
LAYERS = {
    "block_1_project_BN": "FeatureExtractor/MobilenetV2/expanded_conv_1/project/BatchNorm",
    "block_15_add": "FeatureExtractor/MobilenetV2/expanded_conv_15/add",
    "out_relu": "FeatureExtractor/MobilenetV2/Conv_1/Relu6",
}

interpreter = tf.lite.Interpreter(
    model_content=PACK.read_bytes()[184:],
    experimental_op_resolver_type=tf.lite.experimental.OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES,
    experimental_preserve_all_tensors=True,
)
interpreter.allocate_tensors()
details = interpreter.get_tensor_details()


def find(prefix):
    found = [tensor for tensor in details if tensor["name"].startswith(prefix) and len(tensor["shape"]) == 4]
    assert len(found) == 1, [tensor["name"] for tensor in found]
    return found[0]["index"]


indices = {layer: find(prefix) for layer, prefix in LAYERS.items()}
images = batch(4, SIZE_PX, SIZE_PX)
outputs = {layer: [] for layer in LAYERS}
for image in images:
    interpreter.set_tensor(interpreter.get_input_details()[0]["index"], image[np.newaxis])
    interpreter.invoke()
    for layer, index in indices.items():
        outputs[layer].append(sample(interpreter.get_tensor(index)[0]))

fixture = {
    "generator": "tools/oracle/mobilenet_v2_objectron.py",
    "versions": {"tensorflow": tf.__version__, "@mediapipe/objectron": "0.4.1675468480"},
    "sizePx": SIZE_PX,
    "outputs": outputs,
}
path = ROOT / "tests/golden/models/mobilenet_v2_objectron.json"
path.write_text(json.dumps(fixture) + "\n")
print(path, {layer: [one["largest"] for one in many] for layer, many in outputs.items()})
