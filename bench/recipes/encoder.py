"""Writes a sentence encoder of MiniLM's shape with seeded random weights, as a package for embeddings.

Six layers, 384 values, 12 heads, 1,536 inner values, mean pooling (https://huggingface.co/sentence-transformers/all-MiniLM-L6-v2). Its
vectors mean nothing; a run costs what one of the trained model costs. The vocabulary is the most frequent words of the mails that the
text benchmarks send, then letters, so that nearly all of their words are one token.
"""

import json
import math
import re
import sys
from collections import Counter
from pathlib import Path

import onnx
import torch
from torch import Tensor, nn

BENCH = Path(__file__).resolve().parent.parent
sys.path.append(str(BENCH.parent / "models" / "recipes"))

import package  # noqa: E402

SEED = 20261130
WORDS = 20_000
LENGTH = 128
HIDDEN, HEADS, INNER, LAYERS = 384, 12, 1536, 6
GOLDEN = ["The mail is on its way.", "you have won a prize"]


class Layer(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.query, self.key, self.value, self.out = (nn.Linear(HIDDEN, HIDDEN) for _ in range(4))
        self.first, self.second = nn.LayerNorm(HIDDEN), nn.LayerNorm(HIDDEN)
        self.wide, self.narrow = nn.Linear(HIDDEN, INNER), nn.Linear(INNER, HIDDEN)

    def forward(self, x: Tensor, hidden: Tensor) -> Tensor:
        size = HIDDEN // HEADS

        def split(part: Tensor) -> Tensor:
            return part.view(part.size(0), -1, HEADS, size).transpose(1, 2)

        scores = split(self.query(x)) @ split(self.key(x)).transpose(2, 3) / math.sqrt(size) + hidden
        mixed = (scores.softmax(3) @ split(self.value(x))).transpose(1, 2).reshape(x.size(0), -1, HIDDEN)
        x = self.first(x + self.out(mixed))
        return self.second(x + self.narrow(nn.functional.gelu(self.wide(x))))


class Encoder(nn.Module):
    def __init__(self, words: int) -> None:
        super().__init__()
        self.words, self.places, self.norm = nn.Embedding(words, HIDDEN), nn.Embedding(LENGTH, HIDDEN), nn.LayerNorm(HIDDEN)
        self.layers = nn.ModuleList(Layer() for _ in range(LAYERS))

    def forward(self, ids: Tensor, mask: Tensor) -> Tensor:
        places = torch.arange(ids.size(1)).unsqueeze(0)
        x = self.norm(self.words(ids) + self.places(places))
        hidden = (1 - mask.float())[:, None, None, :] * -10_000.0
        for layer in self.layers:
            x = layer(x, hidden)
        return x


def _vocabulary() -> list[str]:
    texts = [json.loads(line) for line in (BENCH / ".cache" / "spam.jsonl").read_text(encoding="utf-8").splitlines()]
    counts = Counter(word for text in texts for word in re.findall(r"[a-z0-9]+", text.lower()))
    singles = [chr(code) for code in range(33, 127) if not chr(code).isupper()]
    words = [word for word, _ in counts.most_common(WORDS) if word not in singles]
    return ["[PAD]", "[UNK]", "[CLS]", "[SEP]", *singles, *(f"##{single}" for single in singles if single.isalnum()), *words]


@torch.no_grad()
def _golden(model: Encoder, vocabulary: list[str], text: str) -> str:
    known = {token: index for index, token in enumerate(vocabulary)}
    tokens = ["[CLS]", *re.findall(r"[a-z0-9]+|[^\sa-z0-9]", text.lower()), "[SEP]"]
    ids = torch.tensor([[known[token] for token in tokens]])
    vector = nn.functional.normalize(model(ids, torch.ones_like(ids)).mean(1))[0]
    return json.dumps({"text": text, "values": [round(value, 6) for value in vector.tolist()], "tolerance": 0.001}) + "\n"


def main() -> None:
    torch.set_num_threads(1)
    torch.manual_seed(SEED)
    vocabulary = _vocabulary()
    model = Encoder(len(vocabulary)).eval()
    folder = package.create_folder(BENCH / ".cache" / "encoders" / "encoder" / "1")
    example = torch.ones(2, 9, dtype=torch.int64)
    torch.onnx.export(
        model, (example, example), str(folder / "model.onnx"), opset_version=15, input_names=["ids", "attention_mask"],
        output_names=["states"],
        dynamic_axes={name: {0: "batch", 1: "length"} for name in ("ids", "attention_mask", "states")})
    onnx.checker.check_model(str(folder / "model.onnx"), full_check=True)
    (folder / "vocab.txt").write_text("".join(f"{token}\n" for token in vocabulary), encoding="utf-8", newline="\n")
    package.write_card(folder, "# encoder\n\nMiniLM's shape with random weights, for measuring speed. Its vectors mean nothing.\n")
    (folder / "golden.jsonl").write_text(
        "".join(_golden(model, vocabulary, text) for text in GOLDEN), encoding="utf-8", newline="\n")
    package.write_manifest(folder, {
        "name": "encoder",
        "version": "1",
        "task": "embedding",
        "description": "MiniLM's shape with random weights, for measuring speed; its vectors mean nothing.",
        "license": "MIT",
        "model": "model.onnx",
        "inputs": [{"name": name, "type": "int64", "shape": [-1, -1]} for name in ("ids", "attention_mask")],
        "outputs": [{"name": "states", "type": "float32", "shape": [-1, -1, HIDDEN]}],
        "text": {
            "normalize": {"lowercase": True},
            "tokenizer": {
                "kind": "wordpiece", "vocabulary": "vocab.txt", "unknown": "[UNK]", "padding": "[PAD]", "start": "[CLS]", "end": "[SEP]"},
            "max_length": LENGTH,
            "inputs": {"ids": "ids", "attention_mask": "attention_mask"}},
        "output": {"kind": "values", "tensor": "states", "pooling": "mean", "normalize": "l2"},
        "unit": "1k_characters",
        "golden": "golden.jsonl",
        "card": "card.md",
        "limits": {"queue": 64}})
    print(f"wrote {folder}: {(folder / 'model.onnx').stat().st_size:,} bytes, {len(vocabulary):,} tokens")


if __name__ == "__main__":
    main()
