"""
Writes tests/golden/explain/vit.json: small vision transformers of timm, with weights made by the formula of torch_networks.py,
and the maps that pytorch-grad-cam makes of them before the last attention, its class token and registers left out.

    python tools/oracle/grad_cam_vit.py
"""

import json
from pathlib import Path

import timm
import torch
from pytorch_grad_cam import GradCAM, HiResCAM
from pytorch_grad_cam.utils.model_targets import ClassifierOutputTarget

from model_inputs import batch
from torch_networks import fill

OUT = Path(__file__).resolve().parents[2] / "tests/golden/explain/vit.json"
PX = 48
PATCH = 8
SIDE = PX // PATCH
# Of each map so many values are left out between those that are kept.
STEP = 5
NETWORKS = {
    "class token": {},
    "class token and registers": {"init_values": 1e-5, "reg_tokens": 4, "no_embed_class": True},
}


def places(tokens: torch.Tensor) -> torch.Tensor:
    """The reshape_transform of the documentation of pytorch-grad-cam: [N, C, H, W] of the tokens that are patches."""
    patches = tokens[:, -SIDE * SIDE :]
    return patches.reshape(len(tokens), SIDE, SIDE, -1).permute(0, 3, 1, 2)


networks = []
for name, options in NETWORKS.items():
    model = timm.models.vision_transformer.VisionTransformer(
        img_size=PX, patch_size=PATCH, embed_dim=128, depth=2, num_heads=2, num_classes=3, **options
    )
    tensors = fill(model)
    # The second one: waves, which have places.
    image = torch.from_numpy(batch(2, PX, PX)[1:]).permute(0, 3, 1, 2)
    cases = []
    for method, cam in {"grad-cam": GradCAM, "hires-cam": HiResCAM}.items():
        for target in range(3):
            with cam(model=model, target_layers=[model.blocks[-1].norm1], reshape_transform=places) as explain:
                map_ = explain(input_tensor=image, targets=[ClassifierOutputTarget(target)])[0]
            cases.append({"method": method, "target": target, "map": [float(f"{value:.6g}") for value in map_.flatten()[::STEP]]})
    networks.append({"name": name, "tensors": [f"{key} {','.join(map(str, shape))}" for key, shape in tensors], "cases": cases})

versions = {"torch": torch.__version__, "timm": timm.__version__, "grad-cam": "1.5.7"}
OUT.write_text(json.dumps({"versions": versions, "sizePx": PX, "step": STEP, "networks": networks}, separators=(",", ":")) + "\n")
