"""Figure 12.3: off-line λ-returns and n-step TD on the random walk of 19 states."""

from dataclasses import dataclass

from matplotlib.figure import Figure

from rlnotes.book.base.walk_of_19 import N_STEPS, OFF_LINE, WalkFigure
from rlnotes.experiments.experiment import Measured

FAMILIES = {"off-line λ-return": OFF_LINE, "n-step TD": N_STEPS}


@dataclass
class OffLineReturns(WalkFigure):
    """Off-line λ-returns and n-step TD on the random walk of 19 states.

    A λ-return is a weighted mean of n-step returns. Both algorithms do best in the middle, and about equally
    well there.
    """

    def measure(self) -> Measured:
        return self.errors(FAMILIES)

    def draw(self, figure: Figure, found: Measured) -> None:
        self.draw_errors(figure, found, FAMILIES)

    def conclude(self, found: Measured) -> str:
        best = ", ".join(self.best(found, name, family) for name, family in FAMILIES.items())
        return f"The least error is {best}."
