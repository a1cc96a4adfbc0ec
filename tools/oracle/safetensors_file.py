"""
Writes tests/golden/weights/torch.safetensors by the format's own library: the types of numbers that are read, a counter
that is passed over, metadata.

    python tools/oracle/safetensors_file.py
"""

from pathlib import Path

import torch
from safetensors.torch import save_file

FOLDER = Path(__file__).resolve().parents[2] / "tests/golden/weights"

save_file(
    {
        "block.0.conv.weight": torch.arange(12, dtype=torch.float32).reshape(2, 3, 1, 2) / 3,
        "block.0.conv.bias": torch.tensor([0.1, -65504.0], dtype=torch.float16),
        "block.1.weight": torch.tensor([1 / 3, -1e30, 0.0], dtype=torch.bfloat16),
        "scale": torch.tensor(0.1, dtype=torch.float64),
        "block.1.num_batches_tracked": torch.tensor(7),
    },
    FOLDER / "torch.safetensors",
    metadata={"format": "pt"},
)
