"""Writes the model card that goes with a package."""

from dataclasses import dataclass

from metrics import SURE_SCORE, Figures


@dataclass(frozen=True)
class CardText:
    """What a recipe says about its model in its own words (Markdown paragraphs)."""
    title: str
    summary: str
    intended_use: str
    limits: str
    data: str
    licence: str
    augmentation: str


@dataclass(frozen=True)
class Training:
    images: int
    held_out: int
    held_out_accuracy: float
    epochs: int
    batch: int
    peak_rate: float
    weight_decay: float
    label_smoothing: float
    seed: int
    temperature: float


@dataclass(frozen=True)
class Size:
    widths: tuple[int, int, int]
    parameters: int
    mega_flops: float
    file_bytes: int


def compose(text: CardText, training: Training, size: Size, test: Figures) -> str:
    rows = "\n".join(
        f"| {c.label} | {c.examples:,} | {c.precision:.2%} | {c.recall:.2%} | {c.f1:.2%} | {c.mistaken_for} |" for c in test.classes)
    widths = ", ".join(str(width) for width in size.widths)
    return f"""# {text.title}

{text.summary}

## Intended use

{text.intended_use}

## Limits

{text.limits}

## Metrics

On the whole test split of {test.examples:,} images, none of which was trained on or used to choose anything:

| | |
| --- | --- |
| accuracy | {test.accuracy:.2%} |
| right label among the best two | {test.top2_accuracy:.2%} |
| images whose best score is {SURE_SCORE} or more | {test.sure_share:.2%} |
| accuracy on those | {test.sure_accuracy:.2%} |
| expected calibration error (15 bins) | {test.calibration_error:.2%} |

| class | images | precision | recall | F1 | most often mistaken for (images) |
| --- | ---: | ---: | ---: | ---: | --- |
{rows}

## Network

Three blocks of two 3×3 convolutions with ReLU ({widths} channels), each block followed by 2×2 max pooling, then one dense layer.
Batch normalisation is folded into the convolutions. {size.parameters:,} parameters, {size.mega_flops:.1f} MFLOP an image (a multiply-accumulate counts as two),
{size.file_bytes / 1e6:.2f} MB. Input `image` float32 [n, 1, 28, 28], output `logits` float32 [n, 10]; softmax is applied after it.

## Training

{training.images:,} images of the train split; the other {training.held_out:,} were held out for choices (accuracy on them: {training.held_out_accuracy:.2%}).
{training.epochs} epochs, batch {training.batch}, cross-entropy with label smoothing {training.label_smoothing}, SGD with Nesterov momentum 0.9,
weight decay {training.weight_decay}, one cycle of the learning rate with its peak at {training.peak_rate}, bfloat16 arithmetic, seed {training.seed}.
{text.augmentation}
Afterwards the logits were divided by {training.temperature:.3f}, fitted on the held-out images and folded into the last layer, so that on images of this
kind a score is about the share of such answers that are right (the calibration error above is by how much it misses).

## Data

{text.data}

## Licence

{text.licence}
"""
