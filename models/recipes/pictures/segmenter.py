"""The network that gives each pixel a class: down to cells of 8 x 8 pixels and up again, with what each level knew on the way down."""

import torch
from torch import Tensor, nn
from torch.nn import functional

from pictures.layers import Block


class Segmenter(nn.Module):
    """From [n, 3, 96, 96] to logits [n, classes, 96, 96]."""

    def __init__(self, classes: int) -> None:
        super().__init__()
        self.by_two = nn.Sequential(Block(3, 16, 2), Block(16, 16))
        self.by_four = nn.Sequential(Block(16, 24, 2), Block(24, 24))
        self.by_eight = nn.Sequential(Block(24, 40, 2), Block(40, 40), Block(40, 40))
        self.up_to_four = Block(40 + 24, 24)
        self.up_to_two = Block(24 + 16, 16)
        # Each cell of 2 x 2 answers for its four pixels, which is cheaper than a level of single pixels.
        self.head = nn.Sequential(nn.Conv2d(16, 4 * classes, 1), nn.PixelShuffle(2))

    def forward(self, image: Tensor) -> Tensor:
        by_two = self.by_two(image)
        by_four = self.by_four(by_two)
        signal = self.up_to_four(torch.cat([_twice(self.by_eight(by_four)), by_four], dim=1))
        return self.head(self.up_to_two(torch.cat([_twice(signal), by_two], dim=1)))


def _twice(signal: Tensor) -> Tensor:
    return functional.interpolate(signal, scale_factor=2.0, mode="nearest")
