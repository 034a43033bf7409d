"""The network of the text classifiers: embedding, LSTM, pooling of both over the words of the text, one dense layer; in some a wide part beside them."""

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from text.lstm import BidirectionalLstm
from text.wide import Wide
from text.words import PADDING_ID

# Below every value of an LSTM or an embedding: what padding counts as where the greatest is sought.
BELOW_ALL = -1000.0

_FIRST_SPREAD = 0.1


@dataclass(frozen=True)
class Shape:
    words: int
    embedding: int
    hidden: int
    dropout: float
    classes: int


class TextClassifier(nn.Module):
    """From word ids [n, length] and lengths [n] to logits [n, classes]; what stands past a text's length changes nothing."""

    def __init__(self, shape: Shape):
        super().__init__()
        self.shape = shape
        self.embedding = nn.Embedding(shape.words, shape.embedding, padding_idx=PADDING_ID)
        with torch.no_grad():
            # Small, so that a word seen a few times says what it has learnt rather than what it began with.
            self.embedding.weight.mul_(_FIRST_SPREAD)
        self.lstm = BidirectionalLstm(shape.embedding, shape.hidden)
        self.dropout = nn.Dropout(shape.dropout)
        self.dense = nn.Linear(2 * (shape.embedding + 2 * shape.hidden), shape.classes)
        # Fitted by itself and put in once all else is trained; its score is added to the second label's logit.
        self.wide: Wide | None = None

    def forward(self, ids: Tensor, lengths: Tensor) -> Tensor:
        vectors = self.dropout(self.embedding(ids))
        # The vectors go round the LSTM as well: single words say much about such texts, and need not be carried through it.
        words = torch.cat([vectors, self.lstm(vectors, lengths)], dim=2)
        padding = (torch.arange(ids.shape[1]) >= lengths[:, None]).unsqueeze(2)
        mean = words.masked_fill(padding, 0).sum(1) / lengths[:, None]
        greatest = words.masked_fill(padding, BELOW_ALL).amax(1)
        logits = self.dense(self.dropout(torch.cat([mean, greatest], dim=1)))
        return logits if self.wide is None else logits + functional.pad(self.wide(ids, lengths)[:, None], (1, 0))
