"""The network of both text classifiers: embedding, LSTM, pooling over the words of the text, one dense layer."""

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from text.lstm import BidirectionalLstm
from text.words import PADDING_ID

# Below every value an LSTM gives (they lie within -1 and 1): what padding counts as where the greatest is sought.
BELOW_ALL = -2.0


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
        self.lstm = BidirectionalLstm(shape.embedding, shape.hidden)
        self.dropout = nn.Dropout(shape.dropout)
        self.dense = nn.Linear(4 * shape.hidden, shape.classes)

    def forward(self, ids: Tensor, lengths: Tensor) -> Tensor:
        signal = self.dropout(self.embedding(ids))
        states = self.lstm(signal, lengths)
        padding = (torch.arange(ids.shape[1]) >= lengths[:, None]).unsqueeze(2)
        mean = states.masked_fill(padding, 0).sum(1) / lengths[:, None]
        greatest = states.masked_fill(padding, BELOW_ALL).amax(1)
        return self.dense(self.dropout(torch.cat([mean, greatest], dim=1)))
