"""Figure 12.11: kinds of traces on the mountain car."""

from dataclasses import dataclass
from functools import partial

from matplotlib.figure import Figure

from rlnotes.agents import LinearSARSALambda
from rlnotes.book.base.mountain_car import SETTINGS, StepSizeFigure, draw_by_alpha
from rlnotes.book.base.step_sizes import least
from rlnotes.experiments.experiment import Measured

KINDS = {
    label: partial(LinearSARSALambda, traces=traces, decay=0.9, **SETTINGS)
    for label, traces in (
        ("true online SARSA(λ)", "true_online"),
        ("SARSA(λ), replacing traces", "replacing"),
        ("SARSA(λ), accumulating traces", "accumulating"),
    )
}
WORST = 550
"""steps per episode at the lower edge of the picture"""


@dataclass
class KindsOfTraces(StepSizeFigure):
    """SARSA(λ) with three kinds of traces on the mountain car, λ = 0.9.

    The mean of the first 20 episodes. Accumulating traces of features that are met again grow above 1 and fail with a
    large α. The book also has replacing traces that clear those of the other actions; they are left out here.
    """

    size = (6.8, 4.4)

    runs: int = 30

    episodes: int = 20

    step_sizes: int = 22

    def measure(self) -> Measured:
        return self.by_alpha(KINDS, largest=2.2, limit=WORST)

    def draw(self, figure: Figure, found: Measured) -> None:
        negative = {"alpha": found["alpha"]} | {label: -found[label] for label in KINDS}
        words = f"reward per episode, averaged over\nthe first {self.episodes} episodes"
        draw_by_alpha(figure.subplots(), negative, KINDS, ylabel=words, ylim=(-WORST, -150))

    def conclude(self, found: Measured) -> str:
        best = (least({label: found[label]}, found["alpha"]) for label in KINDS)
        ends = ", ".join(f"{-score:.0f} ({label}, α = {alpha:g}/8)" for label, alpha, score in best)
        return f"The best mean reward per episode is {ends}."
