"""What a text model must reach to be served."""

from dataclasses import dataclass

from metrics import Figures


@dataclass(frozen=True)
class Required:
    """What the test part must give; `recall` is that of the second label."""
    accuracy: float
    recall: float = 0.0

    def missed(self, figures: Figures) -> bool:
        return figures.accuracy < self.accuracy or figures.classes[1].recall < self.recall
