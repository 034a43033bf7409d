"""Random changes to a batch of training images [n, 1, h, w] in 0..1; the background of both data sets is 0."""

import math

import torch
from torch import Tensor
from torch.nn import functional


def flip(images: Tensor) -> Tensor:
    """Mirrors every second image, by chance, left to right."""
    mirrored = torch.rand(len(images), 1, 1, 1) < 0.5
    return torch.where(mirrored, images.flip(3), images)


def shift(images: Tensor, most: int) -> Tensor:
    """Moves each image by up to `most` pixels along both axes."""
    count, _, height, width = images.shape
    padded = functional.pad(images, (most,) * 4)
    rows = torch.arange(height) + torch.randint(0, 2 * most + 1, (count, 1))
    columns = torch.arange(width) + torch.randint(0, 2 * most + 1, (count, 1))
    picked = padded[torch.arange(count)[:, None, None], 0, rows[:, :, None], columns[:, None, :]]
    return picked.unsqueeze(1)


def erase(images: Tensor, share: float, least: int, most: int) -> Tensor:
    """Blanks one rectangle, each side `least` to `most` pixels, in a `share` of the images."""
    count, _, height, width = images.shape
    inside = _span(count, height, least, most)[:, None, :, None] & _span(count, width, least, most)[:, None, None, :]
    chosen = torch.rand(count, 1, 1, 1) < share
    return images.masked_fill(inside & chosen, 0)


def warp(images: Tensor, degrees: float, stretch: float, shear: float, most: float) -> Tensor:
    """Turns by up to `degrees`, scales each axis by 1 ± `stretch`, shears by up to `shear` and moves by up to `most` pixels."""
    count, _, height, _ = images.shape

    def uniform(limit: float) -> Tensor:
        return (torch.rand(count) * 2 - 1) * limit

    angle = uniform(math.radians(degrees))
    across, down, slant = 1 + uniform(stretch), 1 + uniform(stretch), uniform(shear)
    move = 2 * most / height
    top = torch.stack([angle.cos() * across, (slant - angle.sin()) * down, uniform(move)], dim=1)
    bottom = torch.stack([angle.sin() * across, angle.cos() * down, uniform(move)], dim=1)
    grid = functional.affine_grid(torch.stack([top, bottom], dim=1), list(images.shape), align_corners=False)
    return functional.grid_sample(images, grid, align_corners=False)


def _span(count: int, length: int, least: int, most: int) -> Tensor:
    size = torch.randint(least, most + 1, (count, 1))
    start = (torch.rand(count, 1) * (length - size + 1)).long()
    place = torch.arange(length)
    return (place >= start) & (place < start + size)
