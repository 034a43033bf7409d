"""Generates pictures of circles, squares and triangles on noisy backgrounds, with their boxes and the class of each pixel."""

from dataclasses import dataclass

import numpy as np

SIDE = 96
LABELS = ["circle", "square", "triangle"]
_SMALLEST, _LARGEST = 10.0, 44.0
_MOST = 4
# A colour this near to the background's would hide the shape in the noise.
_LEAST_CONTRAST = 70.0
_OVERLAP = 0.1
_ROWS, _COLUMNS = np.mgrid[0:SIDE, 0:SIDE].astype(np.float32) + 0.5


@dataclass(frozen=True)
class Picture:
    """`pixels` uint8 [96, 96, 3]; `labels` [n] and `boxes` [n, 4] (left, top, right, bottom in pixels); `mask` uint8 [96, 96]:
    0 for the background, else the label's index plus 1."""
    pixels: np.ndarray
    labels: np.ndarray
    boxes: np.ndarray
    mask: np.ndarray


def generate(count: int, seed: int) -> list[Picture]:
    random = np.random.default_rng(seed)
    return [_picture(random) for _ in range(count)]


def _picture(random: np.random.Generator) -> Picture:
    ground = random.uniform(20, 235, 3)
    pixels = _background(random, ground)
    mask = np.zeros((SIDE, SIDE), np.uint8)
    labels: list[int] = []
    boxes: list[np.ndarray] = []
    for _ in range(random.integers(0 if random.random() < 0.1 else 1, _MOST + 1)):
        label = int(random.integers(len(LABELS)))
        coverage, box = _shape(random, label)
        if any(_share(box, other) > _OVERLAP for other in boxes):
            continue
        colour = _colour(random, ground) + random.normal(0, random.uniform(0, 10), (SIDE, SIDE, 1))
        pixels += coverage[..., None] * (colour - pixels)
        mask[coverage >= 0.5] = label + 1
        labels.append(label)
        boxes.append(box)
    pixels += random.normal(0, random.uniform(0, 12), pixels.shape)
    return Picture(
        pixels.round().clip(0, 255).astype(np.uint8), np.array(labels, int), np.array(boxes, np.float32).reshape(-1, 4), mask)


def _background(random: np.random.Generator, ground: np.ndarray) -> np.ndarray:
    """A slope of brightness, soft patches, and up to three lines, which belong to no class."""
    slope = random.uniform(-0.3, 0.3, 2)
    coarse = random.normal(0, random.uniform(0, 12), (SIDE // 12, SIDE // 12, 3)).repeat(12, 0).repeat(12, 1)
    pixels = ground + coarse + ((_COLUMNS - SIDE / 2) * slope[0] + (_ROWS - SIDE / 2) * slope[1])[..., None]
    for _ in range(random.integers(0, 4)):
        angle, through, width = random.uniform(0, np.pi), random.uniform(0, SIDE, 2), random.uniform(0.5, 1.5)
        distance = np.abs((_COLUMNS - through[0]) * np.sin(angle) - (_ROWS - through[1]) * np.cos(angle))
        pixels += (width - distance + 0.5).clip(0, 1)[..., None] * (random.uniform(0, 255, 3) - pixels)
    return pixels


def _colour(random: np.random.Generator, ground: np.ndarray) -> np.ndarray:
    while True:
        colour = random.uniform(0, 255, 3)
        if np.abs(colour - ground).max() >= _LEAST_CONTRAST:
            return colour


def _shape(random: np.random.Generator, label: int) -> tuple[np.ndarray, np.ndarray]:
    """How much of each pixel the shape covers [96, 96], and its box. The shape lies in the picture completely."""
    size, angle = random.uniform(_SMALLEST, _LARGEST), random.uniform(0, 2 * np.pi)
    if label == 0:
        reach = np.array([[-size, -size], [size, size]]) / 2
    else:
        corners = 4 if label == 1 else 3
        turns = angle + np.arange(corners) * 2 * np.pi / corners
        reach = np.stack([np.cos(turns), np.sin(turns)], axis=1) * size / 2
    low, high = reach.min(0), reach.max(0)
    centre = random.uniform(-low + 1, SIDE - 1 - high)
    right, down = _COLUMNS - centre[0], _ROWS - centre[1]
    if label == 0:
        inside = size / 2 - np.hypot(right, down)
    else:
        # The distance to the nearest side: sides lie half-way between two corners, this far from the centre.
        sides = turns + np.pi / corners
        inside = size / 2 * np.cos(np.pi / corners) - np.max([right * np.cos(s) + down * np.sin(s) for s in sides], axis=0)
    return (inside + 0.5).clip(0, 1), np.concatenate([centre + low, centre + high])


def _share(a: np.ndarray, b: np.ndarray) -> float:
    """The share of the smaller box that lies in the other."""
    width, height = np.minimum(a[2:], b[2:]) - np.maximum(a[:2], b[:2])
    smaller = min((a[2] - a[0]) * (a[3] - a[1]), (b[2] - b[0]) * (b[3] - b[1]))
    return max(width, 0) * max(height, 0) / smaller
