"""Writes a trained network as an ONNX file."""

from pathlib import Path

import onnx
import torch
from torch import nn

from network import SIDE

OPSET = 15


def export_onnx(model: nn.Sequential, path: Path) -> None:
    """Writes `model`, its batch norm folded, with a free batch."""
    torch.onnx.export(
        model, torch.zeros(1, 1, SIDE, SIDE), str(path), opset_version=OPSET,
        input_names=["image"], output_names=["logits"],
        dynamic_axes={"image": {0: "batch"}, "logits": {0: "batch"}})
    onnx.checker.check_model(str(path), full_check=True)
