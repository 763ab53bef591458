"""Figure 9.1: gradient Monte Carlo with groups of states."""

from dataclasses import dataclass

import numpy as np
from matplotlib.figure import Figure

from rlnotes.agents import GradientMonteCarlo
from rlnotes.book.base.book_figure import SimulatedFigure
from rlnotes.book.base.walk_of_1000 import STATES, WALK, draw_values, targets_of
from rlnotes.experiments.experiment import Measured
from rlnotes.figures.style import COLOURS

FEATURES = "aggregation:10"


@dataclass
class Aggregation(SimulatedFigure):
    """Gradient Monte Carlo on the walk of 1,000 states, with ten groups of states.

    Every group has one value, so the learnt value is a staircase. It has the least mean square error under μ, the share
    of steps in each state. So a step is nearest to the states of its group that are visited most; the first and the
    last group show it. The book has 100,000 episodes with α = 2·10⁻⁵; here are fewer episodes, a larger α, and the
    mean of several runs.
    """

    size = (7.4, 4.4)

    runs: int = 20

    episodes: int = 5_000
    """episodes of a run, 1 or more"""

    def measure(self) -> Measured:
        agent, targets = GradientMonteCarlo(features=FEATURES, alpha=4e-4), targets_of(FEATURES)
        weights = self.record(agent, WALK, episodes=self.episodes)["weights"].mean(axis=0)
        errors = targets.value_error(np.stack([weights, targets.least_squares()]))
        return {"learnt": targets.x @ weights, "share": targets.mu[:, 0], "error": errors}

    def draw(self, figure: Figure, found: Measured) -> None:
        axes = figure.subplots()
        share = axes.twinx()
        share.fill_between(STATES, found["share"], color="0.85", linewidth=0)
        share.set(ylabel="distribution μ (grey)", ylim=(0, 0.007), zorder=0)
        axes.set(zorder=1, facecolor="none")
        draw_values(axes, targets_of(FEATURES), {"gradient Monte Carlo": found["learnt"]})
        share.spines["top"].set_visible(False)
        axes.lines[1].set_color(COLOURS[1])

    def conclude(self, found: Measured) -> str:
        learnt, best = found["error"]
        return f"√VE of the mean learnt value is {learnt:.4f}; the best value of ten groups has {best:.4f}."
