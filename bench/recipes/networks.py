"""Writes the benchmark's networks with seeded random weights, as packages: MobileNetV2 and ResNet-50.

Their answers mean nothing, but they differ from image to image as a trained network's do, and noise in the pixels changes them little:
the batch normalisations are given the statistics of made photographs and, in MobileNetV2, an offset that keeps most activations in the
linear part of ReLU6 (without it, random layers this deep amplify one grey level of noise into another answer), and the last layer is
scaled so that the logits spread as widely as a trained classifier's.
"""

import json
import sys
from pathlib import Path

import numpy as np
import onnx
import torch
from PIL import Image
from torch import Tensor, nn
from torchvision.models import mobilenet_v2, resnet50

import photo

BENCH = Path(__file__).resolve().parent.parent
sys.path.append(str(BENCH.parent / "models" / "recipes"))

import package  # noqa: E402

SEED = 20261123
SIDE = 224
CLASSES = 1000
MEAN = [0.485, 0.456, 0.406]
STD = [0.229, 0.224, 0.225]
LOGIT_SPREAD = 3.0
ACTIVATION_OFFSET = 2.0
PHOTOGRAPHS = 32
GOLDEN = 2
GOLDEN_LABELS = 3


def made_photographs() -> list[Image.Image]:
    return [photo.make(SEED + index).resize((SIDE, SIDE)) for index in range(PHOTOGRAPHS)]


def as_tensor(photographs: list[Image.Image]) -> Tensor:
    pictures = [np.asarray(photograph) for photograph in photographs]
    pixels = torch.from_numpy(np.stack(pictures)).permute(0, 3, 1, 2).float() / 255
    return (pixels - torch.tensor(MEAN).view(3, 1, 1)) / torch.tensor(STD).view(3, 1, 1)


@torch.no_grad()
def build(model: nn.Module, dense: nn.Linear, images: Tensor) -> nn.Module:
    layers = list(model.modules())
    for layer, following in zip(layers, layers[1:]):
        if isinstance(layer, nn.BatchNorm2d):
            layer.momentum = None  # a plain average instead of a moving one
            if isinstance(following, nn.ReLU6):
                layer.bias.fill_(ACTIVATION_OFFSET)
    model.train()(images)
    model.eval()
    scores = model(images)
    scale = LOGIT_SPREAD / (scores - scores.mean(0)).std()
    dense.weight.mul_(scale)
    dense.bias.copy_(dense.bias * scale - scores.mean(0) * scale)
    return model


@torch.no_grad()
def _write_golden(folder: Path, model: nn.Module, photographs: list[Image.Image]) -> None:
    """PyTorch's answers on photographs of the network's own size: no service has to scale them, so all must agree."""
    (folder / "samples").mkdir()
    lines = []
    for index, photograph in enumerate(photographs):
        name = f"samples/made-{index}.png"
        photograph.save(folder / name, optimize=True)
        best = model(as_tensor([photograph])).softmax(1)[0].topk(GOLDEN_LABELS)
        predictions = [
            {"label": f"class {label}", "score": round(score, 6)} for label, score in zip(best.indices.tolist(), best.values.tolist())]
        lines.append(json.dumps({"image": name, "predictions": predictions, "tolerance": 0.001}) + "\n")
    (folder / "golden.jsonl").write_text("".join(lines), encoding="utf-8", newline="\n")


def _write(folder: Path, name: str, title: str, model: nn.Module, dense: nn.Linear) -> None:
    photographs = made_photographs()
    images = as_tensor(photographs)
    model = build(model, dense, images)
    folder = package.create_folder(folder / name / "1")
    torch.onnx.export(
        model, images[:1], str(folder / "model.onnx"), opset_version=15, input_names=["image"], output_names=["logits"],
        dynamic_axes={"image": {0: "batch"}, "logits": {0: "batch"}})
    onnx.checker.check_model(str(folder / "model.onnx"), full_check=True)
    package.write_labels(folder, [f"class {index}" for index in range(CLASSES)])
    package.write_card(folder, f"# {name}\n\n{title} with random weights, for measuring speed. Its answers mean nothing.\n")
    _write_golden(folder, model, photographs[:GOLDEN])
    package.write_manifest(folder, {
        "name": name,
        "version": "1",
        "task": "image-classification",
        "description": f"{title} with random weights, for measuring speed; its answers mean nothing.",
        "license": "MIT",
        "model": "model.onnx",
        "inputs": [{"name": "image", "type": "float32", "shape": [-1, 3, SIDE, SIDE], "layout": "NCHW"}],
        "outputs": [{"name": "logits", "type": "float32", "shape": [-1, CLASSES]}],
        "image": {"resize": "cover", "color": "rgb", "scale": 1 / 255, "mean": MEAN, "std": STD},
        "output": {"tensor": "logits", "activation": "softmax", "labels": "labels.txt"},
        "unit": "image",
        "golden": "golden.jsonl",
        "card": "card.md",
        "limits": {"queue": 64}})
    with torch.no_grad():
        best = model(images).softmax(1).max(1)
    print(f"wrote {folder}: {(folder / 'model.onnx').stat().st_size:,} bytes; {len(best.indices.unique())} different labels for "
          f"{PHOTOGRAPHS} made photographs, best scores {best.values.min():.3f} to {best.values.max():.3f}")


def main() -> None:
    torch.set_num_threads(1)
    torch.manual_seed(SEED)
    small = mobilenet_v2(weights=None, dropout=0.0)
    _write(BENCH / ".cache" / "models", "mobilenet", "MobileNetV2", small, small.classifier[-1])
    # A folder of its own: most benchmarks start with all packages of a folder, and measure memory.
    large = resnet50(weights=None)
    _write(BENCH / ".cache" / "large-models", "resnet50", "ResNet-50", large, large.fc)


if __name__ == "__main__":
    main()
