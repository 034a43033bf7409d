"""The network that turns a text into a vector, so that a question is near the passages that answer it."""

from pathlib import Path

import onnx
import torch
from torch import Tensor, nn
from torch.nn import functional

from ranking.network import OPSET
from text.words import PADDING_ID


class Encoder(nn.Module):
    """From ids and mask [n, length] to a vector per token [n, length, values]; those of padding are 0.

    A token's vector is longer or shorter by how much it says about the text.
    """

    def __init__(self, words: int, width: int, values: int, dropout: float):
        super().__init__()
        self.embedding = nn.Embedding(words, width, padding_idx=PADDING_ID)
        self.around = nn.Conv1d(width, width, 3, padding=1)
        self.weight = nn.Linear(width, 1)
        self.dense = nn.Linear(width, values)
        self.dropout = nn.Dropout(dropout)

    def forward(self, ids: Tensor, mask: Tensor) -> Tensor:
        held = mask.unsqueeze(2).float()
        words = self.dropout(self.embedding(ids)) * held
        # The convolution sees 0 past a text's end, whether the batch ends there or not.
        words = words + self.dropout(self.around(words.transpose(1, 2)).transpose(1, 2).relu()) * held
        return self.dense(words) * self.weight(words).sigmoid() * held


def pooled(states: Tensor, mask: Tensor) -> Tensor:
    """The mean of each text's tokens [n, values], without padding."""
    held = mask.unsqueeze(2).float()
    return (states * held).sum(1) / held.sum(1)


def cut(vectors: Tensor, values: int) -> Tensor:
    """The first so many values of each vector, scaled to length 1."""
    return functional.normalize(vectors[:, :values], dim=1)


def write(model: Encoder, path: Path) -> None:
    """Inputs `ids` and `attention_mask` int64 [n, length], output `states` float32 [n, length, values]."""
    inputs = ["ids", "attention_mask"]
    torch.onnx.export(
        model.eval(), (torch.tensor([[2, 4, 5, 3]] * 2), torch.ones(2, 4, dtype=torch.long)), str(path), opset_version=OPSET,
        input_names=inputs, output_names=["states"], dynamic_axes={name: {0: "batch", 1: "length"} for name in [*inputs, "states"]})
    file = onnx.load(str(path))
    # The exporter does not see how many values a state has.
    file.graph.output[0].type.tensor_type.shape.dim[2].dim_value = model.dense.out_features
    onnx.checker.check_model(file, full_check=True)
    onnx.save(file, str(path))
