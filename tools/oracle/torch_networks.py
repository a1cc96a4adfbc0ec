"""
Writes tests/golden/models/torch_networks.json: names and sizes of the tensors of networks of torchvision, timm and
transformers, and the features that these compute of two images, with weights made by a formula of a tensor's place.

    python tools/oracle/torch_networks.py [NAME ...]
"""

import json
import math
import sys
import tempfile
from functools import partial
from pathlib import Path

import numpy as np
import safetensors.torch
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


def torchvision_features(name: str, px: int):
    model = getattr(torchvision.models, name)()
    return model, px, lambda x: maps(model.features(x)), None


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
    return model, 64, lambda x: maps(model.resnet(x).last_hidden_state), KeptConfig(model)


def timm_vit(px: int, config=None, resized=None, **options):
    """A small one; its features are those that the classifier gets."""
    options = {"img_size": px, "patch_size": 16, "embed_dim": 128, "depth": 2, "num_heads": 2, "num_classes": 3, **options}
    model = timm.models.vision_transformer.VisionTransformer(**options)

    def features(x: torch.Tensor) -> np.ndarray:
        if resized is not None:
            model.set_input_size(img_size=resized)
        return model.forward_head(model.forward_features(x), pre_logits=True).numpy()

    return model, resized or px, features, config


SMALL = {"hidden_size": 64, "num_hidden_layers": 2, "num_attention_heads": 4, "intermediate_size": 96}


def transformers_vit(name: str, px: int, patch: int, features, **options):
    config = getattr(transformers, f"{name}Config")(**{**SMALL, "image_size": px, "patch_size": patch, **options})
    kind = getattr(transformers, f"{name}VisionModel", None) or getattr(transformers, f"{name}Model")
    model = kind(config)
    return model, px, lambda x: features(model(x)).numpy(), KeptConfig(model)


def whole_clip():
    vision = {**SMALL, "image_size": 48, "patch_size": 16}
    config = transformers.CLIPConfig(vision_config=vision, text_config={**SMALL, "vocab_size": 20, "max_position_embeddings": 5})
    model = transformers.CLIPModel(config)
    return model, 48, lambda x: model.vision_model(x).pooler_output.numpy(), KeptConfig(model)


class KeptConfig:
    """The model is saved, and read again with numbers by the formula: names in files are not those in memory."""

    def __init__(self, model):
        self.model = model

    def fill(self) -> tuple[list[list], dict]:
        with tempfile.TemporaryDirectory() as folder:
            self.model.save_pretrained(folder)
            path = Path(folder) / "model.safetensors"
            state = safetensors.torch.load_file(path)
            listed = []
            for name in sorted(state):
                if state[name].is_floating_point():
                    state[name] = formula(len(listed), name, tuple(state[name].shape))
                    listed.append([name, list(state[name].shape)])
            safetensors.torch.save_file(state, path, metadata={"format": "pt"})
            read = type(self.model).from_pretrained(folder)
            self.model.load_state_dict(read.state_dict())
            self.model.eval()
            return listed, json.loads((Path(folder) / "config.json").read_text())


NETWORKS = {
    "resnet18": lambda: torchvision_maps("resnet18", 96),
    "resnet34": lambda: timm_maps("resnet34", 64),
    "resnet50": lambda: torchvision_maps("resnet50", 75),
    "resnext50_32x4d": lambda: torchvision_maps("resnext50_32x4d", 64),
    "transformers resnet18": transformers_resnet,
    "mobilenet_v2": lambda: torchvision_features("mobilenet_v2", 75),
    "timm mobilenet_v2": lambda: timm_maps("mobilenetv2_100", 64),
    "timm mobilenet_v2_140": lambda: timm_maps("mobilenetv2_140", 64),
    "mobilenet_v3_small": lambda: torchvision_features("mobilenet_v3_small", 75),
    "mobilenet_v3_large": lambda: torchvision_features("mobilenet_v3_large", 96),
    "tf_efficientnet_lite0": lambda: timm_maps("tf_efficientnet_lite0", 96),
    "efficientnet_lite0": lambda: (*timm_maps("efficientnet_lite0", 96)[:3], {"architecture": "efficientnet_lite0"}),
    "tf_efficientnet_lite2": lambda: timm_maps("tf_efficientnet_lite2", 75),
    "tf_efficientnet_lite4": lambda: timm_maps("tf_efficientnet_lite4", 64),
    "timm vit_128_patch16": lambda: timm_vit(48),
    "timm vit_128_patch16 larger": lambda: timm_vit(48, resized=80),
    "timm vit_128_patch16 smaller": lambda: timm_vit(112, resized=48),
    "timm dinov2_128_patch14 registers": lambda: timm_vit(
        42, patch_size=14, init_values=1e-5, reg_tokens=4, no_embed_class=True
    ),
    "timm clip_128_patch16": lambda: timm_vit(
        48,
        {"architecture": "vit_base_patch16_clip_quickgelu_224"},
        pre_norm=True,
        norm_layer=partial(torch.nn.LayerNorm, eps=1e-5),
        act_layer="quick_gelu",
    ),
    "timm siglip_128_patch16": lambda: timm_vit(48, class_token=False, global_pool="map"),
    "transformers vit_64_patch16": lambda: transformers_vit("ViT", 48, 16, lambda y: y.last_hidden_state[:, 0]),
    "transformers dinov2_64_patch14": lambda: transformers_vit("Dinov2", 42, 14, lambda y: y.pooler_output),
    "transformers dinov2_64_patch14 registers": lambda: transformers_vit(
        "Dinov2WithRegisters", 42, 14, lambda y: y.pooler_output
    ),
    "transformers siglip_64_patch16": lambda: transformers_vit_tower("Siglip"),
    "transformers clip_64_patch16": lambda: transformers_vit_tower("CLIP"),
    "transformers clip_64_patch16 whole": whole_clip,
}


def transformers_vit_tower(name: str):
    config = getattr(transformers, f"{name}VisionConfig")(**SMALL, image_size=48, patch_size=16)
    model = getattr(transformers, f"{name}VisionModel")(config)
    return model, 48, lambda x: model(x).pooler_output.numpy(), KeptConfig(model)


@torch.no_grad()
def entry(make) -> dict:
    model, px, features, config = make()
    if isinstance(config, KeptConfig):
        tensors, config = config.fill()
    else:
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
