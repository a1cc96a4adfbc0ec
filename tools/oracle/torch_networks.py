"""
Writes tests/golden/models/torch_networks.json: names and sizes of the tensors of networks of torchvision, timm and
transformers, and the features that these compute of two images, with weights made by a formula of a tensor's place.

    python tools/oracle/torch_networks.py [NAME ...]
"""

import json
import math
import sys
from pathlib import Path

import numpy as np
import timm
import torch
import torchvision
import transformers

from model_inputs import batch, hash32, sample

OUT = Path(__file__).resolve().parents[2] / "tests/golden/models/torch_networks.json"
TABLE = hash32(np.arange(65521), 1).astype(np.float64) / 2.0**31 - 1


def formula(place: int, name: str, shape: tuple[int, ...]) -> torch.Tensor:
    size = math.prod(shape)
    begin = place * 7919 % TABLE.size
    uniform = np.resize(np.concatenate([TABLE[begin:], TABLE[:begin]]), size)
    if name.endswith(("running_var", "weight", "gamma", "lambda1")) and len(shape) == 1:
        values = 1 + 0.25 * uniform
    elif name.endswith(("bias", "running_mean")) or len(shape) < 2:
        values = 0.1 * uniform
    else:
        values = uniform * math.sqrt(6 / (size / shape[0]))
    return torch.from_numpy(values.astype(np.float32).reshape(shape))


def fill(model: torch.nn.Module) -> list[list]:
    """Sets all floating tensors, and lists them."""
    state = model.state_dict()
    listed = []
    for name, tensor in state.items():
        if tensor.is_floating_point():
            state[name] = formula(len(listed), name, tuple(tensor.shape))
            listed.append([name, list(tensor.shape)])
    model.load_state_dict(state)
    model.eval()
    return listed


def maps(features: torch.Tensor) -> np.ndarray:
    return features.permute(0, 2, 3, 1).numpy()


def timm_maps(name: str, px: int):
    model = timm.create_model(name)
    return model, px, lambda x: maps(model.forward_features(x)), None


def torchvision_maps(name: str, px: int):
    model = getattr(torchvision.models, name)()

    def features(x: torch.Tensor) -> np.ndarray:
        x = model.maxpool(model.relu(model.bn1(model.conv1(x))))
        return maps(model.layer4(model.layer3(model.layer2(model.layer1(x)))))

    return model, px, features, None


def transformers_resnet():
    config = transformers.ResNetConfig(
        depths=[2, 2, 2, 2], hidden_sizes=[64, 128, 256, 512], layer_type="basic", num_labels=3
    )
    model = transformers.ResNetForImageClassification(config)
    return model, 64, lambda x: maps(model.resnet(x).last_hidden_state), None


NETWORKS = {
    "resnet18": lambda: torchvision_maps("resnet18", 96),
    "resnet34": lambda: timm_maps("resnet34", 64),
    "resnet50": lambda: torchvision_maps("resnet50", 75),
    "resnext50_32x4d": lambda: torchvision_maps("resnext50_32x4d", 64),
    "transformers_resnet18": transformers_resnet,
    "tf_efficientnet_lite0": lambda: timm_maps("tf_efficientnet_lite0", 96),
    "efficientnet_lite0": lambda: (*timm_maps("efficientnet_lite0", 96)[:3], {"architecture": "efficientnet_lite0"}),
    "tf_efficientnet_lite2": lambda: timm_maps("tf_efficientnet_lite2", 75),
    "tf_efficientnet_lite4": lambda: timm_maps("tf_efficientnet_lite4", 64),
}


@torch.no_grad()
def entry(make) -> dict:
    model, px, features, config = make()
    tensors = fill(model)
    images = torch.from_numpy(batch(2, px, px)).permute(0, 3, 1, 2)
    outputs = features(images)
    return {
        "tensors": [f"{name} {','.join(map(str, shape))}" for name, shape in tensors],
        "config": config,
        "sizePx": px,
        "samples": [sample(output, 120) for output in outputs],
    }


def main() -> None:
    known = json.loads(OUT.read_text())["networks"] if OUT.exists() and len(sys.argv) > 1 else {}
    for name in sys.argv[1:] or NETWORKS:
        known[name] = entry(NETWORKS[name])
        print(name, known[name]["samples"][0]["largest"])
    versions = {m.__name__: m.__version__ for m in (torch, torchvision, timm, transformers)}
    networks = {name: known[name] for name in NETWORKS if name in known}
    OUT.write_text(json.dumps({"versions": versions, "networks": networks}, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main()
