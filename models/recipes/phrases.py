"""Trains samples/models/phrases/1 on generated questions and passages and writes its package."""

import argparse
import time
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional
from torch.nn.utils.rnn import pad_sequence

import matching
import package
from ranking import encoder, measures, texts
from ranking.encoder import Encoder
from ranking.network import OPSET
from ranking.pairs import CANDIDATES, Pair, Pairs
from ranking.sentences import ARTICLES, TOPICS
from ranking.texts import SEPARATOR, START, TOKENIZER
from text.words import UNKNOWN, Vocabulary

RECIPES = Path(__file__).resolve().parent
SAMPLES = RECIPES.parents[1] / "samples" / "models"
SEED = 20261123
# A batch has a pair for each of so many topics with each of so many articles, without those kept for the test.
BATCHES, BATCH_TOPICS, BATCH_ARTICLES = 2000, 16, 6
RATE, TEMPERATURE = 0.004, 0.1
WIDTH, DROPOUT = 64, 0.2
# The lengths to which a vector may be cut: the loss is the mean over them.
LENGTHS = [64, 32]
# So many words are read as unknown in training, because texts have words that the network has not seen.
HIDDEN_WORDS = 0.2
REQUIRED = 0.9
TOLERANCE = 0.001
GOLDEN = [
    "Can I send the couch back?",
    "Within 30 days you may return the sofa unused. We refund the full amount.",
    "how HEAVY is the bike???",
    "The bicycle weighs 12 kilos.",
    "Do you sell crème brûlée?",
    "😀"]


def main() -> None:
    parser = argparse.ArgumentParser(description="Turns a question or a passage into a vector.")
    parser.add_argument("--output", type=Path, default=SAMPLES / "phrases" / "1")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(SEED)
    read = [TOKENIZER.tokens(text) for pair in Pairs(SEED).train(matching.TRAIN) for text in (pair.question, pair.passage)]
    vocabulary = texts.vocabulary_of(read)
    model = Encoder(len(vocabulary), WIDTH, LENGTHS[0], DROPOUT)
    train(model, vocabulary)
    rarity = measures.rarity(read)
    figures = {}
    for name, new in (("seen", False), ("new", True)):
        lists = Pairs(matching.SEED + 1 + new).candidates(matching.TEST, new)
        figures[name] = {
            **{f"{length} values": measures.order([_likeness(model, pairs, vocabulary, length) for pairs in lists]) for length in LENGTHS},
            "words in common": measures.order([measures.words_in_common(pairs, rarity) for pairs in lists])}
        for kind, found in figures[name].items():
            print(name, kind, found)
    if figures["seen"][f"{LENGTHS[0]} values"]["mrr"] < REQUIRED:
        raise SystemExit(f"mean reciprocal rank is under the {REQUIRED} this model must reach")
    _write(arguments.output, model, vocabulary, figures)


def _encode(text: str, vocabulary: Vocabulary) -> list[int]:
    start, separator = vocabulary.ids([START, SEPARATOR])
    return [start, *vocabulary.ids(TOKENIZER.tokens(text)), separator]


def train(model: Encoder, vocabulary: Vocabulary) -> None:
    """Each question of a batch must be nearer to its passage than to the others, and each passage to its question."""
    pairs = Pairs(SEED)
    unknown, separator = vocabulary.ids([UNKNOWN, SEPARATOR])
    optimizer = torch.optim.AdamW(model.parameters(), lr=RATE, weight_decay=0.01)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, RATE, total_steps=BATCHES, pct_start=0.2, cycle_momentum=False)
    started, total = time.monotonic(), 0.0
    model.train()
    for step in range(1, BATCHES + 1):
        batch = pairs.right(BATCH_TOPICS, BATCH_ARTICLES)
        ids, mask = _batch([pair.question for pair in batch] + [pair.passage for pair in batch], vocabulary)
        ids = torch.where((torch.rand(ids.shape) < HIDDEN_WORDS) & (ids > separator), unknown, ids)
        vectors = encoder.pooled(model(ids, mask), mask)
        loss = sum(_loss(encoder.cut(vectors, length)) for length in LENGTHS) / len(LENGTHS)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        schedule.step()
        total += loss.item()
        if step % 200 == 0:
            print(f"batch {step}/{BATCHES}  loss {total / 200:.4f}  {time.monotonic() - started:.0f} s", flush=True)
            total = 0.0


def _loss(vectors: Tensor) -> Tensor:
    """Cross-entropy in both directions. The first half are questions, the second their passages."""
    questions, passages = vectors.chunk(2)
    scores = questions @ passages.T / TEMPERATURE
    right = torch.arange(len(scores))
    return (functional.cross_entropy(scores, right) + functional.cross_entropy(scores.T, right)) / 2


def _batch(read: list[str], vocabulary: Vocabulary) -> tuple[Tensor, Tensor]:
    rows = [torch.tensor(_encode(text, vocabulary)) for text in read]
    return pad_sequence(rows, batch_first=True), pad_sequence([torch.ones_like(row) for row in rows], batch_first=True)


@torch.no_grad()
def _vectors(model: Encoder, read: list[str], vocabulary: Vocabulary, length: int) -> Tensor:
    """A vector of length 1 for each text [n, length]."""
    model.eval()
    ids, mask = _batch(read, vocabulary)
    return encoder.cut(encoder.pooled(model(ids, mask), mask), length)


def _likeness(model: Encoder, pairs: list[Pair], vocabulary: Vocabulary, length: int) -> np.ndarray:
    """The cosine of each passage with the question, which is the same in all pairs."""
    question, *passages = _vectors(model, [pairs[0].question, *(pair.passage for pair in pairs)], vocabulary, length)
    return (torch.stack(passages) @ question).numpy()


