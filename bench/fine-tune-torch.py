"""PyTorch's step through convolutions, in a process of its own. Started by bench/fine-tune.ts:

    python bench/fine-tune-torch.py FOLDER BATCH eager|compiled|keras NCHW|NHWC THREADS STEPS

Builds the layers of layers.json, runs the first STEPS of batches.i32 once and prints one line of JSON. `keras` is for
checking, not for timing: RMSprop as Keras has it.
"""

import json
import os
import sys
import time

import numpy as np
import torch
import torch.nn.functional as F

from keras_rmsprop import EPSILON, RHO, KerasRMSprop
from peak_memory import forget_peak, peak_bytes

LEARNING_RATE = 1e-5


def same_pads(size, kernel, stride):
    total = max((-(-size // stride) - 1) * stride + kernel - size, 0)
    return total // 2, total - total // 2


class Network(torch.nn.Module):
    """The layers of a trained part, as torchvision's networks call them: batch normalization frozen, ReLU in place."""

    def __init__(self, description, numbers):
        super().__init__()
        self.boundary = description["boundary"]
        self.layers = description["layers"]
        self.values = torch.nn.ParameterDict()
        for layer in self.layers:
            for weight in layer["weights"]:
                shape, start = weight["shape"], weight["offset"]
                value = numbers[start : start + int(np.prod(shape))].reshape(shape)
                if weight["name"] == "kernel" and len(shape) == 4:
                    value = value.permute(3, 2, 0, 1)
                elif weight["name"] == "depthwise_kernel":
                    value = value.permute(2, 3, 0, 1)
                elif weight["name"] == "kernel":
                    value = value.T
                key = f"{layer['name']}/{weight['name']}"
                self.values[key] = torch.nn.Parameter(value.clone().contiguous(), requires_grad=layer["trained"])

    def forward(self, x):
        known = {self.boundary: x}
        for layer in self.layers:
            inputs = [known[name] for name in layer["inputs"]]
            known[layer["name"]] = self.apply_layer(layer, inputs)
        return known[self.layers[-1]["name"]]

    def apply_layer(self, layer, inputs):
        kind, config, x = layer["className"], layer["config"], inputs[0]

        def weight(name):
            key = f"{layer['name']}/{name}"
            return self.values[key] if key in self.values else None

        if kind in ("Conv2D", "DepthwiseConv2D"):
            kernel = weight("kernel" if kind == "Conv2D" else "depthwise_kernel")
            padding = (0, 0)
            if config["padding"] == "same":
                pads = [same_pads(x.shape[i + 2], config["kernel_size"][i], config["strides"][i]) for i in (0, 1)]
                if all(before == after for before, after in pads):
                    padding = tuple(before for before, _ in pads)
                else:
                    x = F.pad(x, (*pads[1], *pads[0]))
            groups = x.shape[1] if kind == "DepthwiseConv2D" else config["groups"]
            return F.conv2d(x, kernel, weight("bias"), tuple(config["strides"]), padding, 1, groups)
        if kind == "BatchNormalization":
            mean, variance = weight("moving_mean"), weight("moving_variance")
            return F.batch_norm(x, mean, variance, weight("gamma"), weight("beta"), False, 0, config["epsilon"])
        if kind == "ReLU":
            return F.hardtanh(x, 0, config["max_value"], inplace=True) if config["max_value"] else F.relu_(x)
        if kind == "Activation":
            return {"relu": F.relu_}[config["activation"]](x)
        if kind == "AveragePooling2D":
            return F.avg_pool2d(x, config["pool_size"], config["strides"], 1, count_include_pad=False)
        if kind == "Concatenate":
            return torch.cat(inputs, 1)
        if kind == "Add":
            return inputs[0] + inputs[1]
        if kind == "GlobalAveragePooling2D":
            return x.mean((2, 3))
        if kind == "Dense":
            return F.linear(x, weight("kernel"), weight("bias"))
        raise ValueError(f"no layer {kind}")


def main():
    folder, mode, layout = sys.argv[1], sys.argv[3], sys.argv[4]
    batch, threads, steps = (int(sys.argv[i]) for i in (2, 5, 6))
    torch.set_num_threads(threads)
    # Squares of small gradients leave float32's normal range, where arithmetic is slow.
    torch.set_flush_denormal(True)

    def read(name, dtype=np.float32):
        return torch.from_numpy(np.fromfile(os.path.join(folder, name), dtype=dtype))

    with open(os.path.join(folder, "layers.json"), encoding="utf8") as file:
        description = json.load(file)
    memory_format = torch.channels_last if layout == "NHWC" else torch.contiguous_format
    features = read("features.f32").reshape(-1, *description["features"]).permute(0, 3, 1, 2)
    features = features.contiguous(memory_format=memory_format)
    labels = read("labels.f32")
    batches = read("batches.i32", np.int32).reshape(-1, batch).long()
    model = Network(description, read("weights.f32")).to(memory_format=memory_format)
    loss_of = torch.nn.BCEWithLogitsLoss()
    trained = [value for value in model.parameters() if value.requires_grad]
    if mode == "keras":
        optimizer = KerasRMSprop(trained, LEARNING_RATE)
    else:
        optimizer = torch.optim.RMSprop(trained, lr=LEARNING_RATE, alpha=RHO, eps=EPSILON)

    def forward(inputs, targets):
        return loss_of(model(inputs), targets)

    update = optimizer.step
    if mode == "compiled":
        forward = torch.compile(forward)
        update = torch.compile(optimizer.step)

    times, processor_times, losses = [], [], []
    forget_peak()
    for order in batches[:steps]:
        inputs, targets = features[order].contiguous(memory_format=memory_format), labels[order].reshape(-1, 1)
        started, before = time.perf_counter(), time.process_time()
        optimizer.zero_grad(set_to_none=True)
        loss = forward(inputs, targets)
        loss.backward()
        update()
        losses.append(loss.item())
        times.append((time.perf_counter() - started) * 1e3)
        processor_times.append((time.process_time() - before) * 1e3)
    answer = {"times": times, "processorTimes": processor_times, "losses": losses, "peakBytes": peak_bytes()}
    print(json.dumps(answer))


main()
