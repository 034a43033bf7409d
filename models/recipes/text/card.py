"""Writes the model card that goes with a text package."""

from dataclasses import dataclass

from metrics import SURE_SCORE, Figures
from text.lessons import Teaching
from text.network import Shape
from text.training import Plan
from text.words import Tokenizer


@dataclass(frozen=True)
class CardText:
    """What a recipe says about its model in its own words (Markdown paragraphs)."""
    title: str
    summary: str
    intended_use: str
    limits: str
    data: str
    licence: str


@dataclass(frozen=True)
class Parts:
    train: int
    held_out: int
    test: int
    duplicates: int


@dataclass(frozen=True)
class Training:
    shape: Shape
    plan: Plan
    teaching: Teaching
    tokenizer: Tokenizer
    seed: int
    offset: float
    temperature: float
    held_out_accuracy: float
    teacher_accuracy: float
    parameters: int
    file_bytes: int


@dataclass(frozen=True)
class Elsewhere:
    """Figures on texts of another kind than the model was trained on."""
    what: str
    figures: Figures


def compose(text: CardText, parts: Parts, training: Training, test: Figures, elsewhere: Elsewhere | None) -> str:
    return f"""# {text.title}

{text.summary}

## Intended use

{text.intended_use}

## Limits

{text.limits}

## Metrics

On the test part of {test.examples:,} texts, none of which was trained on or used to choose anything:

{_overall(test)}

{_classes(test)}

{_confusion(test)}
{_elsewhere(elsewhere)}
{_network(training)}

{_training(parts, training, test)}

## Data

{text.data}
{parts.duplicates:,} texts that differ from another in letter case and white space alone were dropped. The others were split by a hash of the text into
{parts.train:,} to train on, {parts.held_out:,} held out for choices and {parts.test:,} to test on.

## Licence

{text.licence}
"""


def _overall(figures: Figures) -> str:
    largest = max(row.examples for row in figures.classes) / figures.examples
    return f"""| | |
| --- | --- |
| accuracy | {figures.accuracy:.2%} |
| accuracy of always giving the more frequent label | {largest:.2%} |
| texts whose best score is {SURE_SCORE} or more | {figures.sure_share:.2%} |
| accuracy on those | {figures.sure_accuracy:.2%} |
| expected calibration error (15 bins) | {figures.calibration_error:.2%} |"""


def _classes(figures: Figures) -> str:
    rows = "\n".join(f"| {c.label} | {c.examples:,} | {c.precision:.2%} | {c.recall:.2%} | {c.f1:.2%} |" for c in figures.classes)
    return f"""| class | texts | precision | recall | F1 |
| --- | ---: | ---: | ---: | ---: |
{rows}"""


def _confusion(figures: Figures) -> str:
    labels = [row.label for row in figures.classes]
    rows = "\n".join(
        f"| {label} | " + " | ".join(f"{count:,}" for count in counts) + " |" for label, counts in zip(labels, figures.confusion))
    return f"""| is \\ answered | {" | ".join(labels)} |
| --- |{" ---: |" * len(labels)}
{rows}
"""


def _elsewhere(elsewhere: Elsewhere | None) -> str:
    if elsewhere is None:
        return ""
    return f"""### On texts of another kind

{elsewhere.what} ({elsewhere.figures.examples:,} texts), none of which was trained on:

{_overall(elsewhere.figures)}

{_classes(elsewhere.figures)}

{_confusion(elsewhere.figures)}"""


def _network(training: Training) -> str:
    shape = training.shape
    return f"""## Network

Embedding ({shape.words:,} words × {shape.embedding}), one bidirectional LSTM ({shape.hidden} units a direction), mean and maximum of vectors and states over the
words of the text, one dense layer. {training.parameters:,} parameters, {training.file_bytes / 1e6:.2f} MB; the embedding is stored as float16. Inputs `ids` and `attention_mask`
int64 [n, length], output `logits` float32 [n, {shape.classes}]; softmax is applied after it. A text's logits depend neither on its padding nor on the other texts of a
batch. Of texts with more than {training.tokenizer.max_length} words and signs the first and the last half of that number are read."""


def _training(parts: Parts, training: Training, test: Figures) -> str:
    plan, teaching = training.plan, training.teaching
    weights = ", ".join(f"{weight:g}" for weight in plan.class_weights)
    return f"""## Training

{parts.train:,} texts; another {parts.held_out:,} were held out for choices (accuracy on them: {training.held_out_accuracy:.2%}).
{plan.epochs} epochs, batch {plan.batch}, AdamW, weight decay {plan.weight_decay}, one cycle of the learning rate with its peak at {plan.peak_rate}, dropout {training.shape.dropout},
{plan.word_dropout:.0%} of the words left out by chance, classes weighted {weights}, moving average of the weights ({plan.averaging}), seed {training.seed}.
The targets are {teaching.trust:.0%} the label and {1 - teaching.trust:.0%} the answer of a teacher that has not seen the text: logistic regression over words and pairs of words, fitted
on the other four fifths of the training texts (its accuracy on those it has not seen: {training.teacher_accuracy:.2%}). {_made(teaching)}
{_shifted(training, test)}Afterwards the logits were divided by {training.temperature:.3f}, fitted on the held-out texts and folded into the last layer, so that on texts of this
kind a score is about the share of such answers that are right (the calibration error above is by how much it misses)."""


def _shifted(training: Training, test: Figures) -> str:
    if training.offset == 0:
        return ""
    return f"""To the logit of `{test.classes[1].label}` {training.offset:g} was added, chosen on the held-out texts for its recall.
"""


def _made(teaching: Teaching) -> str:
    if teaching.made == 0:
        return ""
    return f"""Besides, {teaching.made:g} × as many texts were made up every epoch from the sentences of two training texts each; the
teacher's answers are their targets."""
