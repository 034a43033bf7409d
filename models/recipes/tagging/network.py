"""The network that labels each token, and its ONNX graph, in which padding changes no answer."""

from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper
from torch import Tensor, nn

from text.graph import IR_VERSION, OPSET
from text.lstm import BidirectionalLstm
from text.words import PADDING_ID


class Tagger(nn.Module):
    """From word ids [n, length] and lengths [n] to logits [n, length, labels]; those past a text's length have no meaning."""

    def __init__(self, words: int, embedding: int, hidden: int, labels: int, dropout: float):
        super().__init__()
        self.embedding = nn.Embedding(words, embedding, padding_idx=PADDING_ID)
        self.lstm = BidirectionalLstm(embedding, hidden)
        self.dropout = nn.Dropout(dropout)
        self.dense = nn.Linear(2 * hidden, labels)

    def forward(self, ids: Tensor, lengths: Tensor) -> Tensor:
        return self.dense(self.dropout(self.lstm(self.dropout(self.embedding(ids)), lengths)))


def write(model: Tagger, path: Path) -> None:
    """Inputs `ids` and `attention_mask` int64 [n, length], output `logits` float32 [n, length, labels]."""
    lstm, hidden = model.lstm, model.dense.in_features // 2
    constants = {
        "embedding": _array(model.embedding.weight),
        "lstm_input": _array(lstm.input.transpose(1, 2)),
        "lstm_recurrent": _array(lstm.recurrent.transpose(1, 2)),
        # ONNX adds two biases, one for the input and one for the state; one is enough.
        "lstm_bias": _array(torch.cat([lstm.bias, torch.zeros_like(lstm.bias)], dim=2)[:, 0]),
        "dense_weight": _array(model.dense.weight.T),
        "dense_bias": _array(model.dense.bias),
        "words_axis": np.array([1], np.int64),
        "joined": np.array([0, 0, 2 * hidden], np.int64)}
    nodes = [
        helper.make_node("Gather", ["embedding", "ids"], ["vectors"]),
        helper.make_node("Transpose", ["vectors"], ["steps"], perm=[1, 0, 2]),
        helper.make_node("ReduceSum", ["attention_mask", "words_axis"], ["counts"], keepdims=0),
        helper.make_node("Cast", ["counts"], ["lengths"], to=TensorProto.INT32),
        helper.make_node(
            "LSTM", ["steps", "lstm_input", "lstm_recurrent", "lstm_bias", "lengths"], ["states"],
            hidden_size=hidden, direction="bidirectional"),
        # [length, 2, n, hidden] -> [n, length, 2 * hidden]
        helper.make_node("Transpose", ["states"], ["states_by_text"], perm=[2, 0, 1, 3]),
        helper.make_node("Reshape", ["states_by_text", "joined"], ["joined_states"]),
        helper.make_node("MatMul", ["joined_states", "dense_weight"], ["unshifted"]),
        helper.make_node("Add", ["unshifted", "dense_bias"], ["logits"])]
    graph = helper.make_graph(
        nodes, "tagger",
        [helper.make_tensor_value_info(name, TensorProto.INT64, ["batch", "length"]) for name in ("ids", "attention_mask")],
        [helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["batch", "length", model.dense.out_features])],
        [numpy_helper.from_array(array, name) for name, array in constants.items()])
    file = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], producer_name="")
    file.ir_version = IR_VERSION
    onnx.checker.check_model(file, full_check=True)
    onnx.save(file, str(path))


def _array(weight: Tensor) -> np.ndarray:
    return np.ascontiguousarray(weight.detach().numpy())