def _write(output: Path, model: Encoder, vocabulary: Vocabulary, figures: dict) -> None:
    folder = package.create_folder(output)
    encoder.write(model, folder / "model.onnx")
    package.write_lines(folder, "vocab.txt", vocabulary.words)
    package.write_golden_lines(folder, [
        {"text": text, "ids": _encode(text, vocabulary),
         "values": [round(value, 6) for value in _vectors(model, [text], vocabulary, LENGTHS[0])[0].tolist()], "tolerance": TOLERANCE}
        for text in GOLDEN])
    parameters = sum(weight.numel() for weight in model.parameters())
    package.write_wrapped_card(folder, _card(figures, len(vocabulary), parameters, (folder / "model.onnx").stat().st_size))
    package.write_manifest(folder, _manifest())
    print(f"wrote {folder}: {parameters:,} parameters, {(folder / 'model.onnx').stat().st_size:,} bytes")


def _manifest() -> dict:
    inputs = ["ids", "attention_mask"]
    return {
        "name": "phrases", "version": "1",
        "task": "embedding",
        "description": "Turns questions to a shop and passages of its help pages into vectors. Those that fit are near each other.",
        "license": "MIT",
        "model": "model.onnx", "opset": OPSET,
        "inputs": [{"name": name, "type": "int64", "shape": [-1, -1]} for name in inputs],
        "outputs": [{"name": "states", "type": "float32", "shape": [-1, -1, LENGTHS[0]]}],
        "text": texts.manifest_section(inputs),
        "output": {"kind": "values", "tensor": "states", "pooling": "mean", "normalize": "l2", "dimensions": LENGTHS[1:]},
        "unit": "1k_characters",
        "golden": "golden.jsonl", "card": "card.md",
        "limits": {"queue": 64}}


def _of_matching() -> dict[str, list[str]]:
    """Mean reciprocal rank and share of first places of matching/1, as its card has them, for seen and new sentences."""
    lines = (SAMPLES / "matching" / "1" / "card.md").read_text(encoding="utf-8").splitlines()
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if "| this model |" in line]
    return {row[0]: row[2:4] for row in rows}


def _card(figures: dict, words: int, parameters: int, file_bytes: int) -> str:
    pair_scorer = _of_matching()
    rows = "\n".join(
        "\n".join(f"| {sentences} | {kind} | {found['mrr']:.3f} | {found['first']:.1%} |" for kind, found in kinds.items())
        + f"\n| {sentences} | matching/1 | {' | '.join(pair_scorer[sentences])} |"
        for sentences, kinds in figures.items())
    return f"""# phrases

Turns a customer's question or a passage of a shop's help pages into a vector of {LENGTHS[0]} values. A passage that answers a question is
near it. A sample: it shows what a package for embeddings consists of.

## Intended use

Demonstrations and tests, for example to keep the vectors of passages and to find those near a question.

## Limits

- It knows {len(ARTICLES)} articles with two names each, {len(TOPICS)} topics, and few ways to put them. A real question mostly has other
  words: see the figures for new sentences.
- A passage is near a question if it is about the same article and the same topic. Whether its statement is right does not count.
- An article that is not in its vocabulary is an unknown word, so it cannot tell it from another such.
- It sees a question and a passage each by itself. `matching/1` reads both together.
- English, questions and passages of a sentence or two. Longer texts are read up to {TOKENIZER.max_length} tokens.
- A cosine has no fixed threshold. It only puts passages into an order.

## Metrics

{matching.TEST} questions a row, each with {CANDIDATES} passages: one that answers it, seven about the same article, seven about the same
topic, five about neither. They are the lists that `matching/1` is measured on. Article and topic of a question were not together in the
training. "New" sentences: neither question nor passage follows a pattern of the training. Passages are put in order by their cosine with
the question.

| sentences | | mean reciprocal rank | answer comes first |
| --- | --- | ---: | ---: |
{rows}

"{LENGTHS[1]} values" are the first of the {LENGTHS[0]}, scaled to length 1 again. "Words in common" is the share of the question's words
that the passage has, weighted by their rarity. The figures of `matching/1` are those of its card.
It was trained on {matching.TRAIN:,} pairs, this model on several times as many, with many more wrong passages for each question. So the
figures do not show that vectors do better than a network that reads both texts.

## Network

Embedding ({words:,} words × {WIDTH}), a convolution over three words, a dense layer, and a weight between 0 and 1 for each token.
{parameters:,} parameters, {file_bytes / 1e6:.2f} MB. Inputs `ids` and `attention_mask` int64 [n, length]: `[CLS]` text `[SEP]`. Output
`states` float32 [n, length, {LENGTHS[0]}]. After it, the mean over the tokens of the mask is taken, with `[CLS]` and `[SEP]`, and scaled to
length 1. A vector depends neither on padding nor on the other texts of a batch.

## Training

{BATCHES:,} batches, each of the generated right pairs of {BATCH_TOPICS} of the topics with {BATCH_ARTICLES} of the articles, drawn anew.
The quarter of them that is kept for the test is left out. In a batch, each question must be nearer to its passage than to all others, and
each passage to its question: cross-entropy of the cosines divided by {TEMPERATURE}, for {LENGTHS[0]} and for {LENGTHS[1]} values alike.
AdamW, one cycle of the learning rate with its peak at {RATE}, dropout {DROPOUT}, {HIDDEN_WORDS:.0%} of the words read as unknown,
seed {SEED}.

Ten settings (words read as unknown, dropout, temperature, shape of the batches, without the convolution) were compared on patterns of the
training that were left out of it for this. The convolution made no clear difference there. The lists above were not read for it.

## Data

Generated by `ranking/` of the recipes.

## Licence

MIT.
"""


if __name__ == "__main__":
    main()
