"""How the texts of questions and passages become ids."""

from collections.abc import Iterable

from text.words import PADDING, UNKNOWN, Tokenizer, Vocabulary

START, SEPARATOR = "[CLS]", "[SEP]"
TOKENIZER = Tokenizer(max_length=128, truncate="head")


def vocabulary_of(texts: Iterable[list[str]]) -> Vocabulary:
    """The words found at least twice, after [PAD], [UNK], [CLS] and [SEP]."""
    return Vocabulary([START, SEPARATOR, *Vocabulary.of(texts, least=2, most=5000).words[2:]])


def manifest_section(inputs: list[str], pair: dict | None = None) -> dict:
    """The section `text` of model.json, for a graph whose inputs have the names of what they take."""
    return {
        "normalize": {"unicode": "nfkc", "lowercase": True, "strip_accents": True},
        "tokenizer": {
            "kind": "words", "vocabulary": "vocab.txt", "unknown": UNKNOWN, "padding": PADDING, "start": START, "end": SEPARATOR,
            "digits": TOKENIZER.digits},
        "max_length": TOKENIZER.max_length, "truncate": TOKENIZER.truncate, "pad": "longest",
        **({"pair": pair} if pair else {}),
        "inputs": {name: name for name in inputs}}
