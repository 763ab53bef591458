"""Figure 6.2: batch TD and batch Monte Carlo on the random walk."""

from dataclasses import dataclass

import numpy as np
from matplotlib.figure import Figure

from rlnotes.agents import BatchTD, MonteCarloPrediction
from rlnotes.book.base.book_figure import SimulatedFigure
from rlnotes.envs import RandomWalk
from rlnotes.experiments.drawing import curves
from rlnotes.experiments.experiment import Measured

AGENTS = {"TD": BatchTD(initial=0.5), "MC": MonteCarloPrediction(alpha="1/visits", initial=0.5, every_visit=True)}


@dataclass
class Batch(SimulatedFigure):
    """TD(0) and Monte Carlo with batches of all episodes so far.

    Batch Monte Carlo finds the mean of the returns, which has the least square error on these episodes. Batch TD finds
    the value of the most likely model, which is nearer to the truth on new ones.
    """

    size = (6.4, 4.0)

    runs: int = 1_000

    episodes: int = 100
    """episodes of a run, 1 or more"""

    def measure(self) -> Measured:
        return {
            label: self.record(agent, RandomWalk(), episodes=self.episodes)["rmse"].mean(axis=0)
            for label, agent in AGENTS.items()
        }

    def draw(self, figure: Figure, found: Measured) -> None:
        axes = figure.subplots()
        words = {"xlabel": "episodes", "ylabel": "RMS error, averaged over states", "ylim": (0, 0.25)}
        curves(axes, np.arange(1, self.episodes + 1), found, **words)
        axes.legend(frameon=False)

    def conclude(self, found: Measured) -> str:
        return (
            f"After {self.episodes} episodes the error of batch TD is {found['TD'][-1]:.3f}, and that of batch Monte "
            f"Carlo {found['MC'][-1]:.3f}."
        )
