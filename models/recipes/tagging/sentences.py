"""Sentences with the label of each token, and the entities that labels of tokens mean."""

import random
import re
from dataclasses import dataclass

from tagging.values import Values
from text.words import Tokenizer

KINDS = ["name", "city", "date", "amount"]
LABELS = ["O", *(f"{place}-{kind}" for kind in KINDS for place in "BI")]
_INSERTED = 0.15
_COMMON = """the a an of to in and that for is on was it with as his be at by her not have they this from had are but which you one
were all their there been if more when will would who so no she he we my our your me him them what about up out into
than then could some these two may first other new any only its do did has how can over very now such like well also
just even after before again still never always every each both few many most much own same where why because until
while during without within under between through against around off down near here away back yesterday today tomorrow
tonight later soon already maybe please thanks yes hello need needs want wants get gets got go goes went come came make
made take took give gave see saw know knew think thought find found tell told ask asked work worked seem feel leave left
put mean keep kept let begin help show hear play run move live believe bring happen write sit stand lose pay meet
include continue set learn change lead understand watch follow stop create speak read spend grow open walk win teach
offer remember consider appear buy serve die build stay fall reach kill raise pass sell decide return explain hope carry
break receive agree support hit produce eat cover catch draw choose cause point wish check sign start close""".split()
_SLOT = re.compile(r"\{(\w+)\}")
_LABELLED = {**{kind: kind for kind in KINDS}, "last": "name"}


@dataclass(frozen=True)
class Sentence:
    tokens: list[str]
    labels: list[int]


def make(templates: list[str], values: Values, seed: random.Random, tokenizer: Tokenizer, count: int) -> list[Sentence]:
    return [_fill(seed.choice(templates), values, tokenizer) for _ in range(count)]


def mix(sentences: list[Sentence], seed: random.Random, count: int) -> list[Sentence]:
    """Sentences put together from one to three pieces of others, with common words between their words.

    Otherwise the network would know a sentence by its pattern, and find nothing in sentences of other patterns.
    """
    return [_mixed(sentences, seed) for _ in range(count)]


def _mixed(sentences: list[Sentence], seed: random.Random) -> Sentence:
    tokens: list[str] = []
    labels: list[int] = []
    for _ in range(seed.randint(1, 3)):
        part = seed.choice(sentences)
        # Cuts never split an entity.
        length = len(part.labels)
        ends = [place for place in range(length + 1) if place == length or not LABELS[part.labels[place]].startswith("I-")]
        first, after = sorted(seed.sample(ends, 2))
        for index in range(first, after):
            if index in ends and seed.random() < _INSERTED:
                tokens.append(seed.choice(_COMMON))
                labels.append(0)
            tokens.append(part.tokens[index])
            labels.append(part.labels[index])
    return Sentence(tokens, labels)


def entities(labels: list[int]) -> set[tuple[str, int, int]]:
    """Kind, first token, token after the last. An I- without its B- begins an entity."""
    found, kind, start = set(), "", 0
    for index, label in enumerate([*labels, 0]):
        place, here = LABELS[label][0], LABELS[label][2:]
        if kind and (place != "I" or here != kind):
            found.add((kind, start, index))
            kind = ""
        if here and not kind:
            kind, start = here, index
    return found


def _fill(template: str, values: Values, tokenizer: Tokenizer) -> Sentence:
    # Pieces alternate: text, slot, text … A slot always stands beside space or punctuation, so tokens do not run over its ends.
    tokens: list[str] = []
    labels: list[int] = []
    for index, piece in enumerate(_SLOT.split(template)):
        kind = _LABELLED.get(piece, "") if index % 2 else ""
        words = tokenizer.tokens(values.draw(piece) if index % 2 else piece)
        tokens += words
        labels += [LABELS.index(f"{'I' if place else 'B'}-{kind}") if kind else 0 for place in range(len(words))]
    return Sentence(tokens, labels)
