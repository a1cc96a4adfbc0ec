"""
Writes tests/golden/onnx/timm: networks of timm and torchvision, made small, with random weights, exported as people export
theirs, and the features that the networks compute. What they have that others do not: pads that are computed from the
image's size (same_padding), sums over constants (edgenext), masks that are written into (swin), 16 bits (half), no head
(dinov2), a class token (vit), the mean of all tokens (mixer), two heads (distilled).

    python tools/oracle/timm_onnx.py
"""

import json
import logging
import warnings
from pathlib import Path

import onnx
import onnxruntime
import timm
import torch
import torchvision
from timm.layers import create_conv2d
from timm.models.edgenext import EdgeNeXt
from timm.models.mlp_mixer import MlpMixer
from timm.models.deit import VisionTransformerDistilled
from timm.models.vision_transformer import VisionTransformer
from torch import nn
from torchvision.models.swin_transformer import SwinTransformer

warnings.filterwarnings("ignore")
logging.disable(logging.WARNING)
FOLDER = Path(__file__).resolve().parents[2] / "tests/golden/onnx/timm"
FOLDER.mkdir(exist_ok=True)


def image(batch: int, px: int) -> torch.Tensor:
    """NCHW; pixel number i of the image in NHWC order is sin(0.37 * i)."""
    i = torch.arange(batch * px * px * 3, dtype=torch.float64)
    return torch.sin(0.37 * i).float().reshape(batch, px, px, 3).permute(0, 3, 1, 2)


class SamePadding(nn.Module):
    """Convolutions as timm's tf_efficientnet has them."""

    def __init__(self):
        super().__init__()
        self.conv1 = create_conv2d(3, 8, 3, stride=2, padding="same")
        self.conv2 = create_conv2d(8, 8, 5, stride=2, padding="same", depthwise=True)
        self.conv3 = create_conv2d(8, 12, 3, stride=2, padding="same")
        self.classifier = nn.Linear(12, 5)

    def features(self, x):
        return torch.relu(self.conv3(torch.relu(self.conv2(torch.relu(self.conv1(x))))))

    def forward(self, x):
        return self.classifier(self.features(x).mean((2, 3)))


def vit(**options):
    return dict(img_size=28, patch_size=14, embed_dim=16, depth=2, num_heads=2, **options)


def tokens(model, x):
    return model.forward_features(x)


torch.manual_seed(20)
# Name, network, size, features, exporter, options of the export.
LEGACY = dict(dynamo=False, opset_version=17)
NETWORKS = [
    ("same_padding", SamePadding(), 27, lambda m, x: m.features(x), LEGACY),
    ("edgenext", EdgeNeXt(dims=(8, 16, 16, 16), depths=(1, 2, 1, 1), heads=(2, 2, 2, 2), d2_scales=(2, 2, 2, 2), num_classes=5), 64, tokens, LEGACY),
    ("swin", SwinTransformer([2, 2], 8, [2], [1], [4, 4], num_classes=5), 14, lambda m, x: m.norm(m.features(x)).permute(0, 3, 1, 2), LEGACY),
    ("dinov2", VisionTransformer(**vit(num_classes=0, init_values=1e-1)), 28, lambda m, x: m(x), LEGACY),
    ("vit", VisionTransformer(**vit(num_classes=5)), 28, lambda m, x: tokens(m, x)[:, 0], LEGACY),
    ("vit_tokens", VisionTransformer(**vit(num_classes=0, global_pool="")), 28, tokens, LEGACY),
    ("mixer", MlpMixer(img_size=28, patch_size=14, embed_dim=16, num_blocks=2, num_classes=5), 28, lambda m, x: tokens(m, x).mean(1), LEGACY),
    ("distilled", VisionTransformerDistilled(**vit(num_classes=5)), 28, lambda m, x: tokens(m, x)[:, 0], LEGACY),
    ("dynamo", VisionTransformer(**vit(num_classes=5)), 28, lambda m, x: tokens(m, x)[:, 0], dict(dynamo=True, external_data=False)),
]


def shaken(model: nn.Module) -> nn.Module:
    """In evaluation mode, with numbers that tell parts apart which start as zeros or ones."""
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(torch.randn_like(parameter) * 0.1)
    return model.eval()


def numbers(tensor: torch.Tensor) -> dict:
    return {"shape": list(tensor.shape), "data": [float(f"{value:.7g}") for value in tensor.flatten().tolist()]}


def slim(path: Path) -> None:
    model = onnx.load(path)
    for part in [*model.graph.node, *model.graph.value_info, *model.graph.input, *model.graph.output, model.graph, model]:
        del part.metadata_props[:]
        part.doc_string = ""
    del model.graph.value_info[:]
    onnx.save(model, path)


expected = {}
for name, model, px, features, options in NETWORKS:
    torch.manual_seed(len(name))
    shaken(model)
    path = FOLDER / f"{name}.onnx"
    # On by default; off, files come as other programs write them, with everything left to be computed.
    folding = {} if options["dynamo"] else {"do_constant_folding": name != "swin"}
    torch.onnx.export(model, (image(1, px),), path, input_names=["input"], output_names=["output"], verbose=False, **folding, **options)
    slim(path)
    with torch.no_grad():
        result = features(model, image(2, px))
    if result.ndim == 4:
        result = result.permute(0, 2, 3, 1)
    expected[name] = {"px": px, "features": numbers(result)}
    # The file is what the network is.
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    given = session.run(None, {session.get_inputs()[0].name: image(1, px).numpy()})[0]
    print(name, path.stat().st_size, list(result.shape), "ONNX Runtime differs by", abs(given - model(image(1, px)).detach().numpy()).max())

    if name == "same_padding":
        with torch.no_grad():
            # Images of another size, which other pads belong to.
            expected["same_padding_at_32"] = {"px": 32, "features": numbers(features(model, image(2, 32)).permute(0, 2, 3, 1))}
        open_axes = {"input": {0: "batch", 2: "height", 3: "width"}}
        torch.onnx.export(model, (image(1, px),), FOLDER / "open_sizes.onnx", input_names=["input"], output_names=["output"], dynamic_axes=open_axes, **LEGACY)
        slim(FOLDER / "open_sizes.onnx")

torch.manual_seed(4)
half = SamePadding()
shaken(half)
half.half()
torch.onnx.export(half, (image(1, 27).half(),), FOLDER / "half.onnx", input_names=["input"], output_names=["output"], **LEGACY)
slim(FOLDER / "half.onnx")
with torch.no_grad():
    # What the numbers of 16 bits give where the arithmetic has 32.
    expected["half"] = {"px": 27, "features": numbers(half.float().features(image(2, 27)).permute(0, 2, 3, 1))}
expected = {
    "generator": "tools/oracle/timm_onnx.py",
    "versions": {"torch": torch.__version__, "torchvision": torchvision.__version__, "timm": timm.__version__, "onnx": onnx.__version__},
    "networks": expected,
}
(FOLDER / "timm.json").write_text(json.dumps(expected) + "\n")
