"""Trains samples/models/matching/1 on generated questions and passages and writes its package."""

import argparse
import time
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

import package
from ranking import measures, network, texts
from ranking.network import Matcher
from ranking.pairs import CANDIDATES, Pair, Pairs
from ranking.sentences import ARTICLES, TOPICS
from ranking.texts import SEPARATOR, START, TOKENIZER
from text.words import UNKNOWN, Vocabulary

RECIPES = Path(__file__).resolve().parent
SEED = 20261123
TRAIN, TEST = 30000, 500
EPOCHS, BATCH, RATE = 6, 64, 0.003
WIDTH, DROPOUT = 48, 0.2
# So many words are read as unknown in training, because questions have words that the network has not seen.
HIDDEN_WORDS = 0.1
REQUIRED = 0.9
TOLERANCE = 0.001
GOLDEN = [
    ("Can I send the couch back?", "Within 30 days you may return the sofa unused. We refund the full amount."),
    ("Can I send the couch back?", "Within 30 days you may return the lamp unused. We refund the full amount."),
    ("Can I send the couch back?", "The sofa is delivered within three working days after your order."),
    ("how HEAVY is the bike???", "The bicycle weighs 12 kilos."),
    ("Is the TV in stock?", "Our branch in town has no fridge left, but any television can be reserved."),
    ("Do you sell zebras?", "😀")]


def main() -> None:
    parser = argparse.ArgumentParser(description="Says how well a passage answers a question.")
    parser.add_argument("--output", type=Path, default=RECIPES.parents[1] / "samples" / "models" / "matching" / "1")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(SEED)
    train = Pairs(SEED).train(TRAIN)
    read = [TOKENIZER.tokens(text) for pair in train for text in (pair.question, pair.passage)]
    vocabulary = texts.vocabulary_of(read)
    model = Matcher(len(vocabulary), WIDTH, DROPOUT)
    _train(model, train, vocabulary)
    rarity = measures.rarity(read)
    figures = {}
    for name, new in (("seen", False), ("new", True)):
        lists = Pairs(SEED + 1 + new).candidates(TEST, new)
        figures[name] = {
            "this model": _figures([_answer(model, pairs, vocabulary) for pairs in lists], 0.5),
            "words in common": _figures([measures.words_in_common(pairs, rarity) for pairs in lists], None)}
        for kind, found in figures[name].items():
            print(name, kind, found)
    if figures["seen"]["this model"]["mrr"] < REQUIRED:
        raise SystemExit(f"mean reciprocal rank is under the {REQUIRED} this model must reach")
    _write(arguments.output, model, vocabulary, figures)


def _encode(pair: Pair, vocabulary: Vocabulary) -> tuple[list[int], list[int]]:
    """[CLS] question [SEP] passage [SEP], and 0 for the first part with its separator, 1 for the second."""
    first, second = (vocabulary.ids(TOKENIZER.tokens(text)) for text in (pair.question, pair.passage))
    start, separator = vocabulary.ids([START, SEPARATOR])
    ids = [start, *first, separator, *second, separator]
    return ids, [0] * (len(first) + 2) + [1] * (len(second) + 1)


def _batch(rows: list[tuple[list[int], list[int]]]) -> tuple[Tensor, Tensor, Tensor]:
    longest = max(len(ids) for ids, _ in rows)
    ids, mask, types = (torch.zeros(len(rows), longest, dtype=torch.long) for _ in range(3))
    for place, (words, kinds) in enumerate(rows):
        ids[place, :len(words)], mask[place, :len(words)], types[place, :len(words)] = torch.tensor(words), 1, torch.tensor(kinds)
    return ids, mask, types


def _train(model: Matcher, train: list[Pair], vocabulary: Vocabulary) -> None:
    rows, wanted = [_encode(pair, vocabulary) for pair in train], torch.tensor([float(pair.answers) for pair in train])
    unknown, separator = vocabulary.ids([UNKNOWN, SEPARATOR])
    optimizer = torch.optim.AdamW(model.parameters(), lr=RATE, weight_decay=0.01)
    steps = len(train) // BATCH
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, RATE, total_steps=EPOCHS * steps, pct_start=0.2, cycle_momentum=False)
    for epoch in range(EPOCHS):
        started, total = time.monotonic(), 0.0
        model.train()
        for chosen in torch.randperm(len(train)).split(BATCH)[:steps]:
            ids, mask, types = _batch([rows[row] for row in chosen.tolist()])
            ids = torch.where((torch.rand(ids.shape) < HIDDEN_WORDS) & (ids > separator), unknown, ids)
            loss = functional.binary_cross_entropy_with_logits(model(ids, mask, types)[:, 0], wanted[chosen])
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            schedule.step()
            total += loss.item()
        print(f"epoch {epoch + 1}/{EPOCHS}  loss {total / steps:.4f}  {time.monotonic() - started:.0f} s", flush=True)


@torch.no_grad()
def _answer(model: Matcher, pairs: list[Pair], vocabulary: Vocabulary) -> np.ndarray:
    """The score of each pair, 0 to 1."""
    model.eval()
    return model(*_batch([_encode(pair, vocabulary) for pair in pairs]))[:, 0].sigmoid().numpy()


