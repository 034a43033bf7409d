"""Trains samples/models/shapes/1 on generated pictures and writes its package."""

import argparse
import json
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import Tensor

import package
from pictures import boxes, layers
from pictures.detector import Detector, loss
from pictures.generator import LABELS, SIDE, Picture, generate

RECIPES = Path(__file__).resolve().parent
SEED = 20261123
TRAIN, HELD_OUT, TEST = 8000, 500, 1000
EPOCHS, BATCH, RATE = 22, 32, 0.004
SCORE, OVERLAP = 0.4, 0.5
# Average precision is taken over all boxes that are not noise, as far as the scores go.
LEAST_SCORE = 0.01
REQUIRED = 0.85
TOLERANCE = 0.02


def main() -> None:
    parser = argparse.ArgumentParser(description="Finds shapes.")
    parser.add_argument("--output", type=Path, default=RECIPES.parents[1] / "samples" / "models" / "shapes" / "1")
    parser.add_argument("--epochs", type=int, default=EPOCHS, help="fewer, to try things out")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(SEED)
    # Three seeds: no picture is in two parts.
    train, held_out, test = (generate(count, SEED + part) for part, count in enumerate((TRAIN, HELD_OUT, TEST)))
    model = Detector()
    truth = [(torch.from_numpy(picture.boxes), torch.from_numpy(picture.labels)) for picture in train]

    def batch_loss(inputs: Tensor, rows: Tensor, mirrored: Tensor) -> Tensor:
        return loss(model, inputs, [(_mirror(truth[row][0], mirrored), truth[row][1]) for row in rows.tolist()])

    layers.train(
        model, layers.images(train), batch_loss, arguments.epochs, BATCH, RATE,
        lambda: f"held out: mAP {np.mean(_precisions(model, held_out, 0.5)):.3f}")
    served = layers.fold(model)
    figures = _figures(served, test)
    print(json.dumps(figures, indent=1))
    if figures["map50"] < REQUIRED:
        raise SystemExit(f"mAP {figures['map50']:.3f} is under the {REQUIRED} this model must reach")
    _write(arguments.output, served, test, figures, arguments.epochs)


def _mirror(truth: Tensor, mirrored: Tensor) -> Tensor:
    left, top, right, bottom = truth.unbind(1)
    if mirrored[0]:
        left, right = SIDE - right, SIDE - left
    if mirrored[1]:
        top, bottom = SIDE - bottom, SIDE - top
    return torch.stack([left, top, right, bottom], dim=1)


