"""Figure 6.5: maximization bias."""

from dataclasses import dataclass

import numpy as np
from matplotlib.figure import Figure

from rlnotes.agents import DoubleQLearning, QLearning
from rlnotes.book.base.book_figure import SimulatedFigure
from rlnotes.envs import MaximizationBias
from rlnotes.experiments.drawing import curves
from rlnotes.experiments.experiment import Measured

AGENTS = {
    "Q-learning": QLearning(alpha=0.1, epsilon=0.1),
    "double Q-learning": DoubleQLearning(alpha=0.1, epsilon=0.1),
}


@dataclass
class Bias(SimulatedFigure):
    """Q-learning and double Q-learning on a task with maximization bias.

    Left leads to actions that pay −0.1 on average. Some of them look good by chance, and the maximum of ten noisy
    estimates is too high, so Q-learning often goes left. Double Q-learning takes the best action of one table and its
    value from the other.
    """

    size = (6.4, 4.0)

    runs: int = 10_000

    episodes: int = 300
    """episodes of a run, 1 or more"""

    def measure(self) -> Measured:
        records = {
            label: self.record(agent, MaximizationBias(), episodes=self.episodes) for label, agent in AGENTS.items()
        }
        # an episode of two steps goes left, through B
        return {label: 100 * (data["lengths"] == 2).mean(axis=0) for label, data in records.items()}

    def draw(self, figure: Figure, found: Measured) -> None:
        axes = figure.subplots()
        words = {"xlabel": "episodes", "ylabel": "% left actions from A", "ylim": (0, 100)}
        curves(axes, np.arange(1, self.episodes + 1), found, **words)
        axes.axhline(5, color="k", linestyle=":", linewidth=1, label="optimal, ε/2 = 5 %")
        axes.legend(frameon=False)

    def conclude(self, found: Measured) -> str:
        most, last = (
            ", ".join(f"{reach(found[label]):.1f} % ({label})" for label in AGENTS) for reach in (np.max, last_of)
        )
        return f"The largest share of left actions is {most}, and that of the last episode {last}."


def last_of(course: np.ndarray) -> float:
    """The last point of a course."""
    return float(course[-1])
