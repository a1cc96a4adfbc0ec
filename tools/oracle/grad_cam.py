"""
Writes tests/golden/explain: small networks with random weights as ONNX, and the maps that pytorch-grad-cam makes of them.

    python tools/oracle/grad_cam.py
"""

import json
import warnings
from pathlib import Path

import numpy
import torch
from pytorch_grad_cam import GradCAM, HiResCAM
from pytorch_grad_cam.utils.model_targets import ClassifierOutputTarget
from torch import nn

warnings.filterwarnings("ignore")
FOLDER = Path(__file__).resolve().parents[2] / "tests/golden/explain"
FOLDER.mkdir(exist_ok=True)
SIZE = 24


class Pooled(nn.Module):
    """Convolutions, the mean of all places, one layer: what most networks end in."""

    def __init__(self, classes: int):
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(3, 8, 3, stride=2, padding=1), nn.ReLU(), nn.Conv2d(8, 12, 3, stride=2, padding=1), nn.ReLU()
        )
        self.head = nn.Linear(12, classes)

    def forward(self, x):
        return self.head(self.features(x).mean((2, 3)))


class Flat(Pooled):
    """Places have weights of their own: the two methods differ."""

    def __init__(self, classes: int):
        super().__init__(classes)
        self.head = nn.Sequential(nn.Flatten(), nn.Linear(12 * 36, 16), nn.ReLU(), nn.Linear(16, classes))

    def forward(self, x):
        return self.head(self.features(x))


def image() -> torch.Tensor:
    i = torch.arange(SIZE * SIZE * 3, dtype=torch.float64)
    pixels = (127.5 + 127.5 * torch.sin(0.37 * i + 0.001 * i * i)).round().reshape(1, SIZE, SIZE, 3)
    return pixels.permute(0, 3, 1, 2).float()


class Scaled(nn.Module):
    """Pixels in [0, 255], as a model file takes them."""

    def __init__(self, inner):
        super().__init__()
        self.inner = inner

    def forward(self, x):
        return self.inner(x / 127.5 - 1)


cases = []
for kind in (Pooled, Flat):
    torch.manual_seed(7)
    inner = kind(3).eval()
    model = Scaled(inner)
    weights = {name: value.detach().flatten().tolist() for name, value in inner.state_dict().items()}
    shapes = {name: list(value.shape) for name, value in inner.state_dict().items()}
    for method in (GradCAM, HiResCAM):
        for target in range(3):
            cam = method(model=model, target_layers=[inner.features[-1]])
            map_ = cam(input_tensor=image(), targets=[ClassifierOutputTarget(target)])[0]
            cases.append(
                {
                    "network": kind.__name__,
                    "method": {"GradCAM": "grad-cam", "HiResCAM": "hires-cam"}[method.__name__],
                    "target": target,
                    "map": [float(f"{value:.6g}") for value in map_.flatten()],
                }
            )
    (FOLDER / f"{kind.__name__.lower()}.json").write_text(
        json.dumps({name: {"shape": shapes[name], "values": [float(f"{v:.7g}") for v in weights[name]]} for name in weights})
        + "\n"
    )
document = {
    "versions": {"torch": torch.__version__, "grad-cam": "1.5.7", "numpy": numpy.__version__},
    "size": SIZE,
    "pixels": [int(v) for v in image().permute(0, 2, 3, 1).flatten()],
    "cases": cases,
}
(FOLDER / "grad-cam.json").write_text(json.dumps(document) + "\n")
