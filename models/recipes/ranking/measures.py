"""How well scores put the right passage first, and the baseline without a model."""

import math
from collections import Counter

import numpy as np

from ranking.pairs import Pair
from ranking.texts import TOKENIZER


def rarity(texts: list[list[str]]) -> dict[str, float]:
    counts = Counter(word for text in texts for word in set(text))
    return {word: math.log(len(texts) / count) for word, count in counts.items()}


def words_in_common(pairs: list[Pair], rarities: dict[str, float]) -> np.ndarray:
    """The share of the question's words that the passage has, each weighted by its rarity; an unseen word counts as the rarest."""
    most = max(rarities.values())
    scores = []
    for pair in pairs:
        question, passage = set(TOKENIZER.tokens(pair.question)), set(TOKENIZER.tokens(pair.passage))
        weights = {word: rarities.get(word, most) for word in question}
        scores.append(sum(weight for word, weight in weights.items() if word in passage) / sum(weights.values()))
    return np.array(scores)


def order(lists: list[np.ndarray]) -> dict[str, float]:
    """The right passage is the first of each list. A passage level with it counts as before it."""
    ranks = np.array([1 + (scores[1:] >= scores[0]).sum() for scores in lists])
    return {"mrr": float((1 / ranks).mean()), "first": float((ranks == 1).mean())}
