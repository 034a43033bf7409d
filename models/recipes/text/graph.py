"""Writes the trained network as an ONNX graph whose answer for a text depends on neither its padding nor the other texts of the batch.

Built node by node: PyTorch's exporter knows nothing of the LSTM of lstm.py.
"""

from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper

from text import wide_graph
from text.network import BELOW_ALL, TextClassifier

OPSET = 17
# The oldest IR version that opset 17 may stand in, for runtimes older than the ONNX package that writes the file.
IR_VERSION = 8


def write_graph(model: TextClassifier, path: Path) -> None:
    """Inputs `ids` and `attention_mask` int64 [n, length], output `logits` float32 [n, classes]."""
    shape, lstm = model.shape, model.lstm
    constants = {
        "embedding": _array(model.embedding.weight).astype(np.float16),
        "lstm_input": _array(lstm.input.transpose(1, 2)),
        "lstm_recurrent": _array(lstm.recurrent.transpose(1, 2)),
        # ONNX adds two biases, one for the input and one for the state; one is enough.
        "lstm_bias": _array(torch.cat([lstm.bias, torch.zeros_like(lstm.bias)], dim=2)[:, 0]),
        "dense_weight": _array(model.dense.weight),
        "dense_bias": _array(model.dense.bias),
        "words_axis": np.array([1], np.int64),
        "last_axis": np.array([2], np.int64),
        "joined": np.array([0, 0, 2 * shape.hidden], np.int64),
        "zero": np.array(0, np.float32),
        "below_all": np.array(BELOW_ALL, np.float32)}
    nodes = [
        helper.make_node("Gather", ["embedding", "ids"], ["halves"]),
        helper.make_node("Cast", ["halves"], ["vectors"], to=TensorProto.FLOAT),
        helper.make_node("Transpose", ["vectors"], ["steps"], perm=[1, 0, 2]),
        helper.make_node("ReduceSum", ["attention_mask", "words_axis"], ["counts"], keepdims=0),
        helper.make_node("Cast", ["counts"], ["lengths"], to=TensorProto.INT32),
        helper.make_node(
            "LSTM", ["steps", "lstm_input", "lstm_recurrent", "lstm_bias", "lengths"], ["states"],
            hidden_size=shape.hidden, direction="bidirectional"),
        # [length, 2, n, hidden] -> [n, length, 2 * hidden]
        helper.make_node("Transpose", ["states"], ["states_by_text"], perm=[2, 0, 1, 3]),
        helper.make_node("Reshape", ["states_by_text", "joined"], ["joined_states"]),
        helper.make_node("Concat", ["vectors", "joined_states"], ["words"], axis=2),
        helper.make_node("Cast", ["attention_mask"], ["is_word"], to=TensorProto.BOOL),
        helper.make_node("Unsqueeze", ["is_word", "last_axis"], ["is_word_column"]),
        helper.make_node("Where", ["is_word_column", "words", "zero"], ["words_or_zero"]),
        helper.make_node("ReduceSum", ["words_or_zero", "words_axis"], ["sum"], keepdims=0),
        helper.make_node("Cast", ["counts"], ["counts_float"], to=TensorProto.FLOAT),
        helper.make_node("Unsqueeze", ["counts_float", "words_axis"], ["counts_column"]),
        helper.make_node("Div", ["sum", "counts_column"], ["mean"]),
        helper.make_node("Where", ["is_word_column", "words", "below_all"], ["words_or_below"]),
        helper.make_node("ReduceMax", ["words_or_below"], ["greatest"], axes=[1], keepdims=0),
        helper.make_node("Concat", ["mean", "greatest"], ["pooled"], axis=1),
        helper.make_node("Gemm", ["pooled", "dense_weight", "dense_bias"], ["deep_logits" if model.wide else "logits"], transB=1)]
    if model.wide:
        constants |= wide_graph.constants(model.wide)
        nodes += wide_graph.nodes("deep_logits", "logits")
    graph = helper.make_graph(
        nodes, "text-classifier",
        [helper.make_tensor_value_info(name, TensorProto.INT64, ["batch", "length"]) for name in ("ids", "attention_mask")],
        [helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["batch", shape.classes])],
        [numpy_helper.from_array(array, name) for name, array in constants.items()])
    file = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], producer_name="")
    file.ir_version = IR_VERSION
    onnx.checker.check_model(file, full_check=True)
    onnx.save(file, str(path))


def as_stored(model: TextClassifier) -> TextClassifier:
    """The same network with its embedding rounded to the float16 the file keeps, so that figures are those of the file."""
    with torch.no_grad():
        model.embedding.weight.copy_(model.embedding.weight.half().float())
    return model


def _array(weight: torch.Tensor) -> np.ndarray:
    return np.ascontiguousarray(weight.detach().numpy())
