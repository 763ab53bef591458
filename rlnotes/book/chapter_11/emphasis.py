"""Figure 11.6: emphatic TD on Baird's example."""

from dataclasses import dataclass

from matplotlib.figure import Figure

from rlnotes.agents.linear.base.expected_updates import emphatic_td
from rlnotes.book.base.baird import draw_weights, errors_of, sweeps, targets
from rlnotes.book.base.book_figure import BookFigure
from rlnotes.experiments.experiment import Measured

ALPHA = 0.03


@dataclass
class Emphasis(BookFigure):
    """Emphatic TD on Baird's example, in expectation.

    States count as often as the policy would visit them, and √VE goes to 0. In single runs the emphasis varies so much
    that learning rarely succeeds, which is why only the expectation is drawn.
    """

    size = (6.4, 4.2)

    sweeps: int = 1_000
    """sweeps, 1 or more"""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.require_whole("sweeps", 1)

    def measure(self) -> Measured:
        exact = targets()
        weights = sweeps(lambda w: emphatic_td(exact, w, ALPHA), self.sweeps)
        return {"weights": weights, "√VE": errors_of(weights)["√VE"]}

    def draw(self, figure: Figure, found: Measured) -> None:
        axes = figure.subplots()
        draw_weights(axes, found["weights"], xlabel="sweeps", ylabel="weights and √VE")
        axes.plot(found["√VE"], "k", label="√VE")
        axes.legend(frameon=False, loc=(0.65, 0.42))

    def conclude(self, found: Measured) -> str:
        error = found["√VE"]
        return f"√VE falls from {error[0]:.2f} to {error[-1]:.0e} in {self.sweeps:,} sweeps."
