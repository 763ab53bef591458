"""Figure 10.4: n-step SARSA on the mountain car by α and n."""

from dataclasses import dataclass
from functools import partial

from matplotlib.figure import Figure

from rlnotes.agents import LinearNStepSARSA
from rlnotes.book.base.mountain_car import SETTINGS, StepSizeFigure, draw_by_alpha
from rlnotes.book.base.step_sizes import least
from rlnotes.experiments.experiment import Measured

FAMILIES = {f"n = {n}": partial(LinearNStepSARSA, n=n, **SETTINGS) for n in (1, 2, 4, 8, 16)}


@dataclass
class StepSizeAndN(StepSizeFigure):
    """Early performance of n-step SARSA on the mountain car, by α and n.

    The mean of the first 50 episodes. A medium n is best, and a larger n needs a smaller α.
    """

    size = (6.8, 4.4)

    runs: int = 15

    def measure(self) -> Measured:
        return self.by_alpha(FAMILIES, largest=1.8, limit=320)

    def draw(self, figure: Figure, found: Measured) -> None:
        words = f"steps per episode, averaged over\nthe first {self.episodes} episodes"
        draw_by_alpha(figure.subplots(), found, FAMILIES, ylabel=words, ylim=(210, 300), xlim=(0, 1.8))

    def conclude(self, found: Measured) -> str:
        label, alpha, steps = least({label: found[label] for label in FAMILIES}, found["alpha"])
        return f"The first {self.episodes} episodes are shortest with {label}, α = {alpha:g}/8: {steps:.0f} steps."
