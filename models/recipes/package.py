"""Writes a model package: the folder PerCall publishes, with model.json naming every file and its SHA-256."""

import hashlib
import json
import shutil
import textwrap
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

_CARD_WIDTH = 138


@dataclass(frozen=True)
class Example:
    """One line of golden.jsonl: an image and what the model says of it, best first."""
    name: str
    pixels: np.ndarray
    predictions: list[tuple[str, float]]


@dataclass(frozen=True)
class TextExample:
    """One line of golden.jsonl: a text, its word ids after cutting, and what the model says of it, best first."""
    text: str
    ids: list[int]
    predictions: list[tuple[str, float]]


def create_folder(folder: Path) -> Path:
    """An empty folder: nothing of an earlier run may stay in a package."""
    if folder.exists():
        shutil.rmtree(folder)
    folder.mkdir(parents=True)
    return folder


def write_labels(folder: Path, labels: list[str]) -> None:
    write_lines(folder, "labels.txt", labels)


def write_golden(folder: Path, examples: list[Example], tolerance: float) -> None:
    (folder / "samples").mkdir()
    lines = []
    for example in examples:
        image = f"samples/{example.name}.png"
        Image.fromarray(example.pixels, mode="L").save(folder / image, optimize=True)
        lines.append(json.dumps({"image": image, "predictions": _scores(example.predictions), "tolerance": tolerance}))
    write_lines(folder, "golden.jsonl", lines)


def write_golden_texts(folder: Path, examples: list[TextExample], tolerance: float) -> None:
    write_lines(folder, "golden.jsonl", [
        json.dumps({"text": example.text, "ids": example.ids, "predictions": _scores(example.predictions), "tolerance": tolerance})
        for example in examples])


def write_golden_lines(folder: Path, examples: list[dict]) -> None:
    """Examples of tasks whose answer is neither labels of a picture nor of a text, each as its line says."""
    write_lines(folder, "golden.jsonl", [json.dumps(example, ensure_ascii=False) for example in examples])


def write_lines(folder: Path, name: str, lines: list[str]) -> None:
    _write(folder / name, "".join(f"{line}\n" for line in lines))


def write_card(folder: Path, text: str) -> None:
    _write(folder / "card.md", text)


def write_wrapped_card(folder: Path, text: str) -> None:
    """Writes a card whose paragraphs and list items are broken into lines of equal length; tables and headings stay as they are."""
    blocks: list[list[str]] = []
    for line in text.splitlines():
        stays = line == "" or line[0] in "#|"
        if stays or not blocks or blocks[-1][0] == "" or blocks[-1][0][0] in "#|" or line.startswith("- "):
            blocks.append([line])
        else:
            blocks[-1].append(line.strip())
    wrapped = [_wrap(" ".join(block)) for block in blocks]
    write_card(folder, "\n".join(wrapped) + "\n")


def _wrap(text: str) -> str:
    if text == "" or text[0] in "#|":
        return text
    return textwrap.fill(
        text, _CARD_WIDTH, subsequent_indent="  " if text.startswith("- ") else "", break_long_words=False, break_on_hyphens=False)


def write_manifest(folder: Path, manifest: dict) -> None:
    """Writes model.json last: `files` is taken from what stands in the folder by then."""
    files = {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*")) if path.is_file() and path != folder / "model.json"}
    _write(folder / "model.json", json.dumps({"schema": 1, **manifest, "files": files}, indent=2) + "\n")


def _scores(predictions: list[tuple[str, float]]) -> list[dict]:
    return [{"label": label, "score": round(score, 6)} for label, score in predictions]


def _write(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8", newline="\n")
