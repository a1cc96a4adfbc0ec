"""
Writes tests/golden/text/onnx: small encoders of texts with random weights, exported as people export theirs, and the hidden
states that transformers computes. What they have that others do not: two outputs (bert), places that are summed up and a
softmax that may be of nothing (roberta), rotary places and a mask that is looked up (modernbert), vectors of texts (sentence).

    python tools/oracle/text_onnx.py
"""

import json
import logging
import warnings
from pathlib import Path

import onnx
import onnxruntime
import torch
import transformers
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors
from transformers import BertConfig, BertModel, DistilBertConfig, DistilBertModel, ModernBertConfig, ModernBertModel, RobertaConfig, RobertaModel

warnings.filterwarnings("ignore")
logging.disable(logging.WARNING)
FOLDER = Path(__file__).resolve().parents[2] / "tests/golden/text/onnx"
FOLDER.mkdir(exist_ok=True)
SEED = 20261127
SIZES = dict(
    vocab_size=26, hidden_size=12, num_hidden_layers=1, num_attention_heads=3, intermediate_size=20,
    max_position_embeddings=16, initializer_range=0.4,
)


class Exported(torch.nn.Module):
    def __init__(self, model, names, outputs):
        super().__init__()
        self.model, self.names, self.outputs = model, names, outputs

    def forward(self, *tensors):
        given = dict(zip(self.names, tensors))
        result = dict(self.model(**given))
        mask = given["attention_mask"][:, :, None].float()
        hidden = result["last_hidden_state"]
        result["token_embeddings"] = hidden
        mean = (hidden * mask).sum(1) / mask.sum(1)
        result["sentence_embedding"] = torch.nn.functional.normalize(mean, dim=1)
        return tuple(result[name] for name in self.outputs)


THREE = ["input_ids", "attention_mask", "token_type_ids"]
MODELS = [
    ("bert", lambda: BertModel(BertConfig(**SIZES, attn_implementation="eager")), THREE, ["last_hidden_state", "pooler_output"], 17),
    ("roberta", lambda: RobertaModel(RobertaConfig(**SIZES, attn_implementation="sdpa"), add_pooling_layer=False), THREE[:2], ["last_hidden_state"], 14),
    (
        "modernbert",
        lambda: ModernBertModel(ModernBertConfig(
            **{**SIZES, "num_hidden_layers": 2}, attn_implementation="sdpa", pad_token_id=0, bos_token_id=2, eos_token_id=3, cls_token_id=2, sep_token_id=3,
            global_attn_every_n_layers=2, local_attention=4,
        )),
        THREE[:2], ["last_hidden_state"], None,
    ),
    (
        "sentence",
        lambda: DistilBertModel(DistilBertConfig(vocab_size=26, dim=12, n_layers=1, n_heads=3, hidden_dim=20, max_position_embeddings=16, initializer_range=0.4, attn_implementation="eager")),
        THREE[:2], ["token_embeddings", "sentence_embedding"], 14,
    ),
]


def shaken(model):
    """With numbers that tell parts apart which start as zeros or ones."""
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(torch.randn_like(parameter) * 0.1)
    return model.eval()


def slim(path):
    model = onnx.load(path)
    for part in [*model.graph.node, *model.graph.value_info, *model.graph.input, *model.graph.output, *model.graph.initializer, model.graph, model]:
        del part.metadata_props[:]
        part.doc_string = ""
    del model.graph.value_info[:]
    onnx.save(model, path)


def numbers(tensor):
    return {"shape": list(tensor.shape), "data": [float(f"{value:.7g}") for value in tensor.flatten().tolist()]}


def tokenizer():
    words = ["[PAD]", "<pad>", "[CLS]", "[SEP]", "[UNK]", *"the a good bad film book was is very not dull fine ##ly ##s long short plot".split()]
    made = Tokenizer(models.WordPiece({word: place for place, word in enumerate(words)}, unk_token="[UNK]"))
    made.normalizer = normalizers.BertNormalizer(lowercase=True)
    made.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    made.post_processor = processors.BertProcessing(("[SEP]", 3), ("[CLS]", 2))
    made.save(str(FOLDER / "tokenizer.json"))


ids = torch.tensor([[2, 7, 21, 9, 5, 3], [2, 13, 3, -1, -1, -1], [2, 8, 8, 24, 3, -1]])
mask = (ids >= 0).long()
expected = {}
for name, build, names, outputs, opset in MODELS:
    torch.manual_seed(SEED)
    model = Exported(shaken(build()), names, outputs).eval()
    path = FOLDER / f"{name}.onnx"
    # Other numbers than those that are compared.
    sample = (torch.randint(4, 26, (2, 7)), torch.tensor([[1] * 7, [1] * 5 + [0] * 2]), torch.zeros(2, 7, dtype=torch.long))[: len(names)]
    if opset is None:
        free = {0: torch.export.Dim("batch"), 1: torch.export.Dim("sequence", max=16)}
        torch.onnx.export(
            model, sample, path, dynamo=True, input_names=names, output_names=outputs, external_data=False, verbose=False,
            dynamic_shapes=(tuple(free for _ in names),),
        )
    else:
        axes = {each: {0: "batch_size", 1: "sequence_length"} for each in [*names, *outputs] if each not in ("pooler_output", "sentence_embedding")}
        torch.onnx.export(model, sample, path, dynamo=False, opset_version=opset, input_names=names, output_names=outputs, dynamic_axes=axes)
    slim(path)
    pad = 1 if name == "roberta" else 0
    given = (ids.where(ids >= 0, torch.tensor(pad)), mask, torch.zeros_like(ids))[: len(names)]
    with torch.no_grad():
        results = model(*given)
    expected[name] = {"padId": pad, **{output: numbers(result) for output, result in zip(outputs, results)}}
    # The file is what the network is.
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    ran = session.run(None, {each: tensor.numpy() for each, tensor in zip(names, given)})
    differs = max(abs((one - other.numpy()) * (mask[:, :, None].numpy() if one.ndim == 3 else 1)).max() for one, other in zip(ran, results))
    print(name, path.stat().st_size, "ONNX Runtime differs by", differs)

tokenizer()
expected = {
    "generator": "tools/oracle/text_onnx.py",
    "versions": {"torch": torch.__version__, "transformers": transformers.__version__, "onnx": onnx.__version__},
    "seed": SEED,
    "ids": ids.tolist(),
    "networks": expected,
}
(FOLDER / "expected.json").write_text(json.dumps(expected) + "\n")
