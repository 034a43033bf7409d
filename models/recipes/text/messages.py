"""Reads the SMS Spam Collection, on which the mail filter is measured but not trained."""

from collections.abc import Iterator
from pathlib import Path

from text import mails
from text.corpus import Document


def read(path: Path) -> Iterator[Document]:
    """One message a line: label, tab, text."""
    for number, line in enumerate(path.read_text(encoding="utf-8", errors="replace").split("\n"), 1):
        if not line.strip():
            continue
        label, tab, text = line.partition("\t")
        if not tab or label not in mails.LABELS:
            raise ValueError(f"{path}, line {number}: starts with {label[:20]!r}, expected ham or spam and a tab")
        yield Document(text.rstrip("\r"), mails.LABELS.index(label))
