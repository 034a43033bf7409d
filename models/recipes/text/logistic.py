"""Least loss by L-BFGS, and the logistic regressions that are fitted with it."""

from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn import functional


def least(parameters: list[Tensor], loss: Callable[[], Tensor], steps: int) -> None:
    """Moves `parameters` to where `loss` is least."""
    optimizer = torch.optim.LBFGS(parameters, max_iter=steps, line_search_fn="strong_wolfe")

    def step() -> Tensor:
        optimizer.zero_grad()
        value = loss()
        value.backward()
        return value

    optimizer.step(step)


def regress(matrix: Tensor, labels: Tensor, penalty: float, steps: int = 60) -> tuple[Tensor, float]:
    """Weights [columns] and bias for the rows of a sparse matrix; `penalty` is the weight of the squared weights against the loss summed over all rows."""
    weights = torch.zeros(matrix.shape[1], 1, requires_grad=True)
    bias = torch.zeros(1, requires_grad=True)
    truth = labels.float()[:, None]

    def loss() -> Tensor:
        value = functional.binary_cross_entropy_with_logits(torch.sparse.mm(matrix, weights) + bias, truth)
        return value + penalty / len(labels) * weights.square().sum()

    least([weights, bias], loss, steps)
    return weights.detach()[:, 0], bias.item()


def calibrate(scores: Tensor, labels: Tensor) -> tuple[float, float]:
    """Scale and offset that give the scores the least cross-entropy: its penalty makes a regression shy, the more so of the rarer class."""
    line = torch.tensor([1.0, 0.0], requires_grad=True)
    truth = labels.float()
    least([line], lambda: functional.binary_cross_entropy_with_logits(scores * line[0] + line[1], truth), steps=50)
    return line[0].item(), line[1].item()