def _found(model: Detector, pictures: list[Picture], least_score: float) -> list[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    return [boxes.choose(output, least_score, OVERLAP) for output in layers.answers(model, layers.images(pictures)).numpy()]


def _precisions(model: Detector, pictures: list[Picture], least_overlap: float) -> list[float]:
    found, truth = _found(model, pictures, LEAST_SCORE), [(picture.boxes, picture.labels) for picture in pictures]
    return [boxes.average_precision(found, truth, label, least_overlap) for label in range(len(LABELS))]


def _figures(model: Detector, test: list[Picture]) -> dict:
    at_half, at_three_quarters = _precisions(model, test, 0.5), _precisions(model, test, 0.75)
    found, shapes, answered, right = _found(model, test, SCORE), 0, 0, 0
    for picture, (places, _, labels) in zip(test, found):
        shapes += len(picture.labels)
        answered += len(labels)
        if len(labels) and len(picture.labels):
            same = (boxes.overlap(places, picture.boxes) >= 0.5) & (labels[:, None] == picture.labels[None])
            # Boxes of a class overlap by half at most, and true boxes hardly, so no shape is counted twice.
            right += int(same.any(0).sum())
    return {
        "map50": float(np.mean(at_half)), "map75": float(np.mean(at_three_quarters)),
        "classes": [{"label": label, "ap50": a, "ap75": b} for label, a, b in zip(LABELS, at_half, at_three_quarters)],
        "shapes": shapes, "precision": right / answered, "recall": right / shapes}


def _write(output: Path, model: Detector, test: list[Picture], figures: dict, epochs: int) -> None:
    folder = package.create_folder(output)
    layers.write(model, "output0", folder / "model.onnx")
    package.write_labels(folder, LABELS)
    (folder / "samples").mkdir()
    package.write_golden_lines(folder, _examples(folder, model, test))
    parameters, mega_flops = layers.size(model)
    package.write_wrapped_card(folder, _card(figures, parameters, mega_flops, (folder / "model.onnx").stat().st_size, epochs))
    package.write_manifest(folder, _manifest())
    print(f"wrote {folder}: {parameters:,} parameters, {mega_flops:.1f} MFLOP, {(folder / 'model.onnx').stat().st_size:,} bytes")


def _examples(folder: Path, model: Detector, test: list[Picture]) -> list[dict]:
    """Two pictures of the model's own size and one twice as large, whose blocks of 2 x 2 pixels average to the model's input exactly."""
    clear = [picture for picture in test if len(picture.labels) >= 3 and _is_clear(model, picture)]
    examples = []
    for name, picture, scale in (("a", clear[0], 1), ("b", clear[1], 1), ("large", clear[2], 2)):
        pixels = picture.pixels if scale == 1 else _twice(picture.pixels)
        Image.fromarray(pixels).save(folder / "samples" / f"{name}.png", optimize=True)
        places, scores, labels = _found(model, [picture], SCORE)[0]
        examples.append({"image": f"samples/{name}.png", "boxes": [
            {"label": LABELS[label], "score": round(float(score), 4), **_place(box, scale)}
            for box, score, label in zip(places, scores, labels)], "tolerance": TOLERANCE})
    return examples


def _place(box: np.ndarray, scale: int) -> dict[str, float]:
    numbers = (float(value) * scale for value in (box[0], box[1], box[2] - box[0], box[3] - box[1]))
    return {name: round(number, 3) for name, number in zip(("x", "y", "width", "height"), numbers)}


def _is_clear(model: Detector, picture: Picture) -> bool:
    """The answers are right, and no rounding can change which boxes are answered: no score is near the threshold or another box's, no
    two boxes of a class touch the limit of overlap, and no box leaves the picture."""
    output = layers.answers(model, layers.images([picture])).numpy()[0]
    places, scores, labels = boxes.choose(output, SCORE, OVERLAP)
    near = np.abs(output[4:] - SCORE).min() < 0.05 or (len(scores) > 1 and np.diff(scores).max() > -0.005)
    candidates = np.concatenate([output[:2] - output[2:4] / 2, output[:2] + output[2:4] / 2]).T[output[4:].max(0) >= SCORE]
    edge = np.abs(boxes.overlap(candidates, places) - OVERLAP).min() < 0.03
    unclear = (np.sort(output[4:], axis=0)[-2] >= SCORE).any()
    right = sorted(labels) == sorted(picture.labels)
    return not (near or edge or unclear) and right and places.min() > 0 and places.max() < SIDE


def _twice(pixels: np.ndarray) -> np.ndarray:
    """Each pixel becomes four that differ and whose mean is the pixel."""
    apart = np.minimum(np.minimum(pixels, 255 - pixels), 9).astype(np.int16)
    large = pixels.astype(np.int16).repeat(2, 0).repeat(2, 1)
    sign = np.tile(np.array([[1, -1], [-1, 1]]), (SIDE, SIDE))[..., None]
    return (large + sign * apart.repeat(2, 0).repeat(2, 1)).astype(np.uint8)


def _manifest() -> dict:
    return {
        "name": "shapes", "version": "1",
        "task": "object-detection",
        "description": "Finds circles, squares and triangles in generated pictures.",
        "license": "MIT",
        "model": "model.onnx", "opset": layers.OPSET,
        "inputs": [{"name": "image", "type": "float32", "shape": [-1, 3, SIDE, SIDE], "layout": "NCHW"}],
        "outputs": [{"name": "output0", "type": "float32", "shape": [-1, 4 + len(LABELS), 144]}],
        "image": {"resize": "contain", "color": "rgb", "scale": 1 / 255, "pad": "#808080"},
        "output": {
            "kind": "boxes", "tensor": "output0", "activation": "none", "labels": "labels.txt",
            "boxes": {"form": "yolo", "score": SCORE, "iou": OVERLAP}},
        "unit": "image",
        "golden": "golden.jsonl", "card": "card.md",
        "limits": {"queue": 64}}


def _card(figures: dict, parameters: int, mega_flops: float, file_bytes: int, epochs: int) -> str:
    rows = "\n".join(f"| {row['label']} | {row['ap50']:.3f} | {row['ap75']:.3f} |" for row in figures["classes"])
    return f"""# shapes

Finds circles, squares and triangles in generated pictures. A sample: it shows what a package for boxes consists of.

## Intended use

Demonstrations and tests. It has seen nothing but generated pictures, so it says nothing useful about photographs.

## Limits

- Shapes of one colour in pictures of 96 × 96, up to four in each, which hardly overlap and lie in the picture completely. Their
  circumscribed
  circles are 10 to 44 pixels wide.
- The background is one colour with a slope of brightness, patches, noise and thin lines. A shape's colour differs from it clearly.
- Larger pictures are fitted into 96 × 96, so small shapes in them disappear.

## Metrics

On {TEST:,} generated pictures with {figures['shapes']:,} shapes, of a seed of their own, which were not trained on and chose nothing:

| | average precision at overlap 0.5 | at overlap 0.75 |
| --- | ---: | ---: |
{rows}
| mean | {figures['map50']:.3f} | {figures['map75']:.3f} |

With the package's thresholds (score {SCORE}, overlap {OVERLAP}), {figures['precision']:.1%} of the answered boxes are right and
{figures['recall']:.1%} of the shapes are found: same
class, overlap of at least 0.5.

## Network

Seven 3×3 convolutions with ReLU down to 12 × 12 cells, and one 1×1 convolution. Batch normalisation is folded into the convolutions.
{parameters:,} parameters, {mega_flops:.1f} MFLOP a picture, {file_bytes / 1e6:.2f} MB. Input `image` float32 [n, 3, 96, 96], red, green,
blue from 0 to 1. Output `output0`
float32 [n, {4 + len(LABELS)}, 144]: centre x, centre y, width, height in pixels of the input, then a score from 0 to 1 per class, for
each of the 144 cells.

## Training

{TRAIN:,} generated pictures, mirrored and with their colours swapped by chance; {HELD_OUT} others were held out for choices. {epochs}
epochs, batch {BATCH}, AdamW,
one cycle of the learning rate with its peak at {RATE}, seed {SEED}. A cell near the centre of a shape learns its box (generalised
intersection over
union) and its class (binary cross-entropy); all other cells learn that they hold none.

## Data

Generated by `pictures/generator.py` of the recipes.

## Licence

MIT, the pictures under `samples/` included.
"""


if __name__ == "__main__":
    main()
