"""PyTorch's features, in a process of its own. Started by bench/features.ts:

    python bench/features-torch.py NETWORK eager|frozen|compiled THREADS

For every line {"batch": N, "forMs": MS, "sizePx": PX} on stdin, a line of JSON with the times of the runs. A run is what
Graft's is: bytes [N, H, W, 3] in, float32 features [N, h, w, C] out.
"""

import copy
import json
import sys
import time
import warnings

import torch
import torch._inductor.config
import torchvision

from peak_memory import forget_peak, peak_bytes

WARM_UP = 3
FEWEST_RUNS = 5
TRIAL_RUNS = 3
FORMATS = {"NCHW": torch.contiguous_format, "NHWC": torch.channels_last}

warnings.filterwarnings("ignore")
# Weights are constants for the compiler, as its documentation advises for inference on a processor.
torch._inductor.config.freezing = True


def inception_to_mixed7():
    """Keras' mixed7 is torchvision's Mixed_6e."""
    whole = torchvision.models.inception_v3(weights=None, aux_logits=False, init_weights=False, transform_input=False)
    names = [name for name, _ in whole.named_children()]
    cut = names[: names.index("Mixed_6e") + 1]
    return torch.nn.Sequential(*(getattr(whole, name) for name in cut if name != "AuxLogits"))


def mobilenet(blocks):
    return torchvision.models.mobilenet_v2(weights=None).features[:blocks]


NETWORKS = {
    "inception_v3/mixed7": inception_to_mixed7,
    "mobilenet_v2/block_15_add": lambda: mobilenet(17),
    "mobilenet_v2/out_relu": lambda: mobilenet(19),
}


def count_multiplications(model, size_px):
    total = 0

    def add(module, _, output):
        nonlocal total
        total += module.weight.numel() * output.shape[2] * output.shape[3]

    hooks = [m.register_forward_hook(add) for m in model.modules() if isinstance(m, torch.nn.Conv2d)]
    model(torch.zeros(1, 3, size_px, size_px))
    for hook in hooks:
        hook.remove()
    return total


def prepare(model, mode, memory_format, size_px):
    """Once for all batches: freezing takes a quarter of a minute."""
    model = copy.deepcopy(model).to(memory_format=memory_format)
    if mode == "eager":
        return model
    if mode == "compiled":
        return torch.compile(model, dynamic=False)
    example = torch.zeros(8, 3, size_px, size_px).to(memory_format=memory_format)
    return torch.jit.optimize_for_inference(torch.jit.freeze(torch.jit.trace(model, example)))


def make_run(model, memory_format, pixels):
    """What is timed: from bytes to features."""

    def run():
        floats = pixels.permute(0, 3, 1, 2).to(torch.float32, memory_format=memory_format)
        return model(floats.mul_(1 / 127.5).sub_(1)).permute(0, 2, 3, 1).contiguous()

    return run


def timed(run):
    started = time.perf_counter()
    output = run()
    return (time.perf_counter() - started) * 1e3, output


def faster_of(runs):
    """The memory format that suits this model and batch."""
    for run in runs.values():
        for _ in range(WARM_UP):
            run()
    best = {name: min(timed(run)[0] for _ in range(TRIAL_RUNS)) for name, run in runs.items()}
    name = min(best, key=best.get)
    return name, runs[name]


@torch.inference_mode()
def main():
    network, mode, threads = sys.argv[1:4]
    torch.set_num_threads(int(threads))
    torch.manual_seed(1)
    model = NETWORKS[network.split("@")[0]]().eval()
    # The compiler chooses layouts itself.
    formats = {"NHWC": torch.channels_last} if mode == "compiled" else FORMATS
    prepared = {}
    chosen = {}
    for line in sys.stdin:
        request = json.loads(line)
        batch, size_px = request["batch"], request["sizePx"]
        if not prepared:
            prepared = {name: prepare(model, mode, format, size_px) for name, format in formats.items()}
        if batch not in chosen:
            pixels = torch.randint(0, 256, (batch, size_px, size_px, 3), dtype=torch.uint8)
            chosen[batch] = faster_of(
                {name: make_run(prepared[name], format, pixels) for name, format in formats.items()}
            )
        variant, run = chosen[batch]
        forget_peak()
        times = []
        until = time.perf_counter() + request["forMs"] / 1e3
        done = 0
        while done < WARM_UP + FEWEST_RUNS or time.perf_counter() < until:
            milliseconds, output = timed(run)
            done += 1
            if done > WARM_UP:
                times.append(milliseconds)
        answer = {
            "times": times,
            "shape": list(output.shape),
            "multiplications": count_multiplications(model, size_px),
            "peakBytes": peak_bytes(),
            "variant": variant,
        }
        print(json.dumps(answer), flush=True)


main()
