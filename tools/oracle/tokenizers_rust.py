"""Writes tests/golden/text/tokenizers.json: two small tokenizers (WordPiece as BERT has it, Unigram as T5) and the ids that
Rust's `tokenizers` gives odd texts.

    python tools/oracle/tokenizers_rust.py

With files, nothing is written: it compares ids of thousands of odd texts by @huggingface/tokenizers with its own, by
tools/tokenize-lines.ts.

    python tools/oracle/tokenizers_rust.py tokenizer.json ...
"""

import json
import pathlib
import random
import subprocess
import sys

import tokenizers
from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers

ROOT = pathlib.Path(__file__).parents[2]
CORPUS = (ROOT / "README.md").read_text().split("\n")
ODD = [
    "", " ", "  two  blanks ", "\ttab\nline\r\n", "[CLS] a [SEP] [MASK] [UNK]", "<s>x</s>", "Ångström ÅNGSTRÖM e\u0301 é",
    "ﬁne ① ½ Ⅷ ＡＢＣ", "日本語のテキスト", "한국어 텍스트", "हिन्दी पाठ", "مرحبا بالعالم", "😀😃 👩‍👩‍👧 🇩🇪", "a\u200bb\u00a0c\u00add\ufeffe",
    "don't “quote” – — …", "http://x.y/?q=1&b=2#c", "C++ C# 3.14 1,000 10%", "a" * 120, "_under_score_ CamelCase", "\u0000\u0001 \ufffd",
    "▁▁x ▁", "İstanbul ı ß ẞ ǆ", "x\u0301\u0302\u0303", "!?!?..,;", "$€£¥₿", "\u2028\u2029", "a\u0300\u0316b",
]


def word_piece():
    tokenizer = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer()
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    tokenizer.train_from_iterator(CORPUS, trainers.WordPieceTrainer(vocab_size=400, special_tokens=special, show_progress=False))
    ends = [(token, tokenizer.token_to_id(token)) for token in ["[CLS]", "[SEP]"]]
    tokenizer.post_processor = processors.TemplateProcessing(single="[CLS] $A [SEP]", pair="[CLS] $A [SEP] $B:1 [SEP]:1", special_tokens=ends)
    tokenizer.decoder = decoders.WordPiece()
    return tokenizer


def unigram():
    tokenizer = Tokenizer(models.Unigram())
    tokenizer.normalizer = normalizers.NFKC()
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="always")
    tokenizer.train_from_iterator(
        CORPUS, trainers.UnigramTrainer(vocab_size=400, special_tokens=["<unk>", "</s>"], unk_token="<unk>", show_progress=False)
    )
    tokenizer.post_processor = processors.TemplateProcessing(single="$A </s>", special_tokens=[("</s>", 1)])
    tokenizer.decoder = decoders.Metaspace(prepend_scheme="always")
    return tokenizer


def odd_texts(count):
    draw = random.Random(1)
    alphabet = "abcdefghij ,.:()-/'\"!?<>[]{}|~`^_@#$%&*+=0123456789▁ éüñßøçœ—–…“”‘’€£¥©®™日本語中文한국어русскийالعربيةहिन्दी😀🎉☃\u00a0\u200b\ufb01\u0301\t\n"
    return ["".join(draw.choices(alphabet, k=draw.randint(1, 25))) for _ in range(count)]


def compare(path):
    tokenizer = Tokenizer.from_file(path)
    # Of Graft's tokenizers a text has all its ids.
    tokenizer.no_padding()
    tokenizer.no_truncation()
    folder = next((up / "shared/data/text" for up in ROOT.parents if (up / "shared/data/text").exists()), ROOT)
    lines = [line for file in sorted(folder.glob("*/*.csv")) for line in file.read_text().splitlines()[1:1500]]
    texts = ODD + odd_texts(3000) + lines
    command = ["npx", "tsx", str(ROOT / "tools/tokenize-lines.ts"), path]
    answer = subprocess.run(command, input="\n".join(map(json.dumps, texts)), capture_output=True, text=True, check=True, cwd=ROOT)
    differ = [
        text for text, line in zip(texts, answer.stdout.splitlines(), strict=True)
        if tokenizer.encode(text).ids != json.loads(line)
    ]
    print(f"{path}: {len(differ)} of {len(texts)} texts have other ids", differ[:5])


if len(sys.argv) > 1:
    for path in sys.argv[1:]:
        compare(path)
else:
    fixture = {"versions": {"tokenizers": tokenizers.__version__}, "tokenizers": []}
    for title, made in [("WordPiece", word_piece()), ("Unigram", unigram())]:
        cases = []
        for text in ODD + odd_texts(40):
            ids = made.encode(text).ids
            cases.append({"text": text, "ids": ids, "decoded": made.decode(ids)})
        fixture["tokenizers"].append({"title": title, "json": json.loads(made.to_str()), "cases": cases})
    file = ROOT / "tests/golden/text/tokenizers.json"
    file.write_text(json.dumps(fixture, ensure_ascii=True, separators=(",", ":")) + "\n")
    print(file, file.stat().st_size)
