"""Pairs of a question and a passage, those for the training and lists of candidates for the test."""

import hashlib
import random
from dataclasses import dataclass

from ranking.sentences import ARTICLES, TOPICS

_TEST_PERCENT = 25
CANDIDATES = 20
_KEPT_QUESTIONS, _KEPT_PASSAGES = 2, 1


@dataclass(frozen=True)
class Pair:
    question: str
    passage: str
    answers: bool


class Pairs:
    """A passage answers a question if topic and article are the same. Some topics of each article are kept for the test."""

    def __init__(self, seed: int):
        self._random = random.Random(seed)
        self._subjects = [(topic, article) for topic in TOPICS for article in range(len(ARTICLES))]
        self._train = [subject for subject in self._subjects if not _is_kept(subject)]
        self._test = [subject for subject in self._subjects if _is_kept(subject)]

    def train(self, count: int) -> list[Pair]:
        """Half of them are right. A wrong passage has the same article, the same topic, or neither."""
        pairs = []
        for index in range(count):
            subject = self._random.choice(self._train)
            other = subject if index % 2 else self._other(subject, self._train, self._random.choice(["article", "topic", "neither"]))
            pairs.append(Pair(self._question(subject, False), self._passage(other, False), other == subject))
        return pairs

    def right(self, topics: int, articles: int) -> list[Pair]:
        """A right pair for each of so many topics with each of so many articles, without those that are kept for the test.

        Each pair's passage is wrong for every other question, and many have the same topic or the same article.
        """
        chosen = set(self._random.sample(list(TOPICS), topics)), set(self._random.sample(range(len(ARTICLES)), articles))
        return [
            Pair(self._question(subject, False), self._passage(subject, False), True)
            for subject in self._train if subject[0] in chosen[0] and subject[1] in chosen[1]]

    def candidates(self, count: int, new_sentences: bool) -> list[list[Pair]]:
        """Lists of a question with 20 passages, the first of which answers it: seven others have its article, seven its topic."""
        return [self._list(self._random.choice(self._test), new_sentences) for _ in range(count)]

    def _list(self, subject: tuple[str, int], new: bool) -> list[Pair]:
        question = self._question(subject, new)
        kinds = ["article"] * 7 + ["topic"] * 7 + ["neither"] * 5
        others = [self._other(subject, self._subjects, kind) for kind in kinds]
        return [Pair(question, self._passage(other, new), other == subject) for other in (subject, *others)]

    def _other(self, subject: tuple[str, int], among: list[tuple[str, int]], same: str) -> tuple[str, int]:
        return self._random.choice([
            (topic, article) for topic, article in among
            if (article == subject[1]) == (same == "article") and (topic == subject[0]) == (same == "topic")])

    def _question(self, subject: tuple[str, int], new: bool) -> str:
        questions = TOPICS[subject[0]][0].splitlines()
        return self._fill(questions[-_KEPT_QUESTIONS:] if new else questions[:-_KEPT_QUESTIONS], subject)

    def _passage(self, subject: tuple[str, int], new: bool) -> str:
        passages = TOPICS[subject[0]][1].splitlines()
        return self._fill(passages[-_KEPT_PASSAGES:] if new else passages[:-_KEPT_PASSAGES], subject)

    def _fill(self, sentences: list[str], subject: tuple[str, int]) -> str:
        return self._random.choice(sentences).replace("{p}", self._random.choice(ARTICLES[subject[1]]))


def _is_kept(subject: tuple[str, int]) -> bool:
    name = f"{subject[0]} {ARTICLES[subject[1]][0]}"
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big") % 100 < _TEST_PERCENT
