"""Makes a classifier's scores mean what they say: label smoothing leaves them too low, overfitting too high."""

import torch
from torch import Tensor, nn
from torch.nn import functional


def fit_temperature(logits: Tensor, labels: Tensor) -> float:
    """The number that, dividing the logits, gives the least cross-entropy; to be fitted on held-out examples."""
    candidates = torch.linspace(0.25, 4, 751)
    losses = torch.stack([functional.cross_entropy(logits / temperature, labels) for temperature in candidates])
    return candidates[losses.argmin()].item()


@torch.no_grad()
def divide_logits(dense: nn.Linear, temperature: float) -> None:
    """Divides the logits by `temperature` within the last layer: no label changes, and nothing is left to do when the model is served."""
    dense.weight.div_(temperature)
    dense.bias.div_(temperature)
