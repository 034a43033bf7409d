"""Texts to word ids: the tokenizer "words" of a package, the same token for token as the one that serves it (docs/models.md)."""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

PADDING = "[PAD]"
UNKNOWN = "[UNK]"
PADDING_ID = 0
UNKNOWN_ID = 1

_LONE_SURROGATE = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True)
class Tokenizer:
    """How a text is cut: every switch stands in the package's model.json."""
    max_length: int
    truncate: Literal["head", "tail", "head_tail"]
    digits: Literal["each", "as_is"] = "as_is"
    lowercase: bool = True
    strip_accents: bool = True

    def tokens(self, text: str) -> list[str]:
        """Runs of letters, marks and digits; each other visible character by itself."""
        found: list[str] = []
        run: list[str] = []
        for character in self._normalise(text):
            kind = unicodedata.category(character)[0]
            if kind in "LM" or (kind == "N" and self.digits == "as_is"):
                run.append(character)
                continue
            if run:
                found.append("".join(run))
                run.clear()
            if kind not in "ZC":
                found.append(character)
        if run:
            found.append("".join(run))
        return found

    def cut(self, tokens: list) -> list:
        """The tokens that are kept of a text longer than `max_length`."""
        most = self.max_length
        if len(tokens) <= most:
            return tokens
        if self.truncate == "head":
            return tokens[:most]
        if self.truncate == "tail":
            return tokens[-most:]
        head = (most + 1) // 2
        return tokens[:head] + tokens[len(tokens) - (most - head):]

    def _normalise(self, text: str) -> str:
        text = unicodedata.normalize("NFKC", _LONE_SURROGATE.sub("\ufffd", text))
        if self.lowercase:
            text = "".join(map(_lower, text))
        if self.strip_accents:
            decomposed = unicodedata.normalize("NFD", text)
            text = unicodedata.normalize("NFC", "".join(c for c in decomposed if unicodedata.category(c) != "Mn"))
        return text


class Vocabulary:
    """Words and their ids; a word that is not in it is [UNK]."""

    def __init__(self, words: list[str]):
        self.words = [PADDING, UNKNOWN, *words]
        self._ids = {word: index for index, word in enumerate(self.words)}

    @staticmethod
    def of(texts: Iterable[list[str]], least: int, most: int) -> "Vocabulary":
        """The words found at least `least` times, the `most` frequent of them; words level in frequency by code point."""
        counts = Counter(word for text in texts for word in text)
        order = sorted((word for word, count in counts.items() if count >= least), key=lambda word: (-counts[word], word))
        return Vocabulary(order[:most])

    def ids(self, tokens: list[str]) -> list[int]:
        """Never empty: a text without a token is one unknown word, so that no row of a batch has length 0."""
        return [self._ids.get(token, UNKNOWN_ID) for token in tokens] or [UNKNOWN_ID]

    def __len__(self) -> int:
        return len(self.words)


def _lower(character: str) -> str:
    """The simple mapping, one code point to one; the few that would become two stay as they are."""
    lower = character.lower()
    return lower if len(lower) == 1 else character
