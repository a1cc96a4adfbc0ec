"""Writes tests/golden/language/: a random GPT-2 and a random Llama of two blocks, and what transformers computes with them.

    python tools/oracle/language_models.py

Each folder is as save_pretrained writes it, with its tokenizer. Weights are rounded to half precision, so that the same numbers
stand in a GGUF file and a file of llama2.c beside it.
"""

import json
import pathlib
import struct

import gguf
import numpy as np
import tokenizers
import torch
import transformers
from safetensors.torch import save_file
from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers

SEED = 20240602
torch.manual_seed(SEED)
torch.set_num_threads(1)
ROOT = pathlib.Path(__file__).parents[2] / "tests/golden/language"

TEXTS = [
    "Once upon a time, there was a little girl who lived in a house near the sea.",
    "The sea was blue and the house was small, and the girl liked to look at the sea.",
    "One day a dog came to the house. The dog and the girl went to the sea together.",
]


def byte_level():
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=290,
        special_tokens=["<|endoftext|>"],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(TEXTS, trainer)
    return tokenizer


def byte_fallback():
    tokenizer = Tokenizer(models.BPE(unk_token="<unk>", fuse_unk=True, byte_fallback=True))
    tokenizer.normalizer = normalizers.Sequence([normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")])
    tokenizer.decoder = decoders.Sequence(
        [decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse(), decoders.Strip(" ", 1, 0)]
    )
    special = ["<unk>", "<s>", "</s>"]
    trainer = trainers.BpeTrainer(
        vocab_size=259 + 61,
        special_tokens=special + [f"<0x{i:02X}>" for i in range(256)],
        show_progress=False,
    )
    tokenizer.train_from_iterator([t.replace(" ", "▁") for t in TEXTS], trainer)
    # Bytes are ordinary entries of the vocabulary.
    state = json.loads(tokenizer.to_str())
    state["added_tokens"] = [t for t in state["added_tokens"] if t["content"] in special]
    tokenizer = Tokenizer.from_str(json.dumps(state))
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A", pair="<s> $A <s> $B", special_tokens=[("<s>", 1)]
    )
    return tokenizer


def rounded(model):
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            parameter.copy_((parameter * 4 if "ln" not in name and "norm" not in name else parameter).half().float())
            if parameter.dim() == 1:
                parameter.copy_((parameter + 0.1 * torch.randn_like(parameter)).half().float())
    return model.eval()


def digits(array):
    return [float(f"{x:.7g}") for x in np.asarray(array).ravel()]


def record(folder, model, tokenizer, prompt):
    model.save_pretrained(folder)
    tokenizer.save(str(folder / "tokenizer.json"), pretty=False)
    ids = torch.randint(0, model.config.vocab_size, (2, 9))
    model.zero_grad()
    output = model(ids)
    logits = output.logits
    # Of the second text, the last three tokens are padding.
    targets = ids[:, 1:].clone()
    targets[1, 5:] = -100
    loss = torch.nn.functional.cross_entropy(logits[:, :-1].reshape(-1, logits.shape[-1]), targets.reshape(-1))
    loss.backward()
    grads = {name: p.grad.clone().contiguous() for name, p in model.named_parameters()}
    save_file({k.removeprefix("transformer."): v for k, v in grads.items()}, str(folder / "gradients.safetensors"))
    start = torch.tensor([tokenizer.encode(prompt).ids])
    common = dict(do_sample=False, max_new_tokens=24, eos_token_id=None, pad_token_id=0)
    greedy = model.generate(start, **common)[0, start.shape[1] :]
    penalized = model.generate(start, repetition_penalty=1.3, **common)[0, start.shape[1] :]
    return {
        "ids": ids.tolist(),
        "targets": targets.tolist(),
        "logits": digits(logits.detach()),
        "loss": float(loss.detach()),
        "prompt": prompt,
        "promptIds": start[0].tolist(),
        "greedy": greedy.tolist(),
        "penalized": penalized.tolist(),
        "penalty": 1.3,
        "text": tokenizer.decode(greedy.tolist()),
    }


gpt2_tokenizer = byte_level()
gpt2 = rounded(
    transformers.GPT2LMHeadModel(
        transformers.GPT2Config(
            vocab_size=gpt2_tokenizer.get_vocab_size(),
            n_positions=40,
            n_embd=32,
            n_layer=2,
            n_head=4,
            bos_token_id=0,
            eos_token_id=0,
            resid_pdrop=0.0,
            embd_pdrop=0.0,
            attn_pdrop=0.0,
        )
    )
)
llama_tokenizer = byte_fallback()
llama = rounded(
    transformers.LlamaForCausalLM(
        transformers.LlamaConfig(
            vocab_size=llama_tokenizer.get_vocab_size(),
            hidden_size=32,
            intermediate_size=64,
            num_hidden_layers=2,
            num_attention_heads=4,
            num_key_value_heads=2,
            max_position_embeddings=48,
            rms_norm_eps=1e-5,
            tie_word_embeddings=True,
            bos_token_id=1,
            eos_token_id=2,
        )
    )
)


def state_of(model):
    return {k: v.detach().numpy().astype(np.float32) for k, v in model.state_dict().items()}


def to_neighbors(weight, heads):
    rows, columns = weight.shape
    return weight.reshape(heads, 2, rows // heads // 2, columns).swapaxes(1, 2).reshape(rows, columns)


def write_llama2c(path, tokenizer_path):
    c, state = llama.config, state_of(llama)
    layer = lambda name: [state[f"model.layers.{i}.{name}.weight"] for i in range(c.num_hidden_layers)]
    parts = [
        [state["model.embed_tokens.weight"]],
        layer("input_layernorm"),
        [to_neighbors(w, c.num_attention_heads) for w in layer("self_attn.q_proj")],
        [to_neighbors(w, c.num_key_value_heads) for w in layer("self_attn.k_proj")],
        layer("self_attn.v_proj"),
        layer("self_attn.o_proj"),
        layer("post_attention_layernorm"),
        layer("mlp.gate_proj"),
        layer("mlp.down_proj"),
        layer("mlp.up_proj"),
        [state["model.norm.weight"]],
        [np.zeros((c.max_position_embeddings, c.hidden_size // c.num_attention_heads), np.float32)],
    ]
    sizes = (32, 64, 2, 4, 2, c.vocab_size, c.max_position_embeddings)
    path.write_bytes(struct.pack("<7i", *sizes) + b"".join(w.tobytes() for group in parts for w in group))
    vocab = llama_tokenizer.get_vocab()
    pieces = sorted(vocab, key=vocab.get)
    out = [struct.pack("<i", max(len(p.encode()) for p in pieces))]
    for i, piece in enumerate(pieces):
        text = {1: "\n<s>\n", 2: "\n</s>\n"}.get(i, piece.replace("▁", " ")).encode()
        out.append(struct.pack("<fi", -float(max(0, i - 259)), len(text)) + text)
    tokenizer_path.write_bytes(b"".join(out))


def write_gguf(path, kind):
    c, state = llama.config, state_of(llama)
    writer = gguf.GGUFWriter(str(path), "llama")
    writer.add_context_length(c.max_position_embeddings)
    writer.add_embedding_length(c.hidden_size)
    writer.add_block_count(c.num_hidden_layers)
    writer.add_feed_forward_length(c.intermediate_size)
    writer.add_head_count(c.num_attention_heads)
    writer.add_head_count_kv(c.num_key_value_heads)
    writer.add_layer_norm_rms_eps(c.rms_norm_eps)
    writer.add_rope_freq_base(10000.0)
    vocab = llama_tokenizer.get_vocab()
    pieces = sorted(vocab, key=vocab.get)
    writer.add_tokenizer_model("llama")
    writer.add_token_list(pieces)
    writer.add_token_scores([-float(max(0, i - 259)) for i in range(len(pieces))])
    writer.add_token_types([2 if i == 0 else 3 if i < 3 else 6 if i < 259 else 1 for i in range(len(pieces))])
    writer.add_bos_token_id(1)
    writer.add_eos_token_id(2)
    names = {"input_layernorm": "attn_norm", "post_attention_layernorm": "ffn_norm"}
    names |= {f"self_attn.{a}_proj": f"attn_{b}" for a, b in [("q", "q"), ("k", "k"), ("v", "v"), ("o", "output")]}
    names |= {f"mlp.{a}_proj": f"ffn_{a}" for a in ("gate", "up", "down")}
    written = {"token_embd": state["model.embed_tokens.weight"], "output_norm": state["model.norm.weight"]}
    for i in range(c.num_hidden_layers):
        for theirs, name in names.items():
            weight = state[f"model.layers.{i}.{theirs}.weight"]
            heads = {"attn_q": c.num_attention_heads, "attn_k": c.num_key_value_heads}.get(name)
            written[f"blk.{i}.{name}"] = weight if heads is None else to_neighbors(weight, heads)
    numbers = {}
    for name, weight in written.items():
        if weight.ndim == 1:
            writer.add_tensor(f"{name}.weight", weight.astype(np.float32))
            continue
        stored = gguf.quants.quantize(weight, kind)
        numbers[name] = digits(gguf.quants.dequantize(stored, kind)[0][:8])
        writer.add_tensor(f"{name}.weight", stored, raw_dtype=kind)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return numbers


kinds = gguf.GGMLQuantizationType
models_of = [("gpt2", gpt2, gpt2_tokenizer), ("llama", llama, llama_tokenizer)]
fixture = {"versions": {m.__name__: m.__version__ for m in (torch, transformers, tokenizers)}, "seed": SEED}
for name, model, tokenizer in models_of:
    folder = ROOT / name
    folder.mkdir(parents=True, exist_ok=True)
    fixture[name] = record(folder, model, tokenizer, "Once upon a time")
    sample = ["The sea was blue.", " two  blanks", "Grüße 🌊\n", ""]
    fixture[name]["encoded"] = [[text, tokenizer.encode(text).ids] for text in sample]
write_llama2c(ROOT / "llama2c.bin", ROOT / "llama2c-tokenizer.bin")
fixture["gguf"] = {
    kind: write_gguf(ROOT / f"llama-{kind}.gguf", getattr(kinds, kind)) for kind in ("F16", "Q8_0", "Q4_0", "Q4_1")
}
(ROOT / "language.json").write_text(json.dumps(fixture, separators=(",", ":"), ensure_ascii=False) + "\n")
