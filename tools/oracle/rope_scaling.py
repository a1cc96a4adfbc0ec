"""Writes tests/golden/language/rope-scaling.json: the frequencies of rotary embeddings whose context was extended as in Llama 3.

    python tools/oracle/rope_scaling.py
"""

import json
import pathlib

import transformers
from transformers.modeling_rope_utils import ROPE_INIT_FUNCTIONS

cases = []
for head_dim, theta, factor, low, high, original in [(64, 500000.0, 32.0, 1.0, 4.0, 8192), (16, 10000.0, 4.0, 1.0, 8.0, 256)]:
    parameters = {
        "rope_type": "llama3",
        "rope_theta": theta,
        "factor": factor,
        "low_freq_factor": low,
        "high_freq_factor": high,
        "original_max_position_embeddings": original,
    }
    config = transformers.LlamaConfig(
        hidden_size=2 * head_dim, num_attention_heads=2, head_dim=head_dim, rope_parameters=parameters
    )
    frequencies, scale = ROPE_INIT_FUNCTIONS["llama3"](config, "cpu")
    assert scale == 1.0
    cases.append({"headDim": head_dim, "parameters": parameters, "frequencies": frequencies.tolist()})
path = pathlib.Path(__file__).parents[2] / "tests/golden/language/rope-scaling.json"
path.write_text(json.dumps({"versions": {"transformers": transformers.__version__}, "cases": cases}) + "\n")
