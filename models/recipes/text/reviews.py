"""Reads the food reviews that reviews.R exports from the R package modeldata."""

import csv
from collections.abc import Iterator
from pathlib import Path

from text.corpus import Document

LABELS = ["great", "other"]


def read(path: Path) -> Iterator[Document]:
    """Every review, in the order of the file."""
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            yield Document(row["review"], LABELS.index(row["score"]))
