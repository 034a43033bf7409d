"""Reads the SpamAssassin public corpus as a caller would send it: subject and text, no transport headers."""

import email
import re
from collections.abc import Iterator
from email.errors import HeaderParseError
from email.header import decode_header
from email.message import Message
from pathlib import Path

from text.corpus import Document

LABELS = ["ham", "spam"]

_FOLDERS = {"easy-ham-1": 0, "easy-ham-2": 0, "hard-ham-1": 0, "spam-1": 1, "spam-2": 1}


def read(folder: Path) -> Iterator[Document]:
    """Every mail of the corpus, in the order of its file names; the label is the folder it lies in."""
    for name, label in _FOLDERS.items():
        paths = sorted((folder / name).glob("*.txt"))
        if not paths:
            raise FileNotFoundError(f"{folder / name}: no mails (*.txt); README.md says how to fetch them")
        for path in paths:
            yield Document(text_of(path.read_bytes()), label)


def text_of(raw: bytes) -> str:
    """Subject, a line break, then every text part (HTML as its source), transfer encoding and character set undone."""
    message = email.message_from_bytes(raw)
    parts = [_decode_part(part) for part in message.walk() if part.get_content_maintype() == "text"]
    return _decode_subject(message) + "\n" + "\n".join(parts)


def _decode_part(part: Message) -> str:
    payload = part.get_payload(decode=True) or b""
    return _decode(payload, part.get_content_charset())


def _decode_subject(message: Message) -> str:
    try:
        pieces = decode_header(message.get("Subject", ""))
    except HeaderParseError:
        return str(message.get("Subject", ""))
    text = "".join(_decode(piece, charset) if isinstance(piece, bytes) else piece for piece, charset in pieces)
    return re.sub(r"\s+", " ", text).strip()


def _decode(data: bytes, charset: str | None) -> str:
    """A mail that names no character set, or one nobody knows, is read as Windows-1252, what such mail of 2002 mostly was."""
    try:
        return data.decode(charset or "cp1252", "replace")
    except LookupError:
        return data.decode("cp1252", "replace")
