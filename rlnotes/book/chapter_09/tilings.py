"""Figure 9.10: one tiling and fifty."""

from dataclasses import dataclass

from matplotlib.figure import Figure

from rlnotes.agents import GradientMonteCarlo
from rlnotes.book.base.walk_of_1000 import WalkCourses
from rlnotes.experiments.experiment import Measured

ONE, FIFTY = "state aggregation (one tiling)", "tile coding (50 tilings)"
AGENTS = {
    FIFTY: GradientMonteCarlo(features="tiles:50x5", alpha=1e-4 / 50),
    ONE: GradientMonteCarlo(features="tiles:1x5", alpha=1e-4),
}


@dataclass
class Tilings(WalkCourses):
    """One tiling and fifty on the walk of 1,000 states.

    A tile has 200 states, and each of fifty tilings is moved by a fiftieth of a tile. All tiles together learn as fast
    as one tiling does, and then distinguish more states. α is 0.0001 for one tiling, and a fiftieth of it for fifty.
    """

    def measure(self) -> Measured:
        return self.value_errors(AGENTS)

    def draw(self, figure: Figure, found: Measured) -> None:
        self.draw_errors(figure, found, [*AGENTS])

    def conclude(self, found: Measured) -> str:
        fifty, one = found[FIFTY][-1], found[ONE][-1]
        return (
            f"After {found['episode'][-1]:,.0f} episodes √VE is {fifty:.3f} with fifty tilings and {one:.3f} with one."
        )
