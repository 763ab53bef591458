"""REINFORCE in the short corridor, from a bad start."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import log, sqrt

import numpy as np
from matplotlib.figure import Figure

from rlnotes.agents.base.agent import Problem
from rlnotes.agents.linear.linear_reinforce import LinearReinforce
from rlnotes.book.base.book_figure import SimulatedFigure
from rlnotes.envs import ShortCorridor
from rlnotes.experiments.drawing import curves
from rlnotes.experiments.experiment import Measured

LEFT = 0.95
"""probability of left at the start, where an episode takes 82 steps on average"""
BEST = -6 - 4 * sqrt(2)
"""v*(s₀) of the best policy of the corridor that sees no state"""


@dataclass
class FromLeft(LinearReinforce):
    """REINFORCE whose policy goes left with probability 0.95 at the start."""

    def begin(self, problem: Problem, rng: np.random.Generator) -> None:
        super().begin(problem, rng)
        self.w[:, :, 0] += log(LEFT / (1 - LEFT))


@dataclass
class CorridorFigure(SimulatedFigure):
    """A figure of the returns of REINFORCE."""

    size = (6.8, 4.2)

    episodes: int = 1_000
    """episodes of a run, 1 or more"""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.require_whole("episodes", 1)

    def returns(self, agents: Mapping[str, LinearReinforce]) -> Measured:
        """The mean return of every episode."""
        return {
            label: self.record(agent, ShortCorridor(), episodes=self.episodes)["returns"].mean(axis=0)
            for label, agent in agents.items()
        }

    def draw_returns(self, figure: Figure, found: Measured) -> None:
        """Draw the returns beside the best possible one."""
        axes = figure.subplots()
        words = {"xlabel": "episode", "ylabel": "G₀, total reward on episode,\naveraged over the runs"}
        curves(axes, np.arange(1, self.episodes + 1), found, ylim=(-90, -8), **words)
        axes.axhline(BEST, color="k", linestyle=":", linewidth=1, label=f"v*(s₀) = −{-BEST:.1f}")
        axes.legend(frameon=False)

    def ends(self, found: Measured) -> str:
        """The mean returns of the last tenth of the episodes."""
        last = max(1, self.episodes // 10)
        return ", ".join(f"{returns[-last:].mean():.1f} ({label})" for label, returns in found.items())
