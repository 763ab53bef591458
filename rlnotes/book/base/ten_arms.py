"""The ten-armed testbed: 1,000 steps of 2,000 problems with ten Gaussian arms."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from rlnotes.agents import OptimisticGreedy
from rlnotes.agents.base.agent import Agent
from rlnotes.analysis.series import since_last
from rlnotes.book.base.book_figure import SimulatedFigure
from rlnotes.envs import GaussianBandit
from rlnotes.envs.bandits.base.stochastic_bandit import StochasticBandit
from rlnotes.experiments.drawing import curves
from rlnotes.experiments.experiment import Measured

AXES: dict[str, dict[str, Any]] = {
    "reward": {"ylabel": "average reward"},
    "optimal": {"ylabel": "% optimal action", "ylim": (0, 100)},
}
"""what a panel shows"""


def epsilon_greedy(epsilon: float) -> OptimisticGreedy:
    """The ε-greedy agent of the book: a mean is 0 before the first reward."""
    return OptimisticGreedy(initial=0.0, alpha=None, epsilon=epsilon)


@dataclass
class TestbedFigure(SimulatedFigure):
    """A figure of agents on the testbed."""

    runs: int = 2_000

    steps: int = 1_000
    """steps of a run, 1 or more"""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.require_whole("steps", 1)

    def courses(self, agents: Mapping[str, Agent], env: StochasticBandit | None = None) -> Measured:
        """The mean reward and the percentage of optimal actions of every agent, over time."""
        found: Measured = {}
        for label, agent in agents.items():
            data = self.record(agent, env or GaussianBandit(), steps=self.steps)
            found["step"], reward = since_last(data["steps"], data["reward"])
            _, optimal = since_last(data["steps"], data["optimal"] * data["steps"])
            found |= {f"reward, {label}": reward.mean(axis=0), f"optimal, {label}": 100 * optimal.mean(axis=0)}
        return found

    def draw_courses(self, figure: Figure, found: Measured, shown: Sequence[str], labels: Sequence[str]) -> None:
        """Draw a panel for each of what is `shown`, reward or optimal."""
        for axes, what in zip(figure.subplots(1, len(shown), squeeze=False)[0], shown, strict=True):
            curves(axes, found["step"], {label: found[f"{what}, {label}"] for label in labels}, xlabel="steps")
            axes.set(**AXES[what])
            axes.legend(frameon=False, ncols=2 if len(labels) > 3 else 1)


def late(course: np.ndarray) -> float:
    """The mean of the last 20 points of a course, which are 10 steps apart or more."""
    return float(course[-20:].mean())
