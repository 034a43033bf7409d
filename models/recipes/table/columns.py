"""The columns of a table: how a row becomes the numbers of a model, the same as the service does it (docs/models.md)."""

import csv
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np


@dataclass(frozen=True)
class Column:
    """A column of the manifest. `default` replaces a value that a row leaves out; without it, the value is required."""
    name: str
    type: Literal["number", "category", "bool"]
    values: tuple[str, ...] = ()
    default: float | str | bool | None = None

    def number(self, value: float | str | bool | None) -> float:
        """The value as the graph reads it: a category is its index in `values`, a bool is 0 or 1, an absent number is NaN."""
        value = self.default if value is None else value
        if value is None:
            raise ValueError(f"The column {self.name} is required.")
        return float(self.values.index(value)) if self.type == "category" else float(value)

    def declared(self) -> dict:
        """The column in `model.json`."""
        values = {"values": list(self.values)} if self.values else {}
        default = {} if self.default is None else {"default": self.default}
        return {"name": self.name, "type": self.type, **values, **default}


def encode(rows: list[dict], columns: list[Column]) -> np.ndarray:
    """Numbers float32 [rows, columns]."""
    return np.array([[column.number(row.get(column.name)) for column in columns] for row in rows], np.float32)


def read_rows(path: Path, columns: list[Column]) -> tuple[list[dict], list[dict]]:
    """The rows of a CSV file, typed as `columns` say, and their cells as text. An empty cell is absent."""
    with path.open(encoding="utf-8", newline="") as file:
        cells = list(csv.DictReader(file))
    return [{c.name: _typed(c, row[c.name]) for c in columns if row[c.name] != ""} for row in cells], cells


def _typed(column: Column, cell: str) -> float | str | bool:
    if column.type == "category":
        return cell
    return cell == "1" if column.type == "bool" else float(cell)
