"""
Writes tests/golden/onnx: small networks with random weights, exported by PyTorch as people export theirs, and what
PyTorch computes with them. `convolutions` by the TorchScript exporter, written for a batch of one; `attention` by the
newer exporter, for a batch of one too.

    python tools/oracle/torch_onnx.py
"""

import json
from pathlib import Path

import onnx
import torch
from torch import nn

FOLDER = Path(__file__).resolve().parents[2] / "tests/golden/onnx"
FOLDER.mkdir(exist_ok=True)
PX = 16


def image(batch: int) -> torch.Tensor:
    """NCHW; pixel number i of the image in NHWC order is sin(0.37 * i)."""
    i = torch.arange(batch * PX * PX * 3, dtype=torch.float64)
    return torch.sin(0.37 * i).float().reshape(batch, PX, PX, 3).permute(0, 3, 1, 2)


class SqueezeExcitation(nn.Module):
    def __init__(self, channels: int):
        super().__init__()
        self.fc1, self.fc2 = nn.Conv2d(channels, 4, 1), nn.Conv2d(4, channels, 1)
        self.gate = nn.Hardsigmoid()

    def forward(self, x):
        pooled = nn.functional.adaptive_avg_pool2d(x, 1)
        return x * self.gate(self.fc2(torch.relu(self.fc1(pooled))))


class ChannelsLastNorm(nn.Module):
    def __init__(self, channels: int):
        super().__init__()
        self.norm = nn.LayerNorm(channels)

    def forward(self, x):
        return self.norm(x.permute(0, 2, 3, 1)).permute(0, 3, 1, 2)


class Shuffle(nn.Module):
    """Half of the channels go through a convolution; then the halves are interleaved, sizes read from the tensor."""

    def __init__(self, channels: int):
        super().__init__()
        self.conv = nn.Conv2d(channels // 2, channels // 2, 3, padding=1, groups=channels // 2)

    def forward(self, x):
        a, b = x.chunk(2, dim=1)
        x = torch.cat([a, nn.functional.gelu(self.conv(b))], dim=1)
        batch, channels, height, width = x.size()
        return x.view(batch, 2, channels // 2, height, width).transpose(1, 2).contiguous().view(batch, -1, height, width)


class Convolutions(nn.Module):
    def __init__(self):
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(3, 16, 3, stride=2, padding=1, bias=False), nn.BatchNorm2d(16), nn.Hardswish(),
            nn.Conv2d(16, 16, 3, padding=1, groups=16), SqueezeExcitation(16), ChannelsLastNorm(16), Shuffle(16),
            nn.MaxPool2d(3, 2, 1), nn.Conv2d(16, 24, 1), nn.PReLU(24),
        )
        self.classifier = nn.Sequential(nn.Dropout(0.2), nn.Linear(24, 5))

    def forward(self, x):
        x = self.features(x)
        return self.classifier(nn.functional.adaptive_avg_pool2d(x, 1).flatten(1))


class Attention(nn.Module):
    """A class token, one block with two heads, positions added."""

    def __init__(self):
        super().__init__()
        self.patches = nn.Conv2d(3, 16, 4, stride=4)
        self.token = nn.Parameter(torch.randn(1, 1, 16))
        self.position = nn.Parameter(torch.randn(1, 17, 16))
        self.norm1, self.norm2, self.norm3 = nn.LayerNorm(16), nn.LayerNorm(16), nn.LayerNorm(16)
        self.attention = nn.MultiheadAttention(16, 2, batch_first=True)
        self.mlp = nn.Sequential(nn.Linear(16, 32), nn.GELU(), nn.Linear(32, 16))
        self.head = nn.Linear(16, 5)

    def forward(self, x):
        x = self.patches(x).flatten(2).transpose(1, 2)
        x = torch.cat([self.token.expand(x.shape[0], -1, -1), x], dim=1) + self.position
        y = self.norm1(x)
        x = x + self.attention(y, y, y, need_weights=False)[0]
        x = x + self.mlp(self.norm2(x))
        return self.head(self.norm3(x)[:, 0])


def shaken(model: nn.Module) -> nn.Module:
    """In evaluation mode, with statistics that are not those of a fresh batch normalization."""
    for module in model.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.running_mean.normal_(0, 0.3)
            module.running_var.uniform_(0.5, 1.5)
    return model.eval()


def numbers(tensor: torch.Tensor) -> dict:
    return {"shape": list(tensor.shape), "data": [float(f"{value:.7g}") for value in tensor.flatten().tolist()]}


torch.manual_seed(1)
convolutions, attention = shaken(Convolutions()), shaken(Attention())
one = image(1)
torch.onnx.export(
    convolutions, one, FOLDER / "convolutions.onnx", dynamo=False, opset_version=17, input_names=["input"],
    output_names=["logits"],
)
torch.onnx.export(attention, (one,), FOLDER / "attention.onnx", dynamo=True, external_data=False, output_names=["logits"])
for file in FOLDER.glob("*.onnx"):
    model = onnx.load(file)
    # Where in PyTorch's source a node comes from: ten times the size of the network.
    for part in [*model.graph.node, *model.graph.value_info, *model.graph.input, *model.graph.output, model.graph, model]:
        del part.metadata_props[:]
        part.doc_string = ""
    del model.graph.value_info[:]
    onnx.save(model, file)
with torch.no_grad():
    two = image(2)
    features = convolutions.features(two).permute(0, 2, 3, 1)
    expected = {
        "generator": "tools/oracle/torch_onnx.py",
        "versions": {"torch": torch.__version__, "onnx": onnx.__version__},
        "convolutions": {"features": numbers(features), "logits": numbers(convolutions(two))},
        "attention": {"logits": numbers(attention(two))},
    }
(FOLDER / "torch.json").write_text(json.dumps(expected) + "\n")
