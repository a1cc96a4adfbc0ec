"""Writes tests/golden/language/stories260k.json: what llama2.c writes with stories260K.bin, most likely tokens only.

    python tools/oracle/stories260k.py WEIGHTS.bin TOKENIZER.bin

A port of run.c (https://github.com/karpathy/llama2.c), loop by loop, in float32; transformers' Llama, given the same numbers,
has to agree with it.
"""

import json
import pathlib
import struct
import sys

import numpy as np
import torch
import transformers

STEPS = 200
raw = pathlib.Path(sys.argv[1]).read_bytes()
dim, hidden, layers, heads, kv_heads, vocab, length = struct.unpack("<7i", raw[:28])
size, kv_dim, group = dim // heads, dim // heads * kv_heads, heads // kv_heads
numbers, place = np.frombuffer(raw, np.float32, offset=28), 0


def take(*shape):
    global place
    count = int(np.prod(shape))
    part = numbers[place : place + count].reshape(shape)
    place += count
    return part


w = {"embed": take(vocab, dim)}
for name, shape in [
    ("rms_att", (dim,)),
    ("wq", (dim, dim)),
    ("wk", (kv_dim, dim)),
    ("wv", (kv_dim, dim)),
    ("wo", (dim, dim)),
    ("rms_ffn", (dim,)),
    ("w1", (hidden, dim)),
    ("w2", (dim, hidden)),
    ("w3", (hidden, dim)),
]:
    w[name] = take(layers, *shape)
w["rms_final"] = take(dim)
keys, values = [np.zeros((layers, length, kv_dim), np.float32) for _ in range(2)]


def rmsnorm(x, weight):
    return weight * (x / np.sqrt(np.mean(x * x, dtype=np.float32) + np.float32(1e-5)))


def rope(vector, pos):
    out = vector.copy()
    for i in range(0, len(vector), 2):
        freq = np.float32(1.0) / np.float32(10000.0) ** np.float32((i % size) / size)
        fcr, fci = np.cos(np.float32(pos * freq)), np.sin(np.float32(pos * freq))
        out[i] = vector[i] * fcr - vector[i + 1] * fci
        out[i + 1] = vector[i] * fci + vector[i + 1] * fcr
    return out


def forward(token, pos):
    x = w["embed"][token].copy()
    for l in range(layers):
        xb = rmsnorm(x, w["rms_att"][l])
        q, k = rope(w["wq"][l] @ xb, pos), rope(w["wk"][l] @ xb, pos)
        keys[l, pos], values[l, pos] = k, w["wv"][l] @ xb
        xb = np.zeros(dim, np.float32)
        for h in range(heads):
            part = slice(h // group * size, h // group * size + size)
            score = keys[l, : pos + 1, part] @ q[h * size : (h + 1) * size] / np.float32(np.sqrt(size))
            score = np.exp(score - score.max())
            xb[h * size : (h + 1) * size] = (score / score.sum()) @ values[l, : pos + 1, part]
        x += w["wo"][l] @ xb
        xb = rmsnorm(x, w["rms_ffn"][l])
        gate, up = w["w1"][l] @ xb, w["w3"][l] @ xb
        x += w["w2"][l] @ (gate / (1 + np.exp(-gate)) * up)
    return w["embed"] @ rmsnorm(x, w["rms_final"])


def read_tokenizer(path):
    data = pathlib.Path(path).read_bytes()
    pieces, scores, at = [], [], 4
    while at < len(data):
        score, count = struct.unpack_from("<fi", data, at)
        pieces.append(data[at + 8 : at + 8 + count])
        scores.append(score)
        at += 8 + count
    return pieces, scores


pieces, scores = read_tokenizer(sys.argv[2])


def encode(text):
    """encode() of run.c, with its beginning and its blank."""
    index = {piece: i for i, piece in reversed(list(enumerate(pieces)))}
    tokens = [1] + ([index[b" "]] if text else [])
    for letter in text:
        piece = letter.encode()
        tokens += [index[piece]] if piece in index else [byte + 3 for byte in piece]
    while True:
        best, where = -1e10, None
        for i in range(len(tokens) - 1):
            found = index.get(pieces[tokens[i]] + pieces[tokens[i + 1]])
            if found is not None and scores[found] > best:
                best, where = scores[found], (i, found)
        if where is None:
            return tokens
        tokens[where[0] : where[0] + 2] = [where[1]]


def decode(ids):
    """decode() of run.c: pieces that stand for bytes are those bytes."""
    return b"".join(bytes([i - 3]) if 3 <= i < 259 else pieces[i] for i in ids).decode()


def generate(prompt):
    ids = encode(prompt)
    start = len(ids)
    pos = 0
    margin = np.inf
    while len(ids) < start + STEPS:
        logits = forward(ids[pos], pos)
        pos += 1
        if pos == len(ids):
            top = np.sort(logits)[-2:]
            margin = min(margin, float(top[1] - top[0]))
            ids.append(int(logits.argmax()))
    return ids[:start], ids[start:], margin


def to_halves(matrix, count):
    return matrix.reshape(count, size // 2, 2, -1).swapaxes(1, 2).reshape(matrix.shape)


config = transformers.LlamaConfig(
    vocab_size=vocab,
    hidden_size=dim,
    intermediate_size=hidden,
    num_hidden_layers=layers,
    num_attention_heads=heads,
    num_key_value_heads=kv_heads,
    max_position_embeddings=length,
    rms_norm_eps=1e-5,
    tie_word_embeddings=True,
)
peer = transformers.LlamaForCausalLM(config).eval()
names = {"input_layernorm": "rms_att", "self_attn.q_proj": "wq", "self_attn.k_proj": "wk", "self_attn.v_proj": "wv"}
names |= {"self_attn.o_proj": "wo", "post_attention_layernorm": "rms_ffn"}
names |= {"mlp.gate_proj": "w1", "mlp.down_proj": "w2", "mlp.up_proj": "w3"}
state = {"model.embed_tokens.weight": w["embed"], "model.norm.weight": w["rms_final"], "lm_head.weight": w["embed"]}
for theirs, ours in names.items():
    for l in range(layers):
        matrix = w[ours][l]
        if ours in ("wq", "wk"):
            matrix = to_halves(matrix, heads if ours == "wq" else kv_heads)
        state[f"model.layers.{l}.{theirs}.weight"] = matrix
peer.load_state_dict({k: torch.tensor(v.copy()) for k, v in state.items()})

fixture = {"versions": {"numpy": np.__version__, "transformers": transformers.__version__}, "texts": []}
for prompt in ("", "Once upon a time"):
    prompt_ids, ids, margin = generate(prompt)
    with torch.no_grad():
        logits = peer(torch.tensor([prompt_ids + ids])).logits[0, len(prompt_ids) - 1 : -1]
    assert logits.argmax(-1).tolist() == ids, "transformers writes something else"
    print(prompt, "| smallest margin", margin, decode(ids[:40]))
    last = peer(torch.tensor([prompt_ids + ids])).logits[0, -1]
    fixture["texts"].append(
        {
            "prompt": prompt,
            "promptIds": prompt_ids,
            "ids": ids,
            "text": decode(ids),
            "logits": [float(f"{x:.7g}") for x in last.tolist()],
        }
    )
encoded = ["The dog was happy.", " two  blanks", "Grüße 🌊\n", "Tom's 3 big trees"]
fixture["encoded"] = [[text, encode(text)] for text in encoded]
path = pathlib.Path(__file__).parents[2] / "tests/golden/language/stories260k.json"
path.write_text(json.dumps(fixture, separators=(",", ":"), ensure_ascii=False) + "\n")
