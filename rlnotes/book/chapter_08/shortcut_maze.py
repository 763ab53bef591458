"""Figure 8.5: Dyna-Q and Dyna-Q+ in a maze with a shortcut after 3,000 steps."""

from dataclasses import dataclass

from matplotlib.figure import Figure

from rlnotes.book.base.changing_mazes import ChangingMazeFigure
from rlnotes.envs import ChangingMaze
from rlnotes.experiments.experiment import Measured

CHANGE = 3_000


@dataclass
class ShortcutMaze(ChangingMazeFigure):
    """Dyna-Q and Dyna-Q+ in a maze with a shortcut after 3,000 steps.

    The old way still works, so nothing tells Dyna-Q that its model is wrong, and a long way of random moves is
    unlikely. Dyna-Q+ tries old actions again and finds the shortcut.
    """

    steps: int = 6_000

    def measure(self) -> Measured:
        return self.rewards(ChangingMaze(maze="shortcut", change=CHANGE))

    def draw(self, figure: Figure, found: Measured) -> None:
        self.draw_rewards(figure, found, CHANGE)

    def conclude(self, found: Measured) -> str:
        return f"The cumulative reward of {self.steps:,} steps is {self.ends(found)}."
