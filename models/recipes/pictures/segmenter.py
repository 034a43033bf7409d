"""The network that gives each pixel a class: down to cells of 8 x 8 pixels and up again, with what each level knew on the way down."""

import torch
from torch import Tensor, nn
from torch.nn import functional

from pictures.layers import Block

_SHAPE_WEIGHT = 3.0


class Segmenter(nn.Module):
    """From [n, 3, 96, 96] to logits [n, classes, 96, 96]."""

    def __init__(self, classes: int) -> None:
        super().__init__()
        self.by_two = nn.Sequential(Block(3, 16, 2), Block(16, 16))
        self.by_four = nn.Sequential(Block(16, 24, 2), Block(24, 24))
        self.by_eight = nn.Sequential(Block(24, 40, 2), Block(40, 40), Block(40, 40))
        self.up_to_four = Block(40 + 24, 24)
        self.up_to_two = Block(24 + 16, 16)
        # Only for the training: without it, the network finds shapes but never learns to tell them apart.
        self.coarse = nn.Conv2d(40, classes, 1)
        # Each cell of 2 x 2 answers for its four pixels, which is cheaper than a level of single pixels.
        self.head = nn.Sequential(nn.Conv2d(16, 4 * classes, 1), nn.PixelShuffle(2))

    def forward(self, image: Tensor) -> Tensor:
        return self.both(image)[0]

    def both(self, image: Tensor) -> tuple[Tensor, Tensor]:
        """The logits of the pixels, and the features of the cells of 8 x 8."""
        by_two = self.by_two(image)
        by_four = self.by_four(by_two)
        by_eight = self.by_eight(by_four)
        signal = self.up_to_four(torch.cat([_twice(by_eight), by_four], dim=1))
        return self.head(self.up_to_two(torch.cat([_twice(signal), by_two], dim=1))), by_eight


def loss(model: Segmenter, inputs: Tensor, masks: Tensor) -> Tensor:
    """`masks` [n, 96, 96]: the class of each pixel. A cell has the class of its middle. Shapes cover few pixels, so these weigh more."""
    pixels, features = model.both(inputs)
    cells = model.coarse(features)
    weights = torch.full((pixels.shape[1],), _SHAPE_WEIGHT)
    weights[0] = 1
    return functional.cross_entropy(pixels, masks, weights) + functional.cross_entropy(cells, masks[:, 4::8, 4::8], weights)


def _twice(signal: Tensor) -> Tensor:
    return functional.interpolate(signal, scale_factor=2.0, mode="nearest")
