"""Writes tests/golden/optimizers/schedules.json: learning rates of Keras' schedules and of PyTorch's OneCycleLR.

    python tools/oracle/schedules.py

`spec` is the schedule as Graft says it, `rates` those of the steps 0, 1, 2, ...
"""

import os

# TensorFlow and PyTorch do not fit into one process.
os.environ["KERAS_BACKEND"] = "torch"
os.environ["CUDA_VISIBLE_DEVICES"] = "-1"

import json
import pathlib
import warnings

import keras
import torch

S = keras.optimizers.schedules
RATE = 0.1
TOTAL = 60


def digits(values):
    return [float(f"{float(x):.8g}") for x in values]


def keras_rates(schedule, steps=TOTAL + 5):
    return digits(schedule(step) for step in range(steps))


def torch_rates(**options):
    warnings.simplefilter("ignore")
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=RATE)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, total_steps=TOTAL, cycle_momentum=False, **options)
    rates = []
    for _ in range(TOTAL):
        rates.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        schedule.step()
    return digits(rates)


def steps(count):
    return {"steps": count}


cases = [
    ({"type": "exponential", "decay": steps(20), "decayRate": 0.5}, keras_rates(S.ExponentialDecay(RATE, 20, 0.5))),
    (
        {"type": "exponential", "decay": steps(7), "decayRate": 0.9, "staircase": True},
        keras_rates(S.ExponentialDecay(RATE, 7, 0.9, staircase=True)),
    ),
    (
        {"type": "piecewise", "boundaries": [steps(10), steps(25)], "factors": [1, 0.3, 0.05]},
        keras_rates(S.PiecewiseConstantDecay([10, 25], [RATE, 0.3 * RATE, 0.05 * RATE])),
    ),
    ({"type": "inverse-time", "decay": steps(20), "decayRate": 0.5}, keras_rates(S.InverseTimeDecay(RATE, 20, 0.5))),
    (
        {"type": "inverse-time", "decay": steps(7), "decayRate": 2, "staircase": True},
        keras_rates(S.InverseTimeDecay(RATE, 7, 2.0, staircase=True)),
    ),
    ({"type": "polynomial", "decay": steps(40)}, keras_rates(S.PolynomialDecay(RATE, 40, 0.0))),
    (
        {"type": "polynomial", "decay": steps(40), "alpha": 0.05, "power": 2.5},
        keras_rates(S.PolynomialDecay(RATE, 40, 0.05 * RATE, power=2.5)),
    ),
    (
        {"type": "polynomial", "decay": steps(12), "alpha": 0.1, "power": 0.5, "cycle": True},
        keras_rates(S.PolynomialDecay(RATE, 12, 0.1 * RATE, power=0.5, cycle=True)),
    ),
    ({"type": "cosine"}, keras_rates(S.CosineDecay(RATE, TOTAL))),
    ({"type": "cosine", "decay": steps(35), "alpha": 0.02}, keras_rates(S.CosineDecay(RATE, 35, alpha=0.02))),
    (
        {"type": "cosine", "alpha": 0.1, "warmup": steps(12), "warmupFrom": 0.2},
        keras_rates(S.CosineDecay(0.2 * RATE, TOTAL - 12, alpha=0.1, warmup_target=RATE, warmup_steps=12)),
    ),
    (
        {"type": "cosine", "warmup": {"fraction": 0.1}},
        keras_rates(S.CosineDecay(0.0, TOTAL - 6, warmup_target=RATE, warmup_steps=6)),
    ),
    ({"type": "cosine-restarts", "firstDecay": steps(9)}, keras_rates(S.CosineDecayRestarts(RATE, 9))),
    (
        {"type": "cosine-restarts", "firstDecay": steps(11), "tMul": 1.5, "mMul": 0.8, "alpha": 0.05},
        keras_rates(S.CosineDecayRestarts(RATE, 11, t_mul=1.5, m_mul=0.8, alpha=0.05)),
    ),
    (
        {"type": "cosine-restarts", "firstDecay": steps(10), "tMul": 1},
        keras_rates(S.CosineDecayRestarts(RATE, 10, t_mul=1.0)),
    ),
    ({"type": "one-cycle"}, torch_rates(max_lr=RATE)),
    (
        {"type": "one-cycle", "maxLearningRate": 0.5, "pctStart": 0.21, "annealStrategy": "linear"},
        torch_rates(max_lr=0.5, pct_start=0.21, anneal_strategy="linear"),
    ),
    (
        {"type": "one-cycle", "divFactor": 10, "finalDivFactor": 100, "threePhase": True},
        torch_rates(max_lr=RATE, div_factor=10.0, final_div_factor=100.0, three_phase=True),
    ),
]


def factory(name, cls, **options):
    """The same schedule by its options in Keras."""
    camel = lambda key: "".join(part.capitalize() if i else part for i, part in enumerate(key.split("_")))
    return {"name": name, "options": {camel(k): v for k, v in options.items()}, "rates": keras_rates(cls(**options))}


factories = [
    factory("cosineDecay", S.CosineDecay, initial_learning_rate=0.2, decay_steps=35, alpha=0.1),
    factory("cosineDecay", S.CosineDecay, initial_learning_rate=0.01, decay_steps=35, warmup_target=0.2, warmup_steps=10),
    factory("cosineDecay", S.CosineDecay, initial_learning_rate=0.0, decay_steps=35, warmup_target=0.2, warmup_steps=10),
    factory("cosineDecay", S.CosineDecay, initial_learning_rate=0.2, decay_steps=35, warmup_steps=10),
    factory("cosineDecayRestarts", S.CosineDecayRestarts, initial_learning_rate=0.2, first_decay_steps=9, t_mul=1.5, m_mul=0.8),
    factory("exponentialDecay", S.ExponentialDecay, initial_learning_rate=0.2, decay_steps=20, decay_rate=0.5),
    factory("inverseTimeDecay", S.InverseTimeDecay, initial_learning_rate=0.2, decay_steps=20, decay_rate=0.5, staircase=True),
    factory("piecewiseConstantDecay", S.PiecewiseConstantDecay, boundaries=[10, 25], values=[0.2, 0.05, 0.01]),
    factory("polynomialDecay", S.PolynomialDecay, initial_learning_rate=0.2, decay_steps=40),
    factory("polynomialDecay", S.PolynomialDecay, initial_learning_rate=0.2, decay_steps=12, end_learning_rate=0.02, power=0.5, cycle=True),
]
path = pathlib.Path(__file__).parents[2] / "tests/golden/optimizers/schedules.json"
path.write_text(
    json.dumps(
        {
            "versions": {"keras": keras.__version__, "torch": torch.__version__},
            "tolerance": {"atol": 1e-8, "rtol": 1e-5},
            "learningRate": RATE,
            "totalSteps": TOTAL,
            "factories": factories,
            "cases": [{"spec": spec, "rates": rates} for spec, rates in cases],
        },
        separators=(",", ":"),
    )
    + "\n"
)
print(path, path.stat().st_size)
