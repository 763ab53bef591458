"""Figure 13.2: REINFORCE with a baseline."""

from dataclasses import dataclass

from matplotlib.figure import Figure

from rlnotes.book.base.corridor import CorridorFigure, FromLeft
from rlnotes.experiments.experiment import Measured

AGENTS = {
    "REINFORCE with baseline, α = 2⁻⁹, β = 2⁻⁶": FromLeft(alpha=2.0**-9, beta=2.0**-6),
    "REINFORCE, α = 2⁻¹³": FromLeft(alpha=2.0**-13, beta=0.0),
}


@dataclass
class ReinforceBaseline(CorridorFigure):
    """REINFORCE with and without a baseline in the short corridor.

    A learnt value of the start takes the mean from the returns. The mean change of the policy stays the same and its
    variance falls, so a larger α is possible and learning is faster.
    """

    def measure(self) -> Measured:
        return self.returns(AGENTS)

    def draw(self, figure: Figure, found: Measured) -> None:
        self.draw_returns(figure, found)

    def conclude(self, found: Measured) -> str:
        return f"The mean return of the last tenth of the episodes is {self.ends(found)}."
