"""Example 6.6: SARSA and Q-learning on the cliff."""

from dataclasses import dataclass

import numpy as np
from matplotlib.figure import Figure

from rlnotes.agents import SARSA, QLearning
from rlnotes.book.base.book_figure import SimulatedFigure
from rlnotes.envs import CliffWalking
from rlnotes.experiments.drawing import curves
from rlnotes.experiments.experiment import Measured

AGENTS = {"SARSA": SARSA(alpha=0.5, epsilon=0.1), "Q-learning": QLearning(alpha=0.5, epsilon=0.1)}


@dataclass
class Cliff(SimulatedFigure):
    """SARSA and Q-learning on the cliff: the sum of rewards of each episode.

    Q-learning learns the shortest path, along the edge, and falls off when a move is random. SARSA learns the value of
    the policy that plays, with its random moves, so it takes a safer path.
    """

    size = (6.4, 4.0)

    runs: int = 1_000

    episodes: int = 500
    """episodes of a run, 1 or more"""

    def measure(self) -> Measured:
        return {
            label: self.record(agent, CliffWalking(), episodes=self.episodes)["returns"].mean(axis=0)
            for label, agent in AGENTS.items()
        }

    def draw(self, figure: Figure, found: Measured) -> None:
        axes = figure.subplots()
        words = {"xlabel": "episodes", "ylabel": "sum of rewards during episode", "ylim": (-100, -10)}
        curves(axes, np.arange(1, self.episodes + 1), found, **words)
        axes.axhline(-13, color="k", linestyle=":", linewidth=1, label="shortest path, −13")
        axes.legend(frameon=False)

    def conclude(self, found: Measured) -> str:
        last = max(1, self.episodes // 5)
        sarsa, q = (found[label][-last:].mean() for label in AGENTS)
        return f"In the last {last} episodes the mean return of SARSA is {sarsa:.1f}, and that of Q-learning {q:.1f}."
