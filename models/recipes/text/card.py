"""Writes the model card that goes with a text package."""

from dataclasses import dataclass

from metrics import SURE_SCORE, Figures
from text.lessons import Teaching
from text.network import Shape
from text.required import Required
from text.training import Plan
from text.wide import WidePart
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
    # Where the test part was read more than once: how often, and why.
    test_readings: str = ""


@dataclass(frozen=True)
class Parts:
    train: int
    held_out: int
    test: int
    duplicates: int


@dataclass(frozen=True)
class HeldOut:
    """Trained on the train part; the temperature and every choice come from the held-out part."""
    teacher_accuracy: float
    temperature: float
    figures: Figures


@dataclass(frozen=True)
class Stacked:
    """Trained on the train and held-out parts; the figures are those of cross-validation over both, mixed and by each part of the network alone."""
    teacher_accuracy: float
    wide: WidePart
    share: float
    mixed: Figures
    lstm_alone: Figures
    wide_alone: Figures


@dataclass(frozen=True)
class Tested:
    figures: Figures
    required: Required


@dataclass(frozen=True)
class Training:
    shape: Shape
    plan: Plan
    teaching: Teaching
    tokenizer: Tokenizer
    seed: int
    choices: HeldOut | Stacked
    parameters: int
    file_bytes: int


@dataclass(frozen=True)
class Elsewhere:
    """Figures on texts of another kind than the model was trained on."""
    what: str
    figures: Figures


def compose(text: CardText, parts: Parts, training: Training, tested: Tested, elsewhere: Elsewhere | None) -> str:
    test = tested.figures
    return f"""# {text.title}

{text.summary}

## Intended use

{text.intended_use}

## Limits

{text.limits}

## Metrics

On the test part of {test.examples:,} texts, none of which was trained on or used to choose anything:

{_overall(test)}
{_readings(text)}{_missed(tested)}
{_classes(test)}

{_confusion(test)}
{_elsewhere(elsewhere)}
{_network(training)}

{_training(parts, training)}

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


def _readings(text: CardText) -> str:
    return f"\n{text.test_readings}\n" if text.test_readings else ""


def _missed(tested: Tested) -> str:
    figures, required = tested.figures, tested.required
    if not required.missed(figures):
        return ""
    second = figures.classes[1]
    return f"""
**Required of this model, and missed:** accuracy {required.accuracy:.2%} (reached {figures.accuracy:.2%}), recall of `{second.label}` {required.recall:.2%}
(reached {second.recall:.2%}).
"""


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
words of the text, one dense layer. {_wide(training)}{training.parameters:,} parameters, {training.file_bytes / 1e6:.2f} MB; {_halves(training)} stored as float16. Inputs `ids` and `attention_mask`
int64 [n, length], output `logits` float32 [n, {shape.classes}]; softmax is applied after it. A text's logits depend neither on its padding nor on the other texts of a
batch. Of texts with more than {training.tokenizer.max_length} words and signs the first and the last half of that number are read."""


def _wide(training: Training) -> str:
    if isinstance(training.choices, HeldOut):
        return ""
    return f"""Beside it a wide part: a weight for every word and for every pair of neighbours (the pairs by hash in {training.choices.wide.buckets:,} buckets); the weights of
those in the text, each once however often it is there, are added up, divided by the root of their number, and added to the second label's logit. """


def _halves(training: Training) -> str:
    return "the embedding is" if isinstance(training.choices, HeldOut) else "the embedding and the wide part's weights are"


def _training(parts: Parts, training: Training) -> str:
    plan, teaching, choices = training.plan, training.teaching, training.choices
    weights = ", ".join(f"{weight:g}" for weight in plan.class_weights)
    return f"""## Training

{_trained_on(parts, choices)}
{plan.epochs} epochs, batch {plan.batch}, AdamW, weight decay {plan.weight_decay}, one cycle of the learning rate with its peak at {plan.peak_rate}, dropout {training.shape.dropout},
{plan.word_dropout:.0%} of the words left out by chance, classes weighted {weights}, moving average of the weights ({plan.averaging}), seed {training.seed}.
The targets are {teaching.trust:.0%} the label and {1 - teaching.trust:.0%} the answer of a teacher that has not seen the text: logistic regression over words and pairs of words, fitted
on the other four fifths of the training texts (its accuracy on those it has not seen: {choices.teacher_accuracy:.2%}). {_made(teaching)}
{_calibration(choices)}"""


def _trained_on(parts: Parts, choices: HeldOut | Stacked) -> str:
    if isinstance(choices, HeldOut):
        return f"{parts.train:,} texts; another {parts.held_out:,} were held out for choices (accuracy on them: {choices.figures.accuracy:.2%})."
    return f"{parts.train + parts.held_out:,} texts, those held out for choices among them once the choices were made. The LSTM and its dense layer:"


def _calibration(choices: HeldOut | Stacked) -> str:
    if isinstance(choices, HeldOut):
        return f"""Afterwards the logits were divided by {choices.temperature:.3f}, fitted on the held-out texts and folded into the last layer, so that on texts of this
kind a score is about the share of such answers that are right (the calibration error above is by how much it misses)."""
    return f"""
The wide part is logistic regression by itself, penalty {choices.wide.penalty:g}. How much each part counts was chosen by cross-validation in {choices.wide.folds} folds of the same texts,
and so were scale and offset of the sum, so that on texts of this kind a score is about the share of such answers that are right. The LSTM's share
of the log-odds is {choices.share:.0%}: of 0 %, 10 %, … 100 % the one with the fewest mistakes on texts the parts were not trained on, and of those level in that the one
with the least cross-entropy. On these texts they had

| | accuracy | recall of `{choices.mixed.classes[1].label}` | mistakes |
| --- | ---: | ---: | ---: |
{_cross_validated("LSTM alone", choices.lstm_alone)}
{_cross_validated("wide part alone", choices.wide_alone)}
{_cross_validated("both", choices.mixed)}"""


def _cross_validated(what: str, figures: Figures) -> str:
    mistakes = round(figures.examples * (1 - figures.accuracy))
    return f"| {what} | {figures.accuracy:.2%} | {figures.classes[1].recall:.2%} | {mistakes:,} of {figures.examples:,} |"


def _made(teaching: Teaching) -> str:
    if teaching.made == 0:
        return ""
    return f"""Besides, {teaching.made:g} × as many texts were made up every epoch from the sentences of two training texts each; the
teacher's answers are their targets."""
