"""Figure 2.5: the baseline of a gradient bandit."""

from dataclasses import dataclass

import numpy as np
from matplotlib.figure import Figure

from rlnotes.agents import GradientBandit
from rlnotes.book.base.ten_arms import TestbedFigure, late
from rlnotes.envs.bandits.gaussian_bandit import GaussianBandit
from rlnotes.experiments.experiment import Measured

AGENTS = {
    f"α = {alpha}, with{'' if baseline else 'out'} baseline": GradientBandit(alpha=alpha, baseline=baseline)
    for baseline in (True, False)
    for alpha in (0.1, 0.4)
}


class Raised(GaussianBandit):
    """The testbed, with means around 4."""

    def draw_means(self, shape: tuple[int, int]) -> np.ndarray:
        return 4 + super().draw_means(shape)


@dataclass
class Baseline(TestbedFigure):
    """Gradient bandits with and without a baseline, if the means are near 4.

    With a baseline, a reward counts by how far it is above the mean reward, so adding 4 to all rewards changes nothing.
    Without one, every reward near 4 makes its arm more likely, and the first arms win too often.
    """

    size = (6.4, 4.0)

    def measure(self) -> Measured:
        return self.courses(AGENTS, Raised())

    def draw(self, figure: Figure, found: Measured) -> None:
        self.draw_courses(figure, found, ("optimal",), [*AGENTS])

    def conclude(self, found: Measured) -> str:
        ends = ", ".join(f"{late(found[f'optimal, {label}']):.0f} % ({label})" for label in AGENTS)
        return f"At the end the best arm is played in {ends} of the steps."
