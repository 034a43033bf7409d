"""The steps every 28x28 recipe has in common: train, measure on the test split once, write the package."""

import argparse
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

import card
import package
import training
from calibration import divide_logits, fit_temperature
from export import export_onnx
from idx import read_split
from metrics import SURE_SCORE, Figures, measure
from network import build, fold_batch_norm, mega_flops

RECIPES = Path(__file__).resolve().parent
HELD_OUT = 5000
TOLERANCE = 0.001
SHOWN_LABELS = 3
SHOWN_SCORE = 0.01


@dataclass(frozen=True)
class Recipe:
    name: str
    version: str
    description: str
    license: str
    labels: list[str]
    samples: list[str]
    data: Path
    suffix: str
    widths: tuple[int, int, int]
    dropout: float
    plan: training.Plan
    seed: int
    required_accuracy: float
    text: card.CardText


def run(recipe: Recipe) -> None:
    arguments = _arguments(recipe)
    torch.set_num_threads(arguments.threads)
    torch.manual_seed(recipe.seed)

    full = training.Split.of(*read_split(recipe.data, "train", recipe.suffix))
    fitted, held_out = training.hold_out(full, HELD_OUT, recipe.seed)
    model = build(recipe.widths, recipe.dropout)
    checkpoint = RECIPES / ".cache" / f"{recipe.name}-{recipe.version}.pt"
    training.train(model, recipe.plan, fitted, held_out, checkpoint)

    served = fold_batch_norm(model).to(memory_format=torch.contiguous_format)
    before = _logits(recipe, served, held_out.images)
    folding = (before - _logits(recipe, model, held_out.images)).abs().max().item()
    temperature = fit_temperature(before, held_out.labels)
    divide_logits(served[-1], temperature)
    held_out_accuracy = training.accuracy(before, held_out.labels)
    print(f"held out: accuracy {held_out_accuracy:.2%}; folding batch norm moved logits by at most {folding:.1e}, "
          f"then they were divided by {temperature:.3f}")

    images, truth = read_split(recipe.data, "t10k", recipe.suffix)
    test = training.Split.of(images, truth)
    scores = _logits(recipe, served, test.images)
    figures = measure(scores, test.labels, recipe.labels)
    _print_figures(figures)
    if figures.accuracy < recipe.required_accuracy:
        raise SystemExit(f"test accuracy {figures.accuracy:.2%} is under the {recipe.required_accuracy:.2%} this model must reach")

    plan = recipe.plan
    told = card.Training(
        len(fitted.labels), len(held_out.labels), held_out_accuracy, plan.epochs, plan.batch, plan.peak_rate, plan.weight_decay,
        plan.label_smoothing, recipe.seed, temperature)
    _write_package(recipe, arguments.output, served, told, figures, _examples(recipe, images, truth, scores))


def _logits(recipe: Recipe, model: torch.nn.Module, images: torch.Tensor) -> torch.Tensor:
    return training.logits(model, images, recipe.plan.mean, recipe.plan.std)


def _write_package(
        recipe: Recipe, output: Path, served: torch.nn.Sequential, told: card.Training, figures: Figures,
        examples: list[package.Example]) -> None:
    folder = package.create_folder(output)
    path = folder / "model.onnx"
    export_onnx(served, path)
    size = card.Size(
        recipe.widths, sum(weight.numel() for weight in served.parameters()), mega_flops(served), path.stat().st_size)
    package.write_labels(folder, recipe.labels)
    package.write_golden(folder, examples, TOLERANCE)
    package.write_card(folder, card.compose(recipe.text, told, size, figures))
    package.write_manifest(folder, _manifest(recipe))
    print(f"wrote {folder}: {size.parameters:,} parameters, {size.mega_flops:.1f} MFLOP, {size.file_bytes:,} bytes")


def _arguments(recipe: Recipe) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=recipe.description)
    parser.add_argument("--output", type=Path, default=RECIPES.parent / recipe.name / recipe.version, help="folder of the package")
    parser.add_argument("--threads", type=int, default=1, help="threads PyTorch may use (networks this small gain nothing from a second one)")
    return parser.parse_args()


def _examples(recipe: Recipe, images: np.ndarray, truth: np.ndarray, scores: torch.Tensor) -> list[package.Example]:
    """Of every class the first test image that is recognised and the least certain one: a wrong scale shows in the latter."""
    probabilities = scores.double().softmax(1)
    certainty, answer = probabilities.max(1)
    chosen: list[tuple[str, int]] = []
    for index, name in enumerate(recipe.samples):
        right = np.flatnonzero((truth == index) & (answer.numpy() == index))
        chosen.append((name, int(right[0])))
        chosen.append((f"{name}-uncertain", int(right[certainty.numpy()[right].argmin()])))
    return [package.Example(name, images[row], _predictions(probabilities[row], recipe.labels)) for name, row in chosen]


def _predictions(probabilities: torch.Tensor, labels: list[str]) -> list[tuple[str, float]]:
    """Best first, as far as a score says something: the order of scores near zero is rounding."""
    order = probabilities.argsort(descending=True)[:SHOWN_LABELS]
    return [(labels[index], probabilities[index].item()) for index in order.tolist() if probabilities[index] >= SHOWN_SCORE]


def _manifest(recipe: Recipe) -> dict:
    return {
        "name": recipe.name,
        "version": recipe.version,
        "task": "image-classification",
        "description": recipe.description,
        "license": recipe.license,
        "model": "model.onnx",
        "inputs": [{"name": "image", "type": "float32", "shape": [-1, 1, 28, 28], "layout": "NCHW"}],
        "outputs": [{"name": "logits", "type": "float32", "shape": [-1, len(recipe.labels)]}],
        "image": {
            "resize": "contain", "color": "gray", "scale": 1 / 255, "mean": [recipe.plan.mean], "std": [recipe.plan.std],
            "background": "#000000", "pad": "#000000"},
        "output": {"tensor": "logits", "activation": "softmax", "labels": "labels.txt"},
        "unit": "image",
        "golden": "golden.jsonl",
        "card": "card.md",
        "limits": {"queue": 64}}


def _print_figures(figures: Figures) -> None:
    print(f"test, {figures.examples:,} images: accuracy {figures.accuracy:.2%}, best two {figures.top2_accuracy:.2%}, "
          f"calibration error {figures.calibration_error:.2%}, "
          f"score of {SURE_SCORE} or more: {figures.sure_share:.2%} of the images, accuracy {figures.sure_accuracy:.2%}")
    for row in figures.classes:
        print(f"  {row.label:12} precision {row.precision:.2%}  recall {row.recall:.2%}  mistaken for {row.mistaken_for}")
