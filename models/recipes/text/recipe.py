"""The steps both text recipes have in common: read, train, measure on the test part once, write the package."""

import argparse
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

import torch

import package
from calibration import divide_logits, fit_temperature
from metrics import Figures, measure
from text import card, golden
from text.corpus import Corpus, Document, split
from text.graph import OPSET, as_stored, write_graph
from text.lessons import Lessons, Teaching
from text.network import Shape, TextClassifier
from text.training import Encoded, Plan, logits, train
from text.words import PADDING, UNKNOWN, Tokenizer, Vocabulary

RECIPES = Path(__file__).resolve().parent.parent
CACHE = RECIPES / ".cache"
TOLERANCE = 0.001


@dataclass(frozen=True)
class Required:
    """What the test part must give; `recall` is that of the second label."""
    accuracy: float
    recall: float = 0.0


@dataclass(frozen=True)
class Recipe:
    name: str
    version: str
    description: str
    license: str
    labels: list[str]
    documents: Callable[[], Iterable[Document]]
    tokenizer: Tokenizer
    least_count: int
    most_words: int
    embedding: int
    hidden: int
    dropout: float
    plan: Plan
    teaching: Teaching
    seed: int
    required: Required
    # Added to the second label's logit, so that the two kinds of mistake balance as this model's must.
    offset: float
    golden: list[str]
    text: card.CardText
    elsewhere: tuple[str, Callable[[Path], Iterable[Document]]] | None = None


@dataclass(frozen=True)
class Trained:
    model: TextClassifier
    vocabulary: Vocabulary
    tokenizer: Tokenizer

    def ids(self, text: str) -> list[int]:
        return self.vocabulary.ids(self.tokenizer.cut(self.tokenizer.tokens(text)))

    def logits(self, documents: list[Document]) -> tuple[torch.Tensor, torch.Tensor]:
        """Logits and true labels."""
        encoded = Encoded.of([self.ids(document.text) for document in documents], [document.label for document in documents])
        return logits(self.model, encoded), encoded.labels


def run(recipe: Recipe) -> None:
    arguments = _arguments(recipe)
    torch.set_num_threads(arguments.threads)
    torch.manual_seed(recipe.seed)

    corpus = split(recipe.documents())
    checkpoint = CACHE / f"{recipe.name}-{recipe.version}.pt"
    if not checkpoint.exists():
        torch.save(fit(recipe, corpus), checkpoint)
    trained, teacher_accuracy = torch.load(checkpoint)
    with torch.no_grad():
        trained.model.dense.bias[1] += recipe.offset
    scores, truth = trained.logits(corpus.held_out)
    temperature = fit_temperature(scores, truth)
    divide_logits(trained.model.dense, temperature)
    held_out = measure(scores / temperature, truth, recipe.labels)
    _print("held out", held_out)
    if arguments.choose:
        return

    figures = measure(*trained.logits(corpus.test), recipe.labels)
    _print("test", figures)
    if figures.accuracy < recipe.required.accuracy or figures.classes[1].recall < recipe.required.recall:
        raise SystemExit(
            f"test accuracy {figures.accuracy:.2%} and recall of {recipe.labels[1]} {figures.classes[1].recall:.2%}: "
            f"this model must reach {recipe.required.accuracy:.2%} and {recipe.required.recall:.2%}")
    elsewhere = _elsewhere(recipe, trained, arguments.elsewhere)

    folder = package.create_folder(arguments.output)
    write_graph(trained.model, folder / "model.onnx")
    told = card.Training(
        trained.model.shape, recipe.plan, recipe.teaching, recipe.tokenizer, recipe.seed, recipe.offset, temperature, held_out.accuracy, teacher_accuracy,
        sum(weight.numel() for weight in trained.model.parameters()), (folder / "model.onnx").stat().st_size)
    parts = card.Parts(len(corpus.train), len(corpus.held_out), len(corpus.test), corpus.duplicates)
    package.write_labels(folder, recipe.labels)
    package.write_lines(folder, "vocab.txt", trained.vocabulary.words)
    package.write_golden_texts(folder, _golden(recipe, trained), TOLERANCE)
    package.write_card(folder, card.compose(recipe.text, parts, told, figures, elsewhere))
    package.write_manifest(folder, _manifest(recipe))
    print(f"wrote {folder}: {told.parameters:,} parameters, {told.file_bytes:,} bytes")


