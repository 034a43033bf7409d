"""The network of both 28x28 classifiers: three blocks of two 3x3 convolutions, each block pooled, then one dense layer."""

import torch
from torch import nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

CLASSES = 10
SIDE = 28


def build(widths: tuple[int, int, int], dropout: float) -> nn.Sequential:
    """A network from grey images [n, 1, 28, 28] to logits [n, 10]; `widths` are the channels of the three blocks."""
    layers: list[nn.Module] = []
    channels = 1
    for width in widths:
        layers += _convolution(channels, width) + _convolution(width, width) + [nn.MaxPool2d(2)]
        channels = width
    # 28 -> 14 -> 7 -> 3: three poolings leave 3 x 3 cells.
    layers += [nn.Flatten(), nn.Dropout(dropout), nn.Linear(channels * 9, CLASSES)]
    return nn.Sequential(*layers)


def fold_batch_norm(model: nn.Sequential) -> nn.Sequential:
    """The same function with every batch normalisation folded into the convolution before it, ready to be exported."""
    folded: list[nn.Module] = []
    for layer in model.eval():
        if isinstance(layer, nn.BatchNorm2d):
            folded[-1] = fuse_conv_bn_eval(folded[-1], layer)
        elif not isinstance(layer, nn.Dropout):
            folded.append(layer)
    return nn.Sequential(*folded).eval()


def mega_flops(model: nn.Sequential) -> float:
    """Floating-point operations of one image in millions: two for every multiply-accumulate of a convolution or dense layer."""
    total = 0
    signal = torch.zeros(1, 1, SIDE, SIDE)
    with torch.no_grad():
        for layer in model:
            signal = layer(signal)
            if isinstance(layer, (nn.Conv2d, nn.Linear)):
                cells = signal[0, 0].numel() if isinstance(layer, nn.Conv2d) else 1
                total += 2 * layer.weight.numel() * cells
    return total / 1e6


def _convolution(inputs: int, outputs: int) -> list[nn.Module]:
    return [nn.Conv2d(inputs, outputs, 3, padding=1, bias=False), nn.BatchNorm2d(outputs), nn.ReLU(inplace=True)]
