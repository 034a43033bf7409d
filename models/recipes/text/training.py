"""Trains a text classifier: AdamW, one cycle of the learning rate, words left out by chance, and an average of the weights as the result."""

import copy
import ctypes
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional
from torch.nn.utils.rnn import pad_sequence

from text.network import TextClassifier
from text.words import PADDING_ID, UNKNOWN_ID

_GRADIENT_LIMIT = 1.0
# Batches are cut from this many of them sorted by length: little padding, and still other neighbours every epoch.
_SORTED_BATCHES = 20


@dataclass(frozen=True)
class Plan:
    epochs: int
    batch: int
    peak_rate: float
    weight_decay: float
    word_dropout: float
    class_weights: tuple[float, ...]
    averaging: float


@dataclass(frozen=True)
class Encoded:
    """Texts as word ids, each of its own length, with the probabilities of their labels [n, classes]."""
    ids: list[Tensor]
    targets: Tensor

    @staticmethod
    def of(ids: list[list[int]], labels: list[float]) -> "Encoded":
        """`labels` are 0 or 1, or the probability of 1."""
        second = torch.tensor(labels, dtype=torch.float32)
        return Encoded([torch.tensor(text) for text in ids], torch.stack([1 - second, second], dim=1))

    @property
    def labels(self) -> Tensor:
        return self.targets.argmax(1)


def train(model: TextClassifier, plan: Plan, lessons: Callable[[], Encoded], held_out: Encoded | None) -> TextClassifier:
    """Trains `model` on what `lessons` gives for each epoch, always as many texts, and returns
    the moving average of its weights, which is steadier than the last of them."""
    _keep_memory()
    fitted = lessons()
    steps = -(-len(fitted.ids) // plan.batch)
    optimizer = torch.optim.AdamW(model.parameters(), lr=plan.peak_rate, weight_decay=plan.weight_decay, betas=(0.9, 0.98))
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, plan.peak_rate, total_steps=plan.epochs * steps, pct_start=0.2, cycle_momentum=False)
    average = copy.deepcopy(model)
    weights = torch.tensor(plan.class_weights)
    done = 0
    for epoch in range(plan.epochs):
        started, total = time.monotonic(), 0.0
        if epoch > 0:
            fitted = lessons()
        model.train()
        for rows in _batches(fitted, plan.batch):
            ids, lengths = _pad(fitted, rows)
            left_out = (torch.rand(ids.shape) < plan.word_dropout) & (ids != PADDING_ID)
            scores = model(ids.masked_fill(left_out, UNKNOWN_ID), lengths)
            loss = functional.cross_entropy(scores, fitted.targets[rows], weights)
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), _GRADIENT_LIMIT)
            optimizer.step()
            schedule.step()
            done += 1
            # The first weights are poor: their share in the average is kept small until there are enough later ones.
            _move(average, model, 1 - min(plan.averaging, done / (10 + done)))
            total += loss.item()
        held = "" if held_out is None else f"held out {(logits(average, held_out).argmax(1) == held_out.labels).double().mean().item():.2%}  "
        print(f"epoch {epoch + 1}/{plan.epochs}  loss {total / steps:.4f}  {held}{time.monotonic() - started:.0f} s", flush=True)
    return average


@torch.no_grad()
def logits(model: TextClassifier, texts: Encoded, batch: int = 64) -> Tensor:
    """Logits [n, classes] in the order of the texts."""
    model.eval()
    order = torch.tensor([len(ids) for ids in texts.ids]).argsort(stable=True)
    scores = torch.cat([model(*_pad(texts, rows)) for rows in order.split(batch)])
    return scores[order.argsort()]


def _batches(texts: Encoded, size: int) -> list[Tensor]:
    lengths = torch.tensor([len(ids) for ids in texts.ids])
    found: list[Tensor] = []
    for part in torch.randperm(len(lengths)).split(size * _SORTED_BATCHES):
        found += part[lengths[part].argsort(stable=True)].split(size)
    return [found[index] for index in torch.randperm(len(found)).tolist()]


def _pad(texts: Encoded, rows: Tensor) -> tuple[Tensor, Tensor]:
    ids = [texts.ids[row] for row in rows.tolist()]
    return pad_sequence(ids, batch_first=True, padding_value=PADDING_ID), torch.tensor([len(text) for text in ids])


@torch.no_grad()
def _move(average: TextClassifier, model: TextClassifier, share: float) -> None:
    for kept, new in zip(average.parameters(), model.parameters()):
        kept.lerp_(new, share)


def _keep_memory() -> None:
    """Keeps freed blocks in the process: glibc gives large ones back to the system at once, and fetching them
    anew every step takes twice the time of the arithmetic."""
    torch.set_flush_denormal(True)
    if sys.platform == "linux":
        trim_threshold, map_threshold = -1, -3
        library = ctypes.CDLL(None)
        library.mallopt(trim_threshold, 2**31 - 1)
        library.mallopt(map_threshold, 2**30)
