"""
Writes tests/golden/text/keras-hub: small random backbones of KerasHub as save_to_preset and save_weights write them, and what they
compute.

    KERAS_BACKEND=torch python tools/oracle/keras_hub_backbones.py
"""

import json
import os
import shutil
from pathlib import Path

os.environ.setdefault("KERAS_BACKEND", "torch")

import keras
import keras_hub
import numpy as np

FOLDER = Path(__file__).resolve().parents[2] / "tests/golden/text/keras-hub"
SEED = 20261127
SIZES = dict(vocabulary_size=26, num_layers=2, hidden_dim=12, intermediate_dim=20)
MODELS = {
    "bert": lambda: keras_hub.models.BertBackbone(**SIZES, num_heads=3, max_sequence_length=9),
    "gpt2": lambda: keras_hub.models.GPT2Backbone(**SIZES, num_heads=3, max_sequence_length=9),
    "llama": lambda: keras_hub.models.LlamaBackbone(
        **{**SIZES, "hidden_dim": 16}, num_query_heads=4, num_key_value_heads=2, rope_max_wavelength=500, layer_norm_epsilon=1e-5,
    ),
}
WORDS = ["[PAD]", "<pad>", "[CLS]", "[SEP]", "[UNK]", *"the a good bad film book was is very not dull fine ##ly ##s long short plot".split()]
IDS = [[2, 7, 21, 9, 5, 3], [2, 13, 3], [2, 8, 8, 24, 3]]


def numbers(array):
    return {"shape": list(array.shape), "data": [float(f"{value:.7g}") for value in array.flatten().tolist()]}


shutil.rmtree(FOLDER, ignore_errors=True)
FOLDER.mkdir()
expected = {}
for name, build in MODELS.items():
    keras.utils.set_random_seed(SEED)
    model = build()
    random = np.random.default_rng(SEED)
    for weight in model.weights:
        # Numbers that tell parts apart which start as zeros or ones.
        weight.assign(weight.numpy() + random.normal(0, 0.3, weight.shape))
    model.save_to_preset(FOLDER / name)
    (FOLDER / name / "metadata.json").unlink()
    expected[name] = []
    # One at a time: without padding.
    for ids in IDS:
        inputs = {"token_ids": np.array([ids]), "padding_mask": np.ones((1, len(ids)), int)}
        if name == "bert":
            inputs["segment_ids"] = np.zeros((1, len(ids)), int)
        result = model.predict(inputs, verbose=0)
        hidden = result["sequence_output"] if isinstance(result, dict) else result
        expected[name].append(numbers(hidden))

assets = FOLDER / "bert/assets/tokenizer"
assets.mkdir(parents=True)
(assets / "vocabulary.txt").write_text("\n".join(WORDS) + "\n")
tokenizer = keras_hub.tokenizers.WordPieceTokenizer(vocabulary=WORDS, lowercase=True, oov_token="[UNK]", special_tokens=["[CLS]", "[SEP]", "[PAD]"], special_tokens_in_strings=False)
texts = ["the Good film was very finely long", "plots!", "not a book"]
expected["tokens"] = [{"text": text, "ids": [2, *np.array(tokenizer(text)).tolist(), 3]} for text in texts]
(FOLDER / "bert/tokenizer.json").write_text(json.dumps({"class_name": "BertTokenizer", "config": {"lowercase": True, "strip_accents": False}}) + "\n")

pieces = [chr(letter) for letter in range(97, 117)] + ["Ġ", "th", "the", "Ġthe", "er", "<|endoftext|>"]
assets = FOLDER / "gpt2/assets/tokenizer"
assets.mkdir(parents=True)
(assets / "vocabulary.json").write_text(json.dumps({piece: place for place, piece in enumerate(pieces)}) + "\n")
(assets / "merges.txt").write_text("#version: 0.2\nt h\nth e\nĠ the\ne r\n")

expected = {"generator": "tools/oracle/keras_hub_backbones.py", "versions": {"keras": keras.__version__, "keras_hub": keras_hub.__version__}, "seed": SEED, "ids": IDS, **expected}
(FOLDER / "expected.json").write_text(json.dumps(expected) + "\n")
print(FOLDER, sum(file.stat().st_size for file in FOLDER.rglob("*") if file.is_file()))
