"""The network that finds shapes: one box and the classes' scores for each cell of 8 x 8 pixels."""

import torch
from torch import Tensor, nn
from torch.nn import functional

from pictures.generator import LABELS, SIDE
from pictures.layers import Block

_STRIDE = 8
_CELLS = SIDE // _STRIDE
# A cell answers for a shape if its centre is within this part of the shape's half width and height.
_CENTRAL = 0.4
_BOX_WEIGHT = 2.0


class Detector(nn.Module):
    """From [n, 3, 96, 96] to [n, 4 + classes, 144]: centre x, centre y, width, height in pixels, then scores from 0 to 1."""

    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            Block(3, 16, 2), Block(16, 32, 2), Block(32, 32), Block(32, 48, 2), Block(48, 48), Block(48, 48), Block(48, 48))
        self.head = nn.Conv2d(48, 4 + len(LABELS), 1)
        with torch.no_grad():
            # Most cells hold no shape; a start near their answer saves the first epochs.
            self.head.bias[4:] = -4.0
            self.head.bias[2:4] = 1.0
        places = (torch.arange(_CELLS) + 0.5) * _STRIDE
        self.register_buffer("centres", torch.stack([places.repeat(_CELLS), places.repeat_interleave(_CELLS)]))

    def raw(self, image: Tensor) -> Tensor:
        """Boxes in pixels and logits of the classes."""
        answer = self.head(self.layers(image)).flatten(2)
        return torch.cat([self.centres + _STRIDE * answer[:, :2], _STRIDE * answer[:, 2:4].clamp(max=4).exp(), answer[:, 4:]], dim=1)

    def forward(self, image: Tensor) -> Tensor:
        answer = self.raw(image)
        return torch.cat([answer[:, :4], answer[:, 4:].sigmoid()], dim=1)


def loss(model: Detector, inputs: Tensor, truth: list[tuple[Tensor, Tensor]]) -> Tensor:
    """`truth`: boxes [m, 4] and labels [m] of each picture."""
    answer = model.raw(inputs)
    targets = [_targets(model.centres, boxes, labels) for boxes, labels in truth]
    wanted, scores = (torch.stack(part) for part in zip(*targets))
    held = scores.amax(1) > 0
    count = held.sum().clamp(min=1)
    found = answer[:, :4].transpose(1, 2)[held]
    boxes = torch.cat([found[:, :2] - found[:, 2:] / 2, found[:, :2] + found[:, 2:] / 2], dim=1)
    overlaps = _generous_overlap(boxes, wanted.transpose(1, 2)[held])
    classes = functional.binary_cross_entropy_with_logits(answer[:, 4:], scores, reduction="sum")
    return (classes + _BOX_WEIGHT * (1 - overlaps).sum()) / count


def _targets(centres: Tensor, boxes: Tensor, labels: Tensor) -> tuple[Tensor, Tensor]:
    """The box [4, cells] that each cell should answer, and the scores [classes, cells]."""
    scores = torch.zeros(len(LABELS), centres.shape[1])
    if len(boxes) == 0:
        return torch.zeros(4, centres.shape[1]), scores
    middle, half = (boxes[:, :2] + boxes[:, 2:]) / 2, (boxes[:, 2:] - boxes[:, :2]) / 2
    away = ((centres.T[None] - middle[:, None]).abs() / half[:, None]).amax(2)
    central = away <= _CENTRAL
    # The nearest cell answers for a small shape, even if its centre is not central.
    central.scatter_(1, away.argmin(1, keepdim=True), True)
    nearest = away.masked_fill(~central, torch.inf).min(0)
    taken = central.any(0)
    scores[labels[nearest.indices[taken]], taken.nonzero()[:, 0]] = 1
    return boxes[nearest.indices].T, scores


def _generous_overlap(a: Tensor, b: Tensor) -> Tensor:
    """Generalised intersection over union of pairs of boxes: below 0 for boxes that are apart."""
    both = (torch.minimum(a[:, 2:], b[:, 2:]) - torch.maximum(a[:, :2], b[:, :2])).clamp(min=0).prod(1)
    either = (a[:, 2:] - a[:, :2]).prod(1) + (b[:, 2:] - b[:, :2]).prod(1) - both
    around = (torch.maximum(a[:, 2:], b[:, 2:]) - torch.minimum(a[:, :2], b[:, :2])).prod(1)
    return both / either - (around - either) / around
