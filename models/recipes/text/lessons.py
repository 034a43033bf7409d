"""What the LSTM is trained on: the texts with labels softened by a teacher that has not seen them, and new texts the teacher labels."""

import math
import random
from collections.abc import Iterator
from dataclasses import dataclass

import torch

from text.logistic import calibrate
from text.teacher import Teacher

_FOLDS = 5
_KEPT_SENTENCES = 0.6
_SHORTEST_SENTENCE = 3
_SENTENCE_ENDS = {".", "!", "?"}


@dataclass(frozen=True)
class Teaching:
    """`trust` is the share of the true label against the teacher's; `made` the number of texts made up for each real one."""
    penalty: float
    trust: float
    made: float


class Lessons:
    """Every fifth of the texts is taught by a teacher fitted on the other four: of a text it has seen it would only repeat the label."""

    def __init__(self, texts: list[list[str]], labels: list[int], teaching: Teaching, seed: int):
        self._texts = texts
        self._teaching = teaching
        self._random = random.Random(seed)
        self._teachers = [
            Teacher.fit(_others(texts, fold), _others(labels, fold), teaching.penalty)
            for fold in range(_FOLDS)]
        scores = torch.tensor([self._teachers[index % _FOLDS].score(text) for index, text in enumerate(texts)])
        truth = torch.tensor(labels)
        self._scale, self._offset = calibrate(scores, truth.float())
        taught = torch.sigmoid(scores * self._scale + self._offset)
        self.teacher_accuracy = ((taught > 0.5).long() == truth).double().mean().item()
        self._targets = (teaching.trust * truth + (1 - teaching.trust) * taught).tolist()
        self._sentences = [[_sentences(text) for text in texts[fold::_FOLDS]] for fold in range(_FOLDS)]

    def epoch(self) -> Iterator[tuple[list[str], float]]:
        """Texts with the probability of the second class: all the real ones, and newly made ones."""
        yield from zip(self._texts, self._targets)
        for _ in range(round(self._teaching.made * len(self._texts))):
            yield self._make()

    def _make(self) -> tuple[list[str], float]:
        """Sentences of two texts in any order, as many as a third text has."""
        fold = self._random.randrange(_FOLDS)
        first, second, third = (self._random.choice(self._sentences[fold]) for _ in range(3))
        pool = [sentence for sentence in first + second if self._random.random() < _KEPT_SENTENCES] or first[:]
        self._random.shuffle(pool)
        text = [word for sentence in pool[:max(1, len(third))] for word in sentence]
        return text, 1 / (1 + math.exp(-self._scale * self._teachers[fold].score(text) - self._offset))


def _others(items: list, fold: int) -> list:
    return [item for index, item in enumerate(items) if index % _FOLDS != fold]


def _sentences(text: list[str]) -> list[list[str]]:
    found: list[list[str]] = [[]]
    for word in text:
        found[-1].append(word)
        if word in _SENTENCE_ENDS and len(found[-1]) >= _SHORTEST_SENTENCE:
            found.append([])
    return [sentence for sentence in found if sentence]
