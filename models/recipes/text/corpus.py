"""Labelled texts, without duplicates, split by what they say."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field

TEST_PERCENT = 20
HELD_OUT_PERCENT = 10


@dataclass(frozen=True)
class Document:
    text: str
    label: int


@dataclass
class Corpus:
    """`train` fits weights and vocabulary, `held_out` makes every choice, `test` is read once."""
    train: list[Document] = field(default_factory=list)
    held_out: list[Document] = field(default_factory=list)
    test: list[Document] = field(default_factory=list)
    duplicates: int = 0


def split(documents: Iterable[Document]) -> Corpus:
    """Drops texts that differ from an earlier one in letter case and white space alone, then splits by a hash of what is left.

    The hash keeps a text in its part whatever becomes of the others, and whatever order they are read in.
    """
    corpus = Corpus()
    seen: set[bytes] = set()
    for document in documents:
        digest = hashlib.sha256(" ".join(document.text.lower().split()).encode("utf-8", "replace")).digest()
        if digest in seen:
            corpus.duplicates += 1
            continue
        seen.add(digest)
        place = int.from_bytes(digest[:8], "big") % 100
        if place < TEST_PERCENT:
            corpus.test.append(document)
        elif place < TEST_PERCENT + HELD_OUT_PERCENT:
            corpus.held_out.append(document)
        else:
            corpus.train.append(document)
    return corpus
