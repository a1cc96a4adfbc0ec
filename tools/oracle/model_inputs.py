"""Images and weights by formulas that tests/golden/models/model-inputs.ts shares: no fixture need hold them."""

import numpy as np


def hash32(index, seed):
    """A well-mixed uint32 for every index; `index` is an array or integer."""
    value = np.asarray(index, dtype=np.uint64)
    mask = np.uint64(0xFFFFFFFF)
    value = (value * np.uint64(2654435761) + np.uint64(seed) * np.uint64(40503) + np.uint64(12345)) & mask
    value ^= value >> np.uint64(15)
    value = (value * np.uint64(2246822519)) & mask
    value ^= value >> np.uint64(13)
    return value


def image(number, height, width):
    """uint8 [height, width, 3]: noise for even numbers, low-frequency waves for odd ones."""
    if number % 2 == 0:
        noise = hash32(np.arange(height * width * 3), number) & np.uint64(255)
        return noise.astype(np.uint8).reshape(height, width, 3)
    y, x, c = np.meshgrid(np.arange(height), np.arange(width), np.arange(3), indexing="ij")
    rows = np.abs((y * (2 + number) + c * 85) % 510 - 255)
    columns = np.abs((x * (3 + number) + c * 40) % 510 - 255)
    return ((rows + columns) >> 1).astype(np.uint8)


def batch(count, height, width):
    """float32 [count, height, width, 3] in [-1, 1]: x / 127.5 - 1."""
    pixels = np.stack([image(number, height, width) for number in range(count)]).astype(np.float32)
    return pixels / np.float32(127.5) - np.float32(1)


def formula_weight(layer_index, weight_index, name, shape):
    """float32 numbers for the weight_index-th weight of the layer_index-th layer (by sorted name) with weights."""
    size = int(np.prod(shape))
    uniform = hash32(np.arange(size), layer_index * 8 + weight_index).astype(np.float64) / 2.0**31 - 1
    if name in ("gamma", "moving_variance"):
        return (1 + 0.25 * uniform).astype(np.float32).reshape(shape)
    if name in ("beta", "moving_mean", "bias"):
        return (0.1 * uniform).astype(np.float32).reshape(shape)
    # He's variance, so that signals neither vanish nor grow; the last axis of a depthwise kernel is 1.
    fan_in = size / shape[-1] if shape[-1] != 1 else shape[0] * shape[1]
    return (uniform * np.sqrt(6 / fan_in)).astype(np.float32).reshape(shape)


def sample(output, count=500):
    """What a fixture keeps of one output: `count` spread elements, the largest magnitude, the mean."""
    flat = np.asarray(output, dtype=np.float32).reshape(-1)
    positions = (np.arange(count) * 7919) % flat.size
    return {
        "shape": list(np.shape(output)),
        "values": [float(f"{value:.7g}") for value in flat[positions]],
        "largest": float(np.abs(flat).max()),
        "mean": float(flat.astype(np.float64).mean()),
    }
