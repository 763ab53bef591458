"""Figure 12.8: on-line and off-line λ-returns on the random walk of 19 states."""

from dataclasses import dataclass

from matplotlib.figure import Figure

from rlnotes.book.base.walk_of_19 import OFF_LINE, ON_LINE, WalkFigure
from rlnotes.experiments.experiment import Measured

FAMILIES = {"on-line λ-return (true online TD(λ))": ON_LINE, "off-line λ-return": OFF_LINE}


@dataclass
class OnLineReturns(WalkFigure):
    """On-line and off-line λ-returns on the random walk of 19 states.

    True online TD(λ) computes on-line λ-returns exactly, in every step. It is a little better than the off-line
    algorithm, which waits for the end of the episode.
    """

    def measure(self) -> Measured:
        return self.errors(FAMILIES)

    def draw(self, figure: Figure, found: Measured) -> None:
        self.draw_errors(figure, found, FAMILIES)

    def conclude(self, found: Measured) -> str:
        best = ", ".join(self.best(found, name, family) for name, family in FAMILIES.items())
        return f"The least error is {best}."
