"""Figure 3.5: optimal solutions of a gridworld."""

from dataclasses import dataclass

from matplotlib.figure import Figure

from rlnotes.agents import PolicyIteration
from rlnotes.book.base.book_figure import BookFigure
from rlnotes.book.base.grids import arrows, grid_of, numbers
from rlnotes.envs import Gridworld5x5
from rlnotes.experiments.experiment import Measured


@dataclass
class OptimalSolutions(BookFigure):
    """The optimal value and all optimal actions of the gridworld with two jumps.

    The walker goes to A from almost everywhere and jumps again and again. Where a cell has several arrows, each is
    optimal. In A and B every action jumps, so all four are equally good.
    """

    size = (7.4, 3.9)

    def measure(self) -> Measured:
        return {"value": PolicyIteration(tolerance=1e-10).plan(Gridworld5x5().model).value}

    def draw(self, figure: Figure, found: Measured) -> None:
        left, right = figure.subplots(1, 2)
        model = Gridworld5x5().model
        grid_of(left, numbers(model, found["value"]), "optimal value v*")
        arrows(right, model, found["value"], "optimal actions π*")

    def conclude(self, found: Measured) -> str:
        return (
            f"The optimal value of A is {found['value'][1]:.1f}: 10 for the jump, and γ⁵ = {0.9**5:.2f} times the same "
            f"again, five steps later."
        )