def _figures(lists: list[np.ndarray], threshold: float | None) -> dict[str, float]:
    """How the passages are put in order, and the accuracy on the right pair and a wrong one of each list."""
    # The second and the ninth passage in turn, so that half have the same article, half the same topic.
    right = np.array([scores[0] for scores in lists])
    wrong = np.array([scores[1 + 7 * (at % 2)] for at, scores in enumerate(lists)])
    if threshold is None:
        # The baseline gets the threshold that is best for these pairs.
        threshold = max(np.unique(np.concatenate([right, wrong])), key=lambda value: (right >= value).mean() + (wrong < value).mean())
    return {**measures.order(lists), "accuracy": float(((right >= threshold).mean() + (wrong < threshold).mean()) / 2)}


def _write(output: Path, model: Matcher, vocabulary: Vocabulary, figures: dict) -> None:
    folder = package.create_folder(output)
    network.write(model, folder / "model.onnx")
    package.write_lines(folder, "vocab.txt", vocabulary.words)
    examples = []
    for question, passage in GOLDEN:
        pair = Pair(question, passage, False)
        score = float(_answer(model, [pair], vocabulary)[0])
        examples.append({
            "text": question, "pair": passage, "ids": _encode(pair, vocabulary)[0], "values": [round(score, 6)], "tolerance": TOLERANCE})
    package.write_golden_lines(folder, examples)
    parameters = sum(weight.numel() for weight in model.parameters())
    package.write_wrapped_card(folder, _card(figures, len(vocabulary), parameters, (folder / "model.onnx").stat().st_size))
    package.write_manifest(folder, _manifest())
    print(f"wrote {folder}: {parameters:,} parameters, {(folder / 'model.onnx').stat().st_size:,} bytes")


def _manifest() -> dict:
    inputs = ["ids", "attention_mask", "token_types"]
    return {
        "name": "matching", "version": "1",
        "task": "text-ranking",
        "description": "Says how well a passage of a shop's help pages answers a customer's question.",
        "license": "MIT",
        "model": "model.onnx", "opset": network.OPSET,
        "inputs": [{"name": name, "type": "int64", "shape": [-1, -1]} for name in inputs],
        "outputs": [{"name": "score", "type": "float32", "shape": [-1, 1]}],
        "text": texts.manifest_section(inputs, {"separator": [SEPARATOR]}),
        "output": {"kind": "values", "tensor": "score", "activation": "sigmoid"},
        "unit": "1k_characters",
        "golden": "golden.jsonl", "card": "card.md",
        "limits": {"queue": 64}}


def _card(figures: dict, words: int, parameters: int, file_bytes: int) -> str:
    rows = "\n".join(
        f"| {sentences} | {kind} | {found['mrr']:.3f} | {found['first']:.1%} | {found['accuracy']:.1%} |"
        for sentences, kinds in figures.items() for kind, found in kinds.items())
    return f"""# matching

Says how well a passage of a shop's help pages answers a customer's question, from 0 to 1. A sample: it shows what a package for pairs of
texts consists of.

## Intended use

Demonstrations and tests, for example to put passages into the order in which they answer a question.

## Limits

- It knows {len(ARTICLES)} articles with two names each, {len(TOPICS)} topics, and few ways to put them. A real question mostly has other
  words: see the figures for new sentences.
- A passage answers a question here if it is about the same article and the same topic. Whether its statement is right does not count.
- An article that is not in its vocabulary is an unknown word, so it cannot tell it from another such.
- English, questions and passages of a sentence or two.

## Metrics

{TEST} questions a row, each with {CANDIDATES} passages: one that answers it, seven about the same article, seven about the same topic,
five about neither. Article and topic
of a question were not together in the training. "New" sentences: neither question nor passage follows a pattern of the training.

| sentences | | mean reciprocal rank | answer comes first | accuracy |
| --- | --- | ---: | ---: | ---: |
{rows}

"Words in common" is the share of the question's words that the passage has, weighted by their rarity. The accuracy is on as many right
as wrong
pairs, with the threshold 0.5 for the model and the best possible one for the words in common.

## Network

Embedding ({words:,} words × {WIDTH}) and a convolution over three words. Each word is compared with its likes in the other part, by what
the words mean and by being the same;
mean and maximum of that for both parts, two dense layers. {parameters:,} parameters, {file_bytes / 1e6:.2f} MB. Inputs `ids`,
`attention_mask` and `token_types` int64 [n, length]: `[CLS]`
question `[SEP]` passage `[SEP]`, types 0 up to the first `[SEP]`, then 1. Output `score` float32 [n, 1], sigmoid is applied after it. A
pair's score depends neither on
padding nor on the other pairs of a batch.

## Training

{TRAIN:,} generated pairs, half of them right. {EPOCHS} epochs, batch {BATCH}, binary cross-entropy, AdamW, one cycle of the learning
rate with its peak at {RATE}, dropout
{DROPOUT}, {HIDDEN_WORDS:.0%} of the words read as unknown, seed {SEED}.

## Data

Generated by `ranking/` of the recipes.

## Licence

MIT.
"""


if __name__ == "__main__":
    main()
