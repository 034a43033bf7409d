"""Figures of a classifier on one split."""

from dataclasses import dataclass

import torch
from torch import Tensor


SURE_SCORE = 0.9


@dataclass(frozen=True)
class ClassFigures:
    label: str
    examples: int
    precision: float
    recall: float
    f1: float
    mistaken_for: str


@dataclass(frozen=True)
class Figures:
    examples: int
    accuracy: float
    top2_accuracy: float
    calibration_error: float
    sure_share: float
    sure_accuracy: float
    classes: list[ClassFigures]
    # Rows: the true class; columns: the answer.
    confusion: list[list[int]]


def measure(logits: Tensor, truth: Tensor, labels: list[str]) -> Figures:
    """Accuracy, also of the answers that are sure, expected calibration error (15 bins), and the figures of every class."""
    probabilities = logits.double().softmax(1)
    best = probabilities.topk(2, dim=1)
    correct = best.indices[:, 0] == truth
    sure = best.values[:, 0] >= SURE_SCORE
    confusion = torch.zeros(len(labels), len(labels), dtype=torch.long)
    confusion.index_put_((truth, best.indices[:, 0]), torch.ones_like(truth), accumulate=True)
    return Figures(
        examples=len(truth),
        accuracy=correct.double().mean().item(),
        top2_accuracy=(best.indices == truth[:, None]).any(1).double().mean().item(),
        calibration_error=_calibration_error(best.values[:, 0], correct.double(), bins=15),
        sure_share=sure.double().mean().item(),
        sure_accuracy=correct[sure].double().mean().item(),
        classes=[_class_figures(confusion, index, labels) for index in range(len(labels))],
        confusion=confusion.tolist())


def _class_figures(confusion: Tensor, index: int, labels: list[str]) -> ClassFigures:
    hits = confusion[index, index].item()
    examples = confusion[index].sum().item()
    predicted = confusion[:, index].sum().item()
    precision = hits / predicted if predicted else 0.0
    recall = hits / examples if examples else 0.0
    misses = confusion[index].clone()
    misses[index] = 0
    worst = misses.argmax().item()
    return ClassFigures(
        labels[index], examples, precision, recall,
        f1=2 * precision * recall / (precision + recall) if hits else 0.0,
        mistaken_for=f"{labels[worst]} ({misses[worst].item()})" if misses.sum() else "none")


def _calibration_error(confidence: Tensor, correct: Tensor, bins: int) -> float:
    place = (confidence * bins).long().clamp(max=bins - 1)
    gaps = [
        (confidence[place == index].mean() - correct[place == index].mean()).abs() * (place == index).sum()
        for index in range(bins) if (place == index).any()]
    return (sum(gaps) / len(confidence)).item()
