"""Trains samples/models/shapes-mask/1 on generated pictures and writes its package."""

import argparse
import json
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import Tensor

import package
from pictures import generator, layers
from pictures.generator import SIDE, Picture, generate
from pictures.segmenter import Segmenter, loss

RECIPES = Path(__file__).resolve().parent
LABELS = ["background", *generator.LABELS]
SEED = 20261124
TRAIN, HELD_OUT, TEST = 6000, 500, 1000
EPOCHS, BATCH, RATE = 11, 32, 0.003
REQUIRED = 0.85
# So far apart are the two best classes of every pixel of a golden picture: rounding cannot change one.
_CLEAR = 0.02


def main() -> None:
    parser = argparse.ArgumentParser(description="Gives each pixel the class of its shape.")
    parser.add_argument("--output", type=Path, default=RECIPES.parents[1] / "samples" / "models" / "shapes-mask" / "1")
    parser.add_argument("--epochs", type=int, default=EPOCHS, help="fewer, to try things out")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(SEED)
    train, held_out, test = (generate(count, SEED + 100 + part) for part, count in enumerate((TRAIN, HELD_OUT, TEST)))
    model = Segmenter(len(LABELS))
    truth = _masks(train)

    def batch_loss(inputs: Tensor, rows: Tensor, mirrored: Tensor) -> Tensor:
        wanted = truth[rows].flip([axis for axis, turn in zip((2, 1), mirrored) if turn])
        return loss(model, inputs, wanted)

    layers.train(
        model, layers.images(train), batch_loss, arguments.epochs, BATCH, RATE,
        lambda: f"held out: mean IoU {_figures(model, held_out)['mean']:.3f}")
    served = layers.fold(model)
    del served.coarse
    figures = _figures(served, test)
    print(json.dumps(figures, indent=1))
    if figures["mean"] < REQUIRED:
        raise SystemExit(f"mean IoU {figures['mean']:.3f} is under the {REQUIRED} this model must reach")
    _write(arguments.output, served, test, figures, arguments.epochs)


def _masks(pictures: list[Picture]) -> Tensor:
    return torch.from_numpy(np.stack([picture.mask for picture in pictures])).long()


def _figures(model: Segmenter, pictures: list[Picture]) -> dict:
    """Intersection over union of each class, over the pixels of all pictures together."""
    answer, truth = layers.answers(model, layers.images(pictures)).argmax(1), _masks(pictures)
    shares = [
        ((answer == label) & (truth == label)).sum().item() / ((answer == label) | (truth == label)).sum().item()
        for label in range(len(LABELS))]
    return {
        "mean": float(np.mean(shares)), "classes": shares, "pixels": (answer == truth).double().mean().item(),
        "background": (truth == 0).double().mean().item()}


def _write(output: Path, model: Segmenter, test: list[Picture], figures: dict, epochs: int) -> None:
    folder = package.create_folder(output)
    layers.write(model, "logits", folder / "model.onnx")
    package.write_labels(folder, LABELS)
    (folder / "samples").mkdir()
    package.write_golden_lines(folder, _examples(folder, model, test))
    parameters, mega_flops = layers.size(model)
    package.write_wrapped_card(folder, _card(figures, parameters, mega_flops, (folder / "model.onnx").stat().st_size, epochs))
    package.write_manifest(folder, _manifest())
    print(f"wrote {folder}: {parameters:,} parameters, {mega_flops:.1f} MFLOP, {(folder / 'model.onnx').stat().st_size:,} bytes")


def _examples(folder: Path, model: Segmenter, test: list[Picture]) -> list[dict]:
    """Two test pictures of the model's own size with at least three kinds of pixels and no pixel that two classes could have."""
    examples = []
    for picture in test:
        logits = layers.answers(model, layers.images([picture]))[0]
        best = logits.topk(2, dim=0).values
        if (best[0] - best[1]).min() < _CLEAR or len(np.unique(picture.mask)) < 3:
            continue
        name = "ab"[len(examples)]
        Image.fromarray(picture.pixels).save(folder / "samples" / f"{name}.png", optimize=True)
        Image.fromarray(logits.argmax(0).to(torch.uint8).numpy(), mode="L").save(folder / "samples" / f"{name}-mask.png", optimize=True)
        examples.append({"image": f"samples/{name}.png", "mask": f"samples/{name}-mask.png"})
        if len(examples) == 2:
            return examples
    raise SystemExit("too few test pictures are clear enough for golden examples")


def _manifest() -> dict:
    return {
        "name": "shapes-mask", "version": "1",
        "task": "image-segmentation",
        "description": "Says of each pixel of a generated picture whether it is background, circle, square or triangle.",
        "license": "MIT",
        "model": "model.onnx", "opset": layers.OPSET,
        "inputs": [{"name": "image", "type": "float32", "shape": [-1, 3, SIDE, SIDE], "layout": "NCHW"}],
        "outputs": [{"name": "logits", "type": "float32", "shape": [-1, len(LABELS), SIDE, SIDE]}],
        "image": {"resize": "stretch", "color": "rgb", "scale": 1 / 255},
        "output": {"kind": "mask", "tensor": "logits", "labels": "labels.txt"},
        "unit": "image",
        "golden": "golden.jsonl", "card": "card.md",
        "limits": {"queue": 64}}


def _card(figures: dict, parameters: int, mega_flops: float, file_bytes: int, epochs: int) -> str:
    rows = "\n".join(f"| {label} | {share:.3f} |" for label, share in zip(LABELS, figures["classes"]))
    return f"""# shapes-mask

Gives each pixel of a generated picture a class: background, circle, square or triangle. A sample: it shows what a package for masks
consists of.

## Intended use

Demonstrations and tests. It has seen nothing but generated pictures, so it says nothing useful about photographs.

## Limits

- Shapes of one colour in pictures of 96 × 96, as the sample `shapes` finds them. Their circumscribed circles are 10 to 44 pixels wide.
- It tells classes apart, not shapes: two circles that touch are one area.
- Pictures of another size are stretched to 96 × 96, so the edges of a mask are only as fine as that.

## Metrics

On {TEST:,} generated pictures of a seed of their own, which were not trained on and chose nothing:

| class | intersection over union |
| --- | ---: |
{rows}
| mean | {figures['mean']:.3f} |

{figures['pixels']:.2%} of the pixels have the right class ({figures['background']:.2%} are background).

## Network

Convolutions of 3×3 with ReLU down to cells of 8 × 8 pixels and up again; each level on the way up also sees that of the way down, and a
1×1 convolution gives each cell of 2 × 2 the logits of its four pixels. Batch normalisation is
folded into the convolutions. {parameters:,} parameters, {mega_flops:.1f} MFLOP a picture, {file_bytes / 1e6:.2f} MB. Input `image`
float32 [n, 3, 96, 96], red, green, blue from
0 to 1. Output `logits` float32 [n, {len(LABELS)}, 96, 96].

## Training

{TRAIN:,} generated pictures, mirrored and with their colours swapped by chance; {HELD_OUT} others were held out for choices. {epochs}
epochs, batch {BATCH}, cross-entropy of each pixel, and of each cell of 8 × 8 pixels by a layer that is only for the training. A pixel of a
shape weighs three times as much as one of the background. AdamW, one cycle of the learning rate with its peak at {RATE}, seed {SEED}.
Without the layer for the cells and the weights, the network found the shapes and called all of them circles
(mean 0.363 on the same test pictures).

## Data

Generated by `pictures/generator.py` of the recipes.

## Licence

MIT, the pictures under `samples/` included.
"""


if __name__ == "__main__":
    main()
