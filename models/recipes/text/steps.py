"""The steps the text recipes have in common: read, train, measure on the test part once, write the package."""

import argparse
from pathlib import Path

import torch

import package
from calibration import divide_logits, fit_temperature
from metrics import Figures, measure
from text import card, golden
from text.corpus import Corpus, split
from text.fitting import Trained, fit
from text.graph import OPSET, write_graph
from text.recipe import CACHE, RECIPES, Recipe
from text.stacking import add_wide, alone, choose, cross_validate
from text.training import Encoded, logits
from text.words import PADDING, UNKNOWN

TOLERANCE = 0.001


def run(recipe: Recipe) -> None:
    arguments = _arguments(recipe)
    torch.set_num_threads(arguments.threads)
    torch.manual_seed(recipe.seed)

    corpus = split(recipe.documents())
    trained, choices = (_alone if recipe.wide is None else _stacked)(recipe, corpus)
    if arguments.choose:
        return

    figures = measure(*trained.logits(corpus.test), recipe.labels)
    _print("test", figures)
    required = recipe.required
    if required.missed(figures) and not arguments.below:
        raise SystemExit(
            f"test accuracy {figures.accuracy:.2%} and recall of {recipe.labels[1]} {figures.classes[1].recall:.2%}: "
            f"this model must reach {required.accuracy:.2%} and {required.recall:.2%}")
    elsewhere = _elsewhere(recipe, trained, arguments.elsewhere)

    folder = package.create_folder(arguments.output)
    write_graph(trained.model, folder / "model.onnx")
    told = card.Training(
        trained.model.shape, recipe.plan, recipe.teaching, recipe.tokenizer, recipe.seed, choices,
        sum(weight.numel() for weight in trained.model.parameters()), (folder / "model.onnx").stat().st_size)
    parts = card.Parts(len(corpus.train), len(corpus.held_out), len(corpus.test), corpus.duplicates)
    package.write_labels(folder, recipe.labels)
    package.write_lines(folder, "vocab.txt", trained.vocabulary.words)
    package.write_golden_texts(folder, _golden(recipe, trained), TOLERANCE)
    package.write_card(folder, card.compose(recipe.text, parts, told, card.Tested(figures, required), elsewhere))
    package.write_manifest(folder, _manifest(recipe))
    print(f"wrote {folder}: {told.parameters:,} parameters, {told.file_bytes:,} bytes")


def _alone(recipe: Recipe, corpus: Corpus) -> tuple[Trained, card.HeldOut]:
    """Trained on the train part; the held-out part gives the temperature."""
    checkpoint = CACHE / f"{recipe.name}-{recipe.version}.pt"
    if not checkpoint.exists():
        torch.save(fit(recipe, corpus.train, corpus.held_out), checkpoint)
    trained, teacher_accuracy = torch.load(checkpoint)
    scores, truth = trained.logits(corpus.held_out)
    temperature = fit_temperature(scores, truth)
    divide_logits(trained.model.dense, temperature)
    figures = measure(scores / temperature, truth, recipe.labels)
    _print("held out", figures)
    return trained, card.HeldOut(teacher_accuracy, temperature, figures)


def _stacked(recipe: Recipe, corpus: Corpus) -> tuple[Trained, card.Stacked]:
    """Trained on all but the test part; cross-validation over it gives the mix of the two parts."""
    documents = corpus.train + corpus.held_out
    checkpoint, folds = CACHE / f"{recipe.name}-{recipe.version}.pt", CACHE / f"{recipe.name}-{recipe.version}-folds.pt"
    if not folds.exists():
        torch.save(cross_validate(recipe, documents), folds)
    scores = torch.load(folds)
    mix = choose(scores)
    mixed, lstm, wide = (
        measure(logits, scores.labels, recipe.labels) for logits in (mix.logits(scores), *alone(scores)))
    _print("cross-validated", mixed)
    if not checkpoint.exists():
        torch.manual_seed(recipe.seed)
        torch.save(fit(recipe, documents, []), checkpoint)
    trained, teacher_accuracy = torch.load(checkpoint)
    add_wide(recipe, trained, documents, mix)
    return trained, card.Stacked(teacher_accuracy, recipe.wide, mix.share, mixed, lstm, wide)


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
    parser.add_argument("--below", action="store_true", help="write the package even if the test part misses what is required; its card says so")
    parser.add_argument("--elsewhere", type=Path, help="texts of another kind to measure on too, if the recipe knows any")
    return parser.parse_args()


def _print(part: str, figures: Figures) -> None:
    print(f"{part}, {figures.examples:,} texts: accuracy {figures.accuracy:.2%}, calibration error {figures.calibration_error:.2%}, "
          f"confusion {figures.confusion}")
    for row in figures.classes:
        print(f"  {row.label:12} precision {row.precision:.2%}  recall {row.recall:.2%}")
