"""Boxes: overlap, the choice among boxes of one thing, and average precision. A box is left, top, right, bottom."""

import numpy as np


def overlap(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Intersection over union of boxes [n, 4] and [m, 4]: [n, m]."""
    size = np.minimum(a[:, None, 2:], b[None, :, 2:]) - np.maximum(a[:, None, :2], b[None, :, :2])
    both = size.clip(0).prod(2)
    area = (a[:, 2:] - a[:, :2]).prod(1)[:, None] + (b[:, 2:] - b[:, :2]).prod(1)[None] - both
    return both / area


def choose(output: np.ndarray, least_score: float, most_overlap: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The boxes, scores and labels of one picture, best first, from `output` [4 + classes, anchors] (centre and size, then scores).

    Each anchor has its best class. Of boxes of a class that overlap by more than `most_overlap`, the best is kept.
    """
    labels, scores = output[4:].argmax(0), output[4:].max(0)
    order = np.argsort(-scores, kind="stable")
    order = order[scores[order] >= least_score]
    boxes = np.concatenate([output[:2] - output[2:4] / 2, output[:2] + output[2:4] / 2]).T
    kept: list[int] = []
    for index in order:
        same = [other for other in kept if labels[other] == labels[index]]
        if not same or overlap(boxes[[index]], boxes[same]).max() <= most_overlap:
            kept.append(index)
    return boxes[kept], scores[kept], labels[kept]


def average_precision(found: list[tuple[np.ndarray, np.ndarray, np.ndarray]], truth: list[tuple[np.ndarray, np.ndarray]], label: int,
                      least_overlap: float) -> float:
    """The area under precision over recall for one class. `found`: boxes, scores, labels of each picture; `truth`: boxes, labels."""
    answers = [
        (score, picture, box) for picture, (boxes, scores, labels) in enumerate(found)
        for box, score, kind in zip(boxes, scores, labels) if kind == label]
    answers.sort(key=lambda answer: -answer[0])
    wanted = [boxes[labels == label] for boxes, labels in truth]
    taken = [np.zeros(len(boxes), bool) for boxes in wanted]
    right = np.zeros(len(answers))
    for index, (_, picture, box) in enumerate(answers):
        if len(wanted[picture]) == 0:
            continue
        overlaps = overlap(box[None], wanted[picture])[0]
        best = int(overlaps.argmax())
        if overlaps[best] >= least_overlap and not taken[picture][best]:
            taken[picture][best] = True
            right[index] = 1
    hits = right.cumsum()
    precision, recall = hits / np.arange(1, len(hits) + 1), hits / sum(map(len, wanted))
    # Precision counts as the best that any longer list reaches.
    precision = np.maximum.accumulate(precision[::-1])[::-1]
    return float((np.diff(recall, prepend=0) * precision).sum())
