"""Figure 8.4: Dyna-Q and Dyna-Q+ in a maze whose short way is blocked after 1,000 steps."""

from dataclasses import dataclass

from matplotlib.figure import Figure

from rlnotes.book.base.changing_mazes import ChangingMazeFigure
from rlnotes.envs import ChangingMaze
from rlnotes.experiments.experiment import Measured

CHANGE = 1_000


@dataclass
class BlockingMaze(ChangingMazeFigure):
    """Dyna-Q and Dyna-Q+ in a maze whose short way is blocked after 1,000 steps.

    The model is then wrong in a way that the agents notice, as they run into the wall. Both find the long way, and the
    bonus for actions not tried for long makes Dyna-Q+ find it sooner.
    """

    steps: int = 3_000

    def measure(self) -> Measured:
        return self.rewards(ChangingMaze(maze="blocking", change=CHANGE))

    def draw(self, figure: Figure, found: Measured) -> None:
        self.draw_rewards(figure, found, CHANGE)

    def conclude(self, found: Measured) -> str:
        return f"The cumulative reward of {self.steps:,} steps is {self.ends(found)}."
