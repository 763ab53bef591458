"""Figure 10.3: one-step and 8-step SARSA on the mountain car."""

from dataclasses import dataclass

from matplotlib.figure import Figure

from rlnotes.agents import LinearNStepSARSA
from rlnotes.book.base.mountain_car import SETTINGS, TILINGS, DrivingFigure, draw_lengths
from rlnotes.experiments.experiment import Measured

AGENTS = {
    f"n = {n}, α = {alpha}/8": LinearNStepSARSA(n=n, alpha=alpha / TILINGS, **SETTINGS)
    for n, alpha in ((1, 0.5), (8, 0.3))
}


@dataclass
class NStepCurves(DrivingFigure):
    """One-step and 8-step SARSA on the mountain car, each with a good α.

    8-step returns carry the cost of a step back over 8 states at once, so learning is faster and ends lower.
    """

    size = (6.8, 4.2)

    def measure(self) -> Measured:
        return {label: self.lengths(agent).mean(axis=0) for label, agent in AGENTS.items()}

    def draw(self, figure: Figure, found: Measured) -> None:
        draw_lengths(figure, found)

    def conclude(self, found: Measured) -> str:
        one, many = found.values()
        early = min(20, self.episodes)
        return (
            f"The first {early} episodes take {one[:early].mean():.0f} steps on average with n = 1 and "
            f"{many[:early].mean():.0f} with n = 8, and the last one {one[-1]:.0f} and {many[-1]:.0f}."
        )
