"""
Writes tests/golden/weights/inception_v3_notop.h5.br and .json: a file of the layout of Keras' official
`inception_v3_weights_tf_dim_ordering_tf_kernels_notop.h5` (87 MB, legacy HDF5, one group a layer, names counted from 1),
written by Keras 2, and Keras' own mixed7 at 150 px with these weights.

The numbers are seeded, and such that they compress: a kernel repeats a block of 1,021 small integers (a prime, so that
no axis divides it) times a power of two; statistics are those of the images of model_inputs.py, cut to 3 bits.

    CUDA_VISIBLE_DEVICES=-1 python tools/oracle/inception_v3_official_layout.py
"""

import hashlib
import json
import subprocess
import tempfile
from pathlib import Path

import numpy as np
import tensorflow as tf
import tf_keras as keras

from model_inputs import batch, sample

ROOT = Path(__file__).resolve().parents[2]
FIXTURE = ROOT / "tests/golden/weights/inception_v3_notop.json"
COMPRESSED = ROOT / "tests/golden/weights/inception_v3_notop.h5.br"
SIZE_PX = 150
CUT = "mixed7"
SEED = 3
BLOCK = 1021
SAMPLES = 500
LEVELS = np.arange(-5, 6, dtype=np.float32)
# Python has no Brotli of its own; the test decompresses with Node's, too.
COMPRESS = "process.stdout.write(zlib.brotliCompressSync(fs.readFileSync(0)))"


def repeated(random, shape):
    """Integers of a seeded block, repeated, times the power of two that is nearest to He's deviation."""
    block = random.choice(LEVELS, BLOCK)
    fan_in = np.prod(shape[:-1])
    scale = 2.0 ** np.round(np.log2(np.sqrt(2 / fan_in) / block.std()))
    return np.resize(block * np.float32(scale), shape).astype(np.float32)


def coarse(numbers, bits=3):
    """Numbers with so many bits of mantissa."""
    mantissa, exponent = np.frexp(numbers)
    return np.ldexp(np.round(mantissa * 2**bits) / 2**bits, exponent).astype(np.float32)


def build():
    # The official file counts from 1: these layers take the names without a number.
    keras.layers.Conv2D(1, 1), keras.layers.BatchNormalization()
    keras.layers.Activation("relu"), keras.layers.Concatenate()
    built = keras.applications.InceptionV3(weights=None, include_top=False, input_shape=(SIZE_PX, SIZE_PX, 3))
    assert [layer.name for layer in built.layers[:3]] == ["input_1", "conv2d_1", "batch_normalization_1"]
    return built


random = np.random.default_rng(SEED)
model = build()
normalizers = [layer for layer in model.layers if isinstance(layer, keras.layers.BatchNormalization)]
for layer in model.layers:
    if isinstance(layer, keras.layers.Conv2D):
        layer.set_weights([repeated(random, layer.kernel.shape)])
for layer in normalizers:
    layer.beta.assign(random.integers(-4, 5, layer.beta.shape).astype(np.float32) / 8)
    # Takes the statistics of one batch as they are.
    layer.momentum = 0.0
images = batch(4, SIZE_PX, SIZE_PX)
model(images, training=True)
for layer in normalizers:
    layer.moving_mean.assign(coarse(layer.moving_mean.numpy()))
    layer.moving_variance.assign(coarse(np.maximum(layer.moving_variance.numpy(), 2.0**-10)))

with tempfile.TemporaryDirectory() as folder:
    path = Path(folder) / "notop.h5"
    model.save_weights(path, save_format="h5")
    bytes_of_file = path.read_bytes()
compression = subprocess.run(["node", "-e", COMPRESS], input=bytes_of_file, stdout=subprocess.PIPE, check=True)
COMPRESSED.write_bytes(compression.stdout)
trunk = keras.Model(model.input, model.get_layer(CUT).output)
outputs = trunk(images[:2], training=False).numpy()
fixture = {
    "generator": "tools/oracle/inception_v3_official_layout.py",
    "versions": {"tf_keras": keras.__version__, "tensorflow": tf.__version__},
    "seed": SEED,
    "bytes": len(bytes_of_file),
    "md5": hashlib.md5(bytes_of_file).hexdigest(),
    "parameters": {"notop": model.count_params(), CUT: trunk.count_params()},
    "sizePx": SIZE_PX,
    "cut": CUT,
    "tolerance": "1e-4 of the largest value",
    "outputs": [sample(output, SAMPLES) for output in outputs],
}
FIXTURE.write_text(json.dumps(fixture, separators=(",", ":")) + "\n")
print(fixture["bytes"], fixture["md5"], COMPRESSED.stat().st_size, [one["largest"] for one in fixture["outputs"]])
