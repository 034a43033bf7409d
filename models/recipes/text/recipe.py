"""What one text model is: data, tokenizer, network, plan of training, golden texts, card."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from text.card import CardText
from text.corpus import Document
from text.lessons import Teaching
from text.required import Required
from text.training import Plan
from text.wide import WidePart
from text.words import Tokenizer

RECIPES = Path(__file__).resolve().parent.parent
CACHE = RECIPES / ".cache"


@dataclass(frozen=True)
class Recipe:
    name: str
    version: str
    description: str
    license: str
    labels: list[str]
    documents: Callable[[], Iterable[Document]]
    tokenizer: Tokenizer
    least_count: int
    most_words: int
    embedding: int
    hidden: int
    dropout: float
    plan: Plan
    teaching: Teaching
    seed: int
    required: Required
    golden: list[str]
    text: CardText
    # With a wide part, the held-out texts are trained on as well, and cross-validation chooses in their place.
    wide: WidePart | None = None
    elsewhere: tuple[str, Callable[[Path], Iterable[Document]]] | None = None
