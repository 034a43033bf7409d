"""How well probabilities of a yes-or-no question come out."""

from dataclasses import dataclass

import numpy as np
from sklearn.metrics import brier_score_loss, log_loss, roc_auc_score


@dataclass(frozen=True)
class Figures:
    examples: int
    accuracy: float
    auc: float
    log_loss: float
    brier: float
    # The share of those it is asked about that are among the tenth with the highest scores, and how many of that tenth are such.
    found_in_tenth: float
    right_in_tenth: float


def measure(scores: np.ndarray, truth: np.ndarray) -> Figures:
    """`scores` [n]: the probability of 1; `truth` [n]: 0 or 1."""
    tenth = np.argsort(-scores, kind="stable")[:len(scores) // 10]
    return Figures(
        len(truth), float(((scores >= 0.5) == truth).mean()), float(roc_auc_score(truth, scores)), float(log_loss(truth, scores)),
        float(brier_score_loss(truth, scores)), float(truth[tenth].sum() / truth.sum()), float(truth[tenth].mean()))


def by_band(scores: np.ndarray, truth: np.ndarray) -> list[tuple[float, float, int, float, float]]:
    """For each fifth of the scale: from, to, rows, mean score, share of 1."""
    bands = []
    for low in (0.0, 0.2, 0.4, 0.6, 0.8):
        inside = (scores >= low) & (scores < low + 0.2 if low < 0.8 else scores <= 1)
        bands.append((low, low + 0.2, int(inside.sum()), float(scores[inside].mean()), float(truth[inside].mean())))
    return bands
