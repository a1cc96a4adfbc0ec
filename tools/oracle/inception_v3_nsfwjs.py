"""
Writes tests/golden/models/inception_v3_nsfwjs.json: Keras' own InceptionV3 with the weights inside the npm package
nsfwjs 4.2.1 (MIT), up to mixed7, on 8 images made by a formula. The package is read here without JavaScript, by
other means than Graft's reader.

    KERAS_BACKEND=tensorflow python tools/oracle/inception_v3_nsfwjs.py
"""

import base64
import json
import re
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf

from model_inputs import batch, sample

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "node_modules/nsfwjs/dist/models/inception_v3"
SIZE_PX = 150

ENTRY = re.compile(
    r'\{name:"(?P<name>[^"]+)",shape:\[(?P<shape>[^\]]*)\],dtype:"float32",'
    r"quantization:\{min:(?P<min>[-.\de]+),scale:(?P<scale>[-.\de]+),dtype:\"uint8\"\}\}"
)


def read_weights():
    shards = []
    for number in range(1, 7):
        text = (PACKAGE / f"group1-shard{number}of6.min.js").read_text()
        shards.append(base64.b64decode(max(re.findall(r'"([A-Za-z0-9+/=]+)"', text), key=len)))
    data = np.frombuffer(b"".join(shards), dtype=np.uint8)
    weights, start = {}, 0
    for entry in ENTRY.finditer((PACKAGE / "model.min.js").read_text()):
        shape = [int(float(size)) for size in entry["shape"].split(",")]
        size = int(np.prod(shape))
        integers = data[start : start + size].astype(np.float64)
        start += size
        numbers = integers * float(entry["scale"]) + float(entry["min"])
        weights[entry["name"]] = numbers.astype(np.float32).reshape(shape)
    assert len(weights) == 382 and start == data.size, (len(weights), start, data.size)
    return weights


weights = read_weights()
model = keras.applications.InceptionV3(weights=None, include_top=False, input_shape=(SIZE_PX, SIZE_PX, 3))
for stem in ("conv2d", "batch_normalization"):
    numbered = re.compile(rf"{stem}(?:_(\d+))?")
    layers = {int(match[1] or 0): layer for layer in model.layers if (match := numbered.fullmatch(layer.name))}
    # Keras counts from 0, the package from 1.
    for number, layer in layers.items():
        layer.set_weights([weights[f"{stem}_{number + 1}/{weight.name}"] for weight in layer.weights])

trunk = keras.Model(model.input, model.get_layer("mixed7").output)
outputs = trunk(batch(8, SIZE_PX, SIZE_PX), training=False).numpy()
fixture = {
    "generator": "tools/oracle/inception_v3_nsfwjs.py",
    "versions": {"keras": keras.__version__, "tensorflow": tf.__version__, "nsfwjs": "4.2.1"},
    "parameters": {"notop": model.count_params(), "mixed7": trunk.count_params()},
    "sizePx": SIZE_PX,
    "cut": "mixed7",
    "outputs": [sample(output) for output in outputs],
}
path = ROOT / "tests/golden/models/inception_v3_nsfwjs.json"
path.write_text(json.dumps(fixture) + "\n")
print(path, fixture["parameters"], fixture["outputs"][0]["largest"])
