"""Trains a 28x28 classifier: SGD with Nesterov momentum, one cycle of the learning rate, bfloat16 arithmetic, a checkpoint an epoch."""

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Callable

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional


@dataclass(frozen=True)
class Plan:
    epochs: int
    batch: int
    peak_rate: float
    weight_decay: float
    label_smoothing: float
    mean: float
    std: float
    augment: Callable[[Tensor], Tensor]


@dataclass(frozen=True)
class Split:
    images: Tensor
    labels: Tensor

    @staticmethod
    def of(images: np.ndarray, labels: np.ndarray) -> "Split":
        return Split(torch.from_numpy(images.copy()).unsqueeze(1), torch.from_numpy(labels.astype(np.int64)))

    def take(self, rows: Tensor) -> "Split":
        return Split(self.images[rows], self.labels[rows])


def hold_out(train: Split, count: int, seed: int) -> tuple[Split, Split]:
    """What is trained on, and `count` images left out of it on which every choice is made; the test split chooses nothing."""
    order = torch.randperm(len(train.labels), generator=torch.Generator().manual_seed(seed))
    return train.take(order[count:]), train.take(order[:count])


def train(model: nn.Module, plan: Plan, fitted: Split, held_out: Split, checkpoint: Path) -> None:
    """Trains `model` in place; goes on from `checkpoint` where an earlier run stopped."""
    model.to(memory_format=torch.channels_last)
    # Biases and normalisation are not decayed: shrinking them does not regularise.
    decayed = [weight for weight in model.parameters() if weight.ndim > 1]
    others = [weight for weight in model.parameters() if weight.ndim <= 1]
    optimizer = torch.optim.SGD(
        [{"params": decayed, "weight_decay": plan.weight_decay}, {"params": others}],
        lr=plan.peak_rate, momentum=0.9, nesterov=True)
    steps = len(fitted.labels) // plan.batch
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, plan.peak_rate, total_steps=plan.epochs * steps, pct_start=0.2, cycle_momentum=False)
    for epoch in range(_resume(checkpoint, model, optimizer, schedule), plan.epochs):
        started = time.monotonic()
        loss = _epoch(model, plan, fitted, optimizer, schedule)
        _save(checkpoint, epoch + 1, model, optimizer, schedule)
        held = accuracy(logits(model, held_out.images, plan.mean, plan.std), held_out.labels)
        print(f"epoch {epoch + 1}/{plan.epochs}  loss {loss:.4f}  held out {held:.2%}  {time.monotonic() - started:.0f} s", flush=True)


@torch.no_grad()
def logits(model: nn.Module, images: Tensor, mean: float, std: float) -> Tensor:
    """Logits [n, 10] of byte images [n, 1, 28, 28], in float32 as the exported file computes them."""
    model.eval()
    return torch.cat([model(normalise(part.float() / 255, mean, std)) for part in images.split(500)])


def normalise(images: Tensor, mean: float, std: float) -> Tensor:
    return (images - mean) / std


def accuracy(scores: Tensor, labels: Tensor) -> float:
    return (scores.argmax(1) == labels).double().mean().item()


def _epoch(model: nn.Module, plan: Plan, fitted: Split, optimizer, schedule) -> float:
    model.train()
    total = torch.zeros(())
    # The last, smaller batch is left out: its few images would weigh more than the others'.
    batches = [rows for rows in torch.randperm(len(fitted.labels)).split(plan.batch) if len(rows) == plan.batch]
    for rows in batches:
        images = plan.augment(fitted.images[rows].float() / 255)
        inputs = normalise(images, plan.mean, plan.std).contiguous(memory_format=torch.channels_last)
        with torch.autocast("cpu", dtype=torch.bfloat16):
            scores = model(inputs)
        loss = functional.cross_entropy(scores.float(), fitted.labels[rows], label_smoothing=plan.label_smoothing)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()
        schedule.step()
        total += loss.detach()
    return (total / len(batches)).item()


def _save(path: Path, epoch: int, model: nn.Module, optimizer, schedule) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(".partial")
    torch.save({
        "epoch": epoch, "model": model.state_dict(), "optimizer": optimizer.state_dict(),
        "schedule": schedule.state_dict(), "random": torch.get_rng_state()}, partial)
    partial.replace(path)


def _resume(path: Path, model: nn.Module, optimizer, schedule) -> int:
    if not path.exists():
        return 0
    state = torch.load(path)
    model.load_state_dict(state["model"])
    optimizer.load_state_dict(state["optimizer"])
    schedule.load_state_dict(state["schedule"])
    torch.set_rng_state(state["random"])
    return state["epoch"]
