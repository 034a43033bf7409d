"""What both networks are made of, and how they are trained and written."""

import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnx
import torch
from torch import Tensor, nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

from pictures.generator import SIDE, Picture

OPSET = 15


class Block(nn.Module):
    """3x3 convolution, batch normalisation, ReLU."""

    def __init__(self, inputs: int, outputs: int, stride: int = 1):
        super().__init__()
        self.convolution = nn.Conv2d(inputs, outputs, 3, stride=stride, padding=1, bias=False)
        self.norm: nn.Module = nn.BatchNorm2d(outputs)

    def forward(self, signal: Tensor) -> Tensor:
        return self.norm(self.convolution(signal)).relu()

    def fold(self) -> None:
        """Puts the normalisation into the convolution."""
        self.convolution, self.norm = fuse_conv_bn_eval(self.convolution.eval(), self.norm.eval()), nn.Identity()


def fold(model: nn.Module) -> nn.Module:
    """The same function without batch normalisation, ready to be written."""
    model.eval()
    for part in model.modules():
        if isinstance(part, Block):
            part.fold()
    return model.eval()


def images(pictures: list[Picture]) -> Tensor:
    """uint8 [n, 3, 96, 96]."""
    return torch.from_numpy(np.stack([picture.pixels for picture in pictures])).permute(0, 3, 1, 2).contiguous()


def as_input(pixels: Tensor) -> Tensor:
    """What the service makes of pixels: float32, 0 to 1."""
    return pixels.float() * (1 / 255)


def train(
        model: nn.Module, pixels: Tensor, loss: Callable[[Tensor, Tensor, Tensor], Tensor], epochs: int, batch: int, peak_rate: float,
        report: Callable[[], str]) -> None:
    """AdamW with one cycle of the learning rate. Each batch is mirrored by chance, and its colours are swapped.

    `loss` gets the model's input, the rows of the batch, and how the batch is mirrored: two bools, for columns and rows.
    """
    optimizer = torch.optim.AdamW(model.parameters(), lr=peak_rate, weight_decay=0.01)
    steps = len(pixels) // batch
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, peak_rate, total_steps=epochs * steps, pct_start=0.2, cycle_momentum=False)
    for epoch in range(epochs):
        started, total = time.monotonic(), 0.0
        model.train()
        for rows in torch.randperm(len(pixels)).split(batch)[:steps]:
            mirrored = torch.rand(2) < 0.5
            inputs = as_input(pixels[rows][:, torch.randperm(3)])
            inputs = inputs.flip([axis for axis, turn in zip((3, 2), mirrored) if turn])
            value = loss(inputs, rows, mirrored)
            optimizer.zero_grad(set_to_none=True)
            value.backward()
            optimizer.step()
            schedule.step()
            total += value.item()
        said = report() if epoch % 5 == 4 or epoch + 1 == epochs else ""
        print(f"epoch {epoch + 1}/{epochs}  loss {total / steps:.4f}  {said}  {time.monotonic() - started:.0f} s", flush=True)


@torch.no_grad()
def answers(model: nn.Module, pixels: Tensor) -> Tensor:
    model.eval()
    return torch.cat([model(as_input(part)) for part in pixels.split(100)])


def write(model: nn.Module, output: str, path: Path) -> None:
    """Input `image` float32 [n, 3, 96, 96]."""
    example = torch.zeros(1, 3, SIDE, SIDE)
    torch.onnx.export(
        model, example, str(path), opset_version=OPSET, input_names=["image"], output_names=[output],
        dynamic_axes={"image": {0: "batch"}, output: {0: "batch"}})
    file = onnx.load(str(path))
    # The exporter does not see that only the batch is free.
    for dimension, length in zip(file.graph.output[0].type.tensor_type.shape.dim[1:], model(example).shape[1:]):
        dimension.dim_value = length
    onnx.checker.check_model(file, full_check=True)
    onnx.save(file, str(path))


def size(model: nn.Module) -> tuple[int, float]:
    """Parameters, and MFLOP of one picture (a multiply-accumulate counts as two)."""
    operations: list[int] = []
    hooks = [
        part.register_forward_hook(lambda p, _, out: operations.append(2 * p.weight.numel() * out[0, 0].numel()))
        for part in model.modules() if isinstance(part, nn.Conv2d)]
    with torch.no_grad():
        model(torch.zeros(1, 3, SIDE, SIDE))
    for hook in hooks:
        hook.remove()
    return sum(weight.numel() for weight in model.parameters()), sum(operations) / 1e6
