"""The wide part of a network: logistic regression over words and pairs of neighbours. It tells what the LSTM reads past: which few words stand together."""

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from text.logistic import regress

# Odd, and far from a power of two: pairs with a word in common spread over all buckets.
PAIR_FACTOR = 40503


@dataclass(frozen=True)
class WidePart:
    """`penalty` is that of its logistic regression; `folds` those of the cross-validation that says how much the part counts."""
    buckets: int
    penalty: float
    folds: int


class Wide(nn.Module):
    """From ids [n, length] and lengths [n] to scores [n].

    A score is the sum of the weights of the words and pairs in a text, each counted once however often it is there, over the root of their number.
    Pairs have their weights by hash, so some share one.
    """

    def __init__(self, words: int, buckets: int):
        super().__init__()
        self.words = words
        self.buckets = buckets
        # One more than there are words and buckets: the last stands for padding.
        self.weight = nn.Parameter(torch.zeros(words + buckets + 1))

    @property
    def nothing(self) -> int:
        return self.words + self.buckets

    def forward(self, ids: Tensor, lengths: Tensor) -> Tensor:
        places = torch.arange(ids.shape[1])
        pairs = functional.pad(self._pairs(ids), (0, 1))
        found = torch.cat([
            ids.masked_fill(places >= lengths[:, None], self.nothing),
            pairs.masked_fill(places >= lengths[:, None] - 1, self.nothing)], dim=1).sort(dim=1).values
        new = (functional.pad(found, (1, 0), value=-1)[:, :-1] < found) & (found < self.nothing)
        return self.weight[found].masked_fill(~new, 0).sum(1) / new.sum(1).sqrt()

    @torch.no_grad()
    def fit(self, texts: list[Tensor], labels: Tensor, penalty: float) -> float:
        """Fits the weights and returns the bias that goes with them."""
        bags = [torch.cat([ids, self._pairs(ids[None])[0]]).unique() for ids in texts]
        sizes = torch.tensor([len(bag) for bag in bags])
        rows = torch.arange(len(bags)).repeat_interleave(sizes)
        values = sizes.float().rsqrt().repeat_interleave(sizes)
        matrix = torch.sparse_coo_tensor(torch.stack([rows, torch.cat(bags)]), values, (len(bags), len(self.weight))).coalesce()
        with torch.enable_grad():
            weights, bias = regress(matrix, labels, penalty)
        self.weight.copy_(weights)
        return bias

    def _pairs(self, ids: Tensor) -> Tensor:
        return self.words + (ids[:, :-1] * PAIR_FACTOR + ids[:, 1:]) % self.buckets
