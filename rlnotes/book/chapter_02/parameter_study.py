"""Figure 2.6: a parameter study of bandit agents."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from matplotlib.figure import Figure

from rlnotes.agents import UCB1, GradientBandit, OptimisticGreedy
from rlnotes.agents.base.agent import Agent
from rlnotes.book.base.ten_arms import TestbedFigure, epsilon_greedy
from rlnotes.envs import GaussianBandit
from rlnotes.experiments.experiment import Measured
from rlnotes.figures.style import COLOURS, LINE_STYLES, frame

FAMILIES: dict[str, tuple[Callable[[float], Agent], range]] = {
    "ε-greedy, ε": (epsilon_greedy, range(-7, -1)),
    "gradient bandit, α": (lambda x: GradientBandit(alpha=x), range(-5, 3)),
    "UCB, c": (lambda x: UCB1(c=x), range(-4, 3)),
    "optimistic greedy with α = 0.1, Q₁": (lambda x: OptimisticGreedy(initial=x, alpha=0.1, epsilon=0.0), range(-2, 3)),
}
"""makes an agent from its parameter, and the powers of 2 to try"""


@dataclass
class ParameterStudy(TestbedFigure):
    """Average reward of bandit agents over the first 1,000 steps, by their parameter.

    Each agent is best at a medium value of its parameter. A comparison at one value of each says little.
    """

    size = (6.4, 4.5)

    def measure(self) -> Measured:
        found: Measured = {}
        for label, (make, powers) in FAMILIES.items():
            records = (self.record(make(2.0**power), GaussianBandit(), steps=self.steps) for power in powers)
            found[label] = np.array([data["reward"][:, -1].mean() / self.steps for data in records])
        return found

    def draw(self, figure: Figure, found: Measured) -> None:
        axes = figure.subplots()
        for (label, (_, powers)), colour, style in zip(FAMILIES.items(), COLOURS, LINE_STYLES, strict=False):
            axes.plot(2.0 ** np.array(powers), found[label], "o", linestyle=style, color=colour, label=label)
        axes.set_xscale("log", base=2)
        axes.set(xlabel="ε, α, c, Q₁", ylabel=f"average reward over the first {self.steps:,} steps")
        axes.legend(frameon=False)
        frame(axes)

    def conclude(self, found: Measured) -> str:
        best = []
        for label, (_, powers) in FAMILIES.items():
            agent, _, parameter = label.rpartition(", ")
            at = 2.0 ** powers[int(found[label].argmax())]
            best.append(f"{found[label].max():.2f} ({agent}, {parameter} = {at:g})")
        return f"The best average rewards are {', '.join(best)}."
