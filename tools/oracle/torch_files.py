"""Files that torch.save writes, and what torch.load(weights_only=True) reads from them: state dicts in both forms, with views,
strides, and numbers of 16 and 64 bits; a checkpoint with an optimizer; and files that hold more than data.

    python tools/oracle/torch_files.py tests/golden/weights/torch
"""

import json
import pickle
import sys
from pathlib import Path

import torch

OUT = Path(sys.argv[1])
OUT.mkdir(parents=True, exist_ok=True)


class RunsCode:
    def __reduce__(self):
        return (__import__("os").system, ("echo run > ran.txt",))


def state_dict() -> dict[str, torch.Tensor]:
    generator = torch.Generator().manual_seed(7)
    conv = torch.randn(4, 3, 2, 2, generator=generator)
    both = torch.randn(2, 6, generator=generator)
    return {
        "module.conv.weight": conv.to(memory_format=torch.channels_last),
        "module.conv.bias": torch.nn.Parameter(torch.randn(4, generator=generator)),
        "module.fc.weight": both[:, 1:5].t(),
        "module.fc.bias": both[1],
        "module.half": torch.randn(3, generator=generator).to(torch.float16),
        "module.brain": torch.randn(3, generator=generator).to(torch.bfloat16),
        "module.double": torch.randn(2, generator=generator).to(torch.float64),
        "module.scalar": torch.tensor(1.5),
        "module.spread": torch.tensor([2.5]).expand(3),
        "module.bn.num_batches_tracked": torch.tensor(12345, dtype=torch.int64),
    }


def main() -> None:
    tensors = state_dict()
    torch.save(tensors, OUT / "state.pth")
    torch.save(tensors, OUT / "legacy.pth", _use_new_zipfile_serialization=False)
    model = torch.nn.Sequential(torch.nn.Linear(3, 2), torch.nn.BatchNorm1d(2))
    optimizer = torch.optim.Adam(model.parameters())
    model(torch.ones(4, 3)).sum().backward()
    optimizer.step()
    checkpoint = {"epoch": 3, "state_dict": model.state_dict(), "optimizer": optimizer.state_dict(), "best": 0.5}
    torch.save(checkpoint, OUT / "checkpoint.pt", pickle_protocol=4)
    torch.save(model, OUT / "whole_model.pth")
    torch.save({"weight": torch.ones(2), "args": RunsCode()}, OUT / "runs_code.pth")
    (OUT / "runs_code.bin").write_bytes(pickle.dumps(RunsCode(), protocol=2))
    torch.jit.script(torch.nn.Linear(1, 1)).save(OUT / "script.pt")
    floats = {name: tensor.float() for name, tensor in tensors.items() if tensor.is_floating_point()}
    expected = {
        "torch": torch.__version__,
        "seed": 7,
        "state": {name.removeprefix("module."): entry(tensor) for name, tensor in floats.items()},
        "checkpoint": {n: entry(t) for n, t in model.state_dict().items() if t.is_floating_point()},
    }
    (OUT / "expected.json").write_text(json.dumps(expected, indent=1) + "\n")


def entry(tensor: torch.Tensor) -> dict:
    return {"shape": list(tensor.shape), "data": tensor.detach().flatten().tolist()}


torch.manual_seed(7)
main()
