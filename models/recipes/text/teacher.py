"""A bag of words and pairs of words under logistic regression: plain, and on a few thousand texts hard to beat. The LSTM learns from it."""

import math
from collections import Counter
from collections.abc import Hashable
from dataclasses import dataclass

import torch

from text.logistic import regress

_LEAST_TEXTS = 2


@dataclass(frozen=True)
class Teacher:
    """Gives a text of tokens the log-odds of the second of two classes."""
    weights: dict[Hashable, tuple[float, float]]
    bias: float

    @staticmethod
    def fit(texts: list[list[str]], labels: list[int], penalty: float) -> "Teacher":
        """`penalty` is the weight of the squared weights against the loss summed over all texts."""
        bags = [_bag(text) for text in texts]
        counts = Counter(term for bag in bags for term in bag)
        rarity = {term: math.log(len(texts) / count) for term, count in counts.items() if count >= _LEAST_TEXTS}
        columns = {term: column for column, term in enumerate(rarity)}
        rows, places, values = [], [], []
        for row, bag in enumerate(bags):
            known = [term for term in bag if term in columns]
            length = math.sqrt(sum(rarity[term] ** 2 for term in known)) or 1.0
            rows += [row] * len(known)
            places += [columns[term] for term in known]
            values += [rarity[term] / length for term in known]
        matrix = torch.sparse_coo_tensor([rows, places], values, (len(texts), len(columns))).coalesce()
        weights, bias = regress(matrix, torch.tensor(labels), penalty)
        return Teacher({term: (rarity[term], weight) for term, weight in zip(columns, weights.tolist())}, bias)

    def score(self, text: list[str]) -> float:
        known = [self.weights[term] for term in _bag(text) if term in self.weights]
        length = math.sqrt(sum(rarity ** 2 for rarity, _ in known)) or 1.0
        return sum(rarity * weight for rarity, weight in known) / length + self.bias


def _bag(text: list[str]) -> dict[Hashable, None]:
    """Each word and each pair of neighbours once, in the order of the text: a set's order would change from run to run."""
    return dict.fromkeys([*text, *zip(text, text[1:])])
