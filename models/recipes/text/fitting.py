"""From labelled texts to a trained network."""

from dataclasses import dataclass

from torch import Tensor

from text.corpus import Document
from text.graph import as_stored
from text.lessons import Lessons
from text.network import Shape, TextClassifier
from text.recipe import Recipe
from text.training import Encoded, logits, train
from text.words import Tokenizer, Vocabulary


@dataclass(frozen=True)
class Trained:
    model: TextClassifier
    vocabulary: Vocabulary
    tokenizer: Tokenizer

    def ids(self, text: str) -> list[int]:
        return self.vocabulary.ids(self.tokenizer.cut(self.tokenizer.tokens(text)))

    def encode(self, documents: list[Document]) -> Encoded:
        return Encoded.of([self.ids(document.text) for document in documents], [document.label for document in documents])

    def logits(self, documents: list[Document]) -> tuple[Tensor, Tensor]:
        """Logits and true labels."""
        encoded = self.encode(documents)
        return logits(self.model, encoded), encoded.labels


def fit(recipe: Recipe, documents: list[Document], held_out: list[Document]) -> tuple[Trained, float]:
    """The network trained on `documents`, its embedding rounded as it is stored, and how often its teacher is right."""
    tokenizer = recipe.tokenizer
    texts = [tokenizer.tokens(document.text) for document in documents]
    vocabulary = Vocabulary.of(texts, recipe.least_count, recipe.most_words)
    lessons = Lessons([tokenizer.cut(text) for text in texts], [d.label for d in documents], recipe.teaching, recipe.seed)
    print(f"{len(texts):,} texts, {len(vocabulary):,} words; teacher {lessons.teacher_accuracy:.2%}", flush=True)

    def encode() -> Encoded:
        taught = list(lessons.epoch())
        return Encoded.of([vocabulary.ids(tokenizer.cut(text)) for text, _ in taught], [target for _, target in taught])

    model = TextClassifier(Shape(len(vocabulary), recipe.embedding, recipe.hidden, recipe.dropout, len(recipe.labels)))
    trained = Trained(model, vocabulary, tokenizer)
    average = train(model, recipe.plan, encode, trained.encode(held_out) if held_out else None)
    return Trained(as_stored(average), vocabulary, tokenizer), lessons.teacher_accuracy
