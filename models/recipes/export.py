"""Writes a trained network as an ONNX file."""

from pathlib import Path

import onnx
import torch
from torch import nn

from network import SIDE, fold_batch_norm

OPSET = 15


def export_onnx(model: nn.Sequential, path: Path) -> nn.Sequential:
    """Writes `model` with batch norm folded and a free batch; returns what was written, whose answers are the file's."""
    folded = fold_batch_norm(model).to(memory_format=torch.contiguous_format)
    torch.onnx.export(
        folded, torch.zeros(1, 1, SIDE, SIDE), str(path), opset_version=OPSET,
        input_names=["image"], output_names=["logits"],
        dynamic_axes={"image": {0: "batch"}, "logits": {0: "batch"}})
    onnx.checker.check_model(str(path), full_check=True)
    return folded
