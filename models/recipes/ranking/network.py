"""The network that compares two parts of one sequence, word by word."""

from pathlib import Path

import onnx
import torch
from torch import Tensor, nn

from text.words import PADDING_ID, UNKNOWN_ID

OPSET = 15
_BELOW_ALL = -10000.0


class Matcher(nn.Module):
    """From ids, mask and types [n, length] to scores [n, 1]; padding changes nothing.

    Each word looks for its like in the other part: by what the words mean, and by being the same word. What a word and its likes have in
    common, and what not, is summed up for each part.
    """

    def __init__(self, words: int, width: int, dropout: float):
        super().__init__()
        self.embedding = nn.Embedding(words, width, padding_idx=PADDING_ID)
        self.around = nn.Conv1d(width, width, 3, padding=1)
        self.meaning = nn.Linear(width, width, bias=False)
        self.same = nn.Parameter(torch.tensor(2.0))
        self.compare = nn.Sequential(nn.Linear(4 * width + 1, width), nn.ReLU())
        self.dropout = nn.Dropout(dropout)
        self.judge = nn.Sequential(nn.Linear(4 * width, width), nn.ReLU(), nn.Linear(width, 1))

    def forward(self, ids: Tensor, mask: Tensor, types: Tensor) -> Tensor:
        held = mask.unsqueeze(2).float()
        words = self.dropout(self.embedding(ids)) * held
        words = words + self.around(words.transpose(1, 2)).transpose(1, 2).relu() * held
        across = (types.unsqueeze(1) != types.unsqueeze(2)) & (mask.unsqueeze(1) > 0)
        same = (ids.unsqueeze(1) == ids.unsqueeze(2)) & (ids.unsqueeze(1) != UNKNOWN_ID) & across
        meant = self.meaning(words)
        likeness = meant @ meant.transpose(1, 2) / words.shape[2] ** 0.5 + self.same * same.float()
        like = likeness.masked_fill(~across, _BELOW_ALL).softmax(2) @ words
        found = same.float().amax(2, keepdim=True)
        compared = self.compare(torch.cat([words, like, words * like, (words - like).abs(), found], dim=2))
        parts = []
        for kind in (0, 1):
            inside = held * (types == kind).unsqueeze(2).float()
            parts += [(compared * inside).sum(1) / inside.sum(1), (compared * inside).amax(1)]
        return self.judge(self.dropout(torch.cat(parts, dim=1)))


def write(model: Matcher, path: Path) -> None:
    """Inputs `ids`, `attention_mask` and `token_types` int64 [n, length], output `score` float32 [n, 1]."""
    inputs = ["ids", "attention_mask", "token_types"]
    example = (torch.tensor([[2, 4, 3, 5, 3]] * 2), torch.ones(2, 5, dtype=torch.long), torch.tensor([[0, 0, 0, 1, 1]] * 2))
    torch.onnx.export(
        model.eval(), example, str(path), opset_version=OPSET, input_names=inputs, output_names=["score"],
        dynamic_axes={**{name: {0: "batch", 1: "length"} for name in inputs}, "score": {0: "batch"}})
    onnx.checker.check_model(str(path), full_check=True)
