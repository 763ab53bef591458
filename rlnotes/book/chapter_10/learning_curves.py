"""Figure 10.2: SARSA on the mountain car."""

from dataclasses import dataclass

from matplotlib.figure import Figure

from rlnotes.agents import LinearSARSA
from rlnotes.book.base.mountain_car import SETTINGS, TILINGS, DrivingFigure, draw_lengths
from rlnotes.experiments.experiment import Measured

AGENTS = {f"α = {alpha}/8": LinearSARSA(alpha=alpha / TILINGS, **SETTINGS) for alpha in (0.1, 0.2, 0.5)}


@dataclass
class LearningCurves(DrivingFigure):
    """Semi-gradient SARSA on the mountain car, by α.

    With 8 tilings, 8 features are 1 at once, so α = 0.5/8 moves a value half of the way to its target.
    """

    size = (6.8, 4.2)

    def measure(self) -> Measured:
        return {label: self.lengths(agent).mean(axis=0) for label, agent in AGENTS.items()}

    def draw(self, figure: Figure, found: Measured) -> None:
        draw_lengths(figure, found)

    def conclude(self, found: Measured) -> str:
        last = max(1, self.episodes // 5)
        ends = ", ".join(f"{lengths[-last:].mean():.0f} ({label})" for label, lengths in found.items())
        return f"In the last {last} episodes an episode takes {ends} steps on average."
