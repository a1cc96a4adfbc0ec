"""
Writes FOLDER/resnet18.onnx and FOLDER/resnet18-legacy.onnx, the export of docs/coming-from-pytorch.md by both exporters of
PyTorch, with random weights; FOLDER/x.npy, two images of noise; FOLDER/features.npy, what PyTorch computes of them up to
layer4. tools/check-torch-sample.ts compares.

    python tools/oracle/torch_sample.py FOLDER
"""

import sys
from pathlib import Path

import numpy
import torch
import torchvision

folder = Path(sys.argv[1])
folder.mkdir(parents=True, exist_ok=True)
torch.manual_seed(0)
model = torchvision.models.resnet18(weights=None).eval()
example = torch.zeros(1, 3, 224, 224)
torch.onnx.export(
    model, (example,), str(folder / "resnet18.onnx"),
    input_names=["image"], dynamic_shapes=({0: "batch"},), external_data=False,
)
torch.onnx.export(
    model, (example,), str(folder / "resnet18-legacy.onnx"),
    input_names=["image"], dynamic_axes={"image": {0: "N"}}, dynamo=False,
)
x = numpy.random.default_rng(1).random((2, 3, 224, 224), dtype=numpy.float32)
body = torch.nn.Sequential(*list(model.children())[:-2])
numpy.save(folder / "x.npy", x)
numpy.save(folder / "features.npy", body(torch.from_numpy(x)).detach().numpy())
