"""Figure 3.2: the value of random moves in a gridworld."""

from dataclasses import dataclass

import numpy as np
from matplotlib.figure import Figure

from rlnotes.book.base.book_figure import BookFigure
from rlnotes.book.base.grids import grid_of, numbers
from rlnotes.book.base.planning import equiprobable
from rlnotes.envs import Gridworld5x5
from rlnotes.experiments.experiment import Measured
from rlnotes.figures.style import COLOURS

JUMPS = {"A": ("a", 10), "B": ("b", 5)}
"""where a jump leads, and what it pays"""


@dataclass
class RandomPolicy(BookFigure):
    """The value of random moves in a gridworld with two jumps.

    The value of A is below the 10 that its jump pays, since the walker lands near the lower edge and often runs into
    it. The value of B is above 5. These values solve linear equations; nothing is simulated.
    """

    size = (7.4, 3.9)

    def measure(self) -> Measured:
        model = Gridworld5x5().model
        return {"value": model.evaluate(equiprobable(model))}

    def draw(self, figure: Figure, found: Measured) -> None:
        left, right = figure.subplots(1, 2)
        model = Gridworld5x5().model
        assert model.picture
        letters = np.array([list(line) for line in model.picture.text])
        names = {".": "", "A": "A", "B": "B", "a": "A'", "b": "B'"}
        grid_of(left, np.vectorize(names.get)(letters), "jumps and what they pay")
        for begin, (end, pay) in JUMPS.items():
            [[row, column]], [[to, _]] = np.argwhere(letters == begin), np.argwhere(letters == end)
            arrow = {"arrowstyle": "->", "color": COLOURS[1], "connectionstyle": "arc3,rad=-0.4"}
            left.annotate("", (column + 0.2, to - 0.2), (column + 0.2, row + 0.2), arrowprops=arrow)
            left.text(column + 0.3 + (to - row) / 4, (row + to) / 2, f"+{pay}", color=COLOURS[1], ha="center")
        grid_of(right, numbers(model, found["value"]), "value of random moves")

    def conclude(self, found: Measured) -> str:
        a, b = found["value"][1], found["value"][3]
        return f"The value of A is {a:.1f}, less than its 10, and that of B {b:.1f}, more than its 5."
