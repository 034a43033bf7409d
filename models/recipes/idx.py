"""Reads IDX files, the format MNIST and its successors are published in."""

import gzip
import struct
from pathlib import Path

import numpy as np

_UNSIGNED_BYTE = 0x08


def read_idx(path: Path) -> np.ndarray:
    """The array in an IDX file of unsigned bytes, gzip-compressed if its name ends in .gz."""
    opener = gzip.open if path.suffix == ".gz" else open
    with opener(path, "rb") as file:
        zero, kind, rank = struct.unpack(">HBB", file.read(4))
        if zero != 0 or kind != _UNSIGNED_BYTE:
            raise ValueError(f"{path}: not an IDX file of unsigned bytes (magic {zero:#06x} {kind:#04x}, expected 0x0000 0x08)")
        shape = struct.unpack(f">{rank}I", file.read(4 * rank))
        values = np.frombuffer(file.read(), dtype=np.uint8)
    if values.size != np.prod(shape):
        raise ValueError(f"{path}: {values.size} bytes of data, expected {np.prod(shape)} for shape {shape}")
    return values.reshape(shape)


def read_split(folder: Path, prefix: str, suffix: str = "") -> tuple[np.ndarray, np.ndarray]:
    """Images [n, 28, 28] and labels [n] of one split; `prefix` is `train` or `t10k`."""
    images = read_idx(folder / f"{prefix}-images-idx3-ubyte{suffix}")
    labels = read_idx(folder / f"{prefix}-labels-idx1-ubyte{suffix}")
    if len(images) != len(labels):
        raise ValueError(f"{folder}: {len(images)} images but {len(labels)} labels in split {prefix}")
    return images, labels
