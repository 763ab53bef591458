"""Figure 13.1: REINFORCE in the short corridor."""

from dataclasses import dataclass

from matplotlib.figure import Figure

from rlnotes.book.base.corridor import CorridorFigure, FromLeft
from rlnotes.experiments.experiment import Measured

AGENTS = {
    f"α = 2⁻{'¹²¹³¹⁴'[2 * i : 2 * i + 2]}": FromLeft(alpha=2.0**-power, beta=0.0)
    for i, power in enumerate((12, 13, 14))
}


@dataclass
class ReinforceSteps(CorridorFigure):
    """REINFORCE in the short corridor, by α.

    All states look the same, so the best policy is random and goes right with probability 0.59. The policy at the start
    goes left with 0.95. The largest of these α learns fastest. With α = 2⁻⁹ a step can be so long that an episode of
    65,536 steps does not reach the end.
    """

    def measure(self) -> Measured:
        return self.returns(AGENTS)

    def draw(self, figure: Figure, found: Measured) -> None:
        self.draw_returns(figure, found)

    def conclude(self, found: Measured) -> str:
        return f"The mean return of the last tenth of the episodes is {self.ends(found)}."
