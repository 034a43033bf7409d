"""A network of two parts, the LSTM and the wide one, mixed as cross-validation finds best."""

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from text.corpus import Document
from text.fitting import Trained, fit
from text.logistic import calibrate
from text.recipe import Recipe
from text.wide import Wide

_FOLD_SEED = 1
_SHARES = 11


@dataclass(frozen=True)
class Scores:
    """Log-odds of the second label by each part, of texts it was not trained on; labels are 0 or 1."""
    lstm: Tensor
    wide: Tensor
    labels: Tensor


@dataclass(frozen=True)
class Mix:
    """The log-odds are lstm * the LSTM's + wide * the wide part's + offset; `share` is the LSTM's before the sum was calibrated."""
    lstm: float
    wide: float
    offset: float
    share: float

    def logits(self, scores: Scores) -> Tensor:
        odds = self.lstm * scores.lstm + self.wide * scores.wide + self.offset
        return torch.stack([torch.zeros_like(odds), odds], dim=1)


def alone(scores: Scores) -> tuple[Tensor, Tensor]:
    """Calibrated logits of the LSTM without the wide part, and of the wide part without the LSTM."""
    lstm, wide = calibrate(scores.lstm, scores.labels), calibrate(scores.wide, scores.labels)
    return Mix(lstm[0], 0, lstm[1], share=1).logits(scores), Mix(0, wide[0], wide[1], share=0).logits(scores)


def cross_validate(recipe: Recipe, documents: list[Document]) -> Scores:
    """Each fold's texts are scored by parts trained on the other folds."""
    folds = recipe.wide.folds
    lstm, wide = torch.zeros(len(documents)), torch.zeros(len(documents))
    for fold in range(folds):
        torch.manual_seed(_FOLD_SEED)
        rest = [document for index, document in enumerate(documents) if index % folds != fold]
        trained, _ = fit(recipe, rest, documents[fold::folds])
        logits, _ = trained.logits(documents[fold::folds])
        lstm[fold::folds] = logits[:, 1] - logits[:, 0]
        wide[fold::folds] = score_wide(recipe, trained, rest, documents[fold::folds])
    return Scores(lstm, wide, torch.tensor([document.label for document in documents]))


def score_wide(recipe: Recipe, trained: Trained, fitted: list[Document], scored: list[Document]) -> Tensor:
    part, bias = _fit_wide(recipe, trained, fitted)
    encoded = trained.encode(scored)
    with torch.no_grad():
        return torch.cat([part(ids[None], torch.tensor([len(ids)])) for ids in encoded.ids]) + bias


def choose(scores: Scores) -> Mix:
    """Of the shares 0, 0.1, … 1 the one with the fewest mistakes; of shares level in that, the one with the least cross-entropy."""
    lstm, wide = calibrate(scores.lstm, scores.labels), calibrate(scores.wide, scores.labels)
    found = []
    for share in torch.linspace(0, 1, _SHARES).tolist():
        mixed = share * (lstm[0] * scores.lstm + lstm[1]) + (1 - share) * (wide[0] * scores.wide + wide[1])
        scale, offset = calibrate(mixed, scores.labels)
        mix = Mix(
            scale * share * lstm[0], scale * (1 - share) * wide[0], scale * (share * lstm[1] + (1 - share) * wide[1]) + offset, share)
        logits = mix.logits(scores)
        mistakes = (logits.argmax(1) != scores.labels).sum().item()
        loss = functional.cross_entropy(logits, scores.labels).item()
        print(f"share of the LSTM {share:.1f}: {mistakes} mistakes, cross-entropy {loss:.4f}")
        found.append((mistakes, loss, mix))
    return min(found, key=lambda entry: entry[:2])[2]


@torch.no_grad()
def add_wide(recipe: Recipe, trained: Trained, documents: list[Document], mix: Mix) -> None:
    """Fits the wide part on `documents` and puts it into the network, both scaled so that the logits are the mix."""
    part, bias = _fit_wide(recipe, trained, documents)
    dense = trained.model.dense
    dense.weight.mul_(mix.lstm)
    dense.bias.mul_(mix.lstm)
    dense.bias[1] += mix.wide * bias + mix.offset
    part.weight.copy_((part.weight * mix.wide).half().float())
    trained.model.wide = part


def _fit_wide(recipe: Recipe, trained: Trained, documents: list[Document]) -> tuple[Wide, float]:
    part = Wide(len(trained.vocabulary), recipe.wide.buckets)
    encoded = trained.encode(documents)
    return part, part.fit(encoded.ids, encoded.labels, recipe.wide.penalty)