def fit(recipe: Recipe, corpus: Corpus) -> tuple[Trained, float]:
    """The trained network, its embedding rounded as it is stored, and how often its teacher is right."""
    tokenizer = recipe.tokenizer
    texts = [tokenizer.tokens(document.text) for document in corpus.train]
    vocabulary = Vocabulary.of(texts, recipe.least_count, recipe.most_words)
    lessons = Lessons([tokenizer.cut(text) for text in texts], [d.label for d in corpus.train], recipe.teaching, recipe.seed)
    print(f"{len(texts):,} texts, {len(vocabulary):,} words; teacher {lessons.teacher_accuracy:.2%}", flush=True)

    def encode() -> Encoded:
        taught = list(lessons.epoch())
        return Encoded.of([vocabulary.ids(tokenizer.cut(text)) for text, _ in taught], [target for _, target in taught])

    model = TextClassifier(Shape(len(vocabulary), recipe.embedding, recipe.hidden, recipe.dropout, len(recipe.labels)))
    held_out = Encoded.of(
        [vocabulary.ids(tokenizer.cut(tokenizer.tokens(d.text))) for d in corpus.held_out], [d.label for d in corpus.held_out])
    average = train(model, recipe.plan, encode, held_out)
    return Trained(as_stored(average), vocabulary, tokenizer), lessons.teacher_accuracy


def _golden(recipe: Recipe, trained: Trained) -> list[package.TextExample]:
    examples = []
    for text in recipe.golden + golden.hard_texts(recipe.tokenizer.max_length):
        ids = trained.ids(text)
        probabilities = logits(trained.model, Encoded.of([ids], [0]))[0].double().softmax(0)
        order = probabilities.argsort(descending=True).tolist()
        examples.append(package.TextExample(text, ids, [(recipe.labels[index], probabilities[index].item()) for index in order]))
    return examples


def _elsewhere(recipe: Recipe, trained: Trained, path: Path | None) -> card.Elsewhere | None:
    if recipe.elsewhere is None or path is None:
        return None
    what, read = recipe.elsewhere
    figures = measure(*trained.logits(list(read(path))), recipe.labels)
    _print("elsewhere", figures)
    return card.Elsewhere(what, figures)


def _manifest(recipe: Recipe) -> dict:
    tokenizer = recipe.tokenizer
    inputs = ["ids", "attention_mask"]
    return {
        "name": recipe.name,
        "version": recipe.version,
        "task": "text-classification",
        "description": recipe.description,
        "license": recipe.license,
        "model": "model.onnx",
        "opset": OPSET,
        "inputs": [{"name": name, "type": "int64", "shape": [-1, -1]} for name in inputs],
        "outputs": [{"name": "logits", "type": "float32", "shape": [-1, len(recipe.labels)]}],
        "text": {
            "normalize": {"unicode": "nfkc", "lowercase": tokenizer.lowercase, "strip_accents": tokenizer.strip_accents},
            "tokenizer": {
                "kind": "words", "vocabulary": "vocab.txt", "unknown": UNKNOWN, "padding": PADDING, "digits": tokenizer.digits},
            "max_length": tokenizer.max_length, "truncate": tokenizer.truncate, "pad": "longest",
            "inputs": {name: name for name in inputs}},
        "output": {"tensor": "logits", "activation": "softmax", "labels": "labels.txt"},
        "unit": "1k_characters",
        "golden": "golden.jsonl",
        "card": "card.md",
        "limits": {"queue": 64}}


def _arguments(recipe: Recipe) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=recipe.description)
    parser.add_argument("--output", type=Path, default=RECIPES.parent / recipe.name / recipe.version, help="folder of the package")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--choose", action="store_true", help="stop after the held-out part: no test part, no package")
    parser.add_argument("--elsewhere", type=Path, help="texts of another kind to measure on too, if the recipe knows any")
    return parser.parse_args()


def _print(part: str, figures: Figures) -> None:
    print(f"{part}, {figures.examples:,} texts: accuracy {figures.accuracy:.2%}, calibration error {figures.calibration_error:.2%}, "
          f"confusion {figures.confusion}")
    for row in figures.classes:
        print(f"  {row.label:12} precision {row.precision:.2%}  recall {row.recall:.2%}")
