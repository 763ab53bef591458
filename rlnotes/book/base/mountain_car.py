"""Learning to drive the mountain car, as in chapters 10 and 12."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import ScalarFormatter

from rlnotes.agents.base.agent import Agent
from rlnotes.book.base.book_figure import SimulatedFigure
from rlnotes.book.base.step_sizes import by_step_size, step_sizes
from rlnotes.envs import MountainCar
from rlnotes.experiments.drawing import curves
from rlnotes.experiments.experiment import Measured

TILINGS = 8
SETTINGS: dict[str, Any] = {"features": f"tiles:{TILINGS}x8", "epsilon": 0.0}
"""8 tilings of 8 × 8 tiles; the first values are optimistic, so the agents explore without ε"""
LIMIT = 5_000
"""time limit of an episode, which only a bad agent reaches"""
Make = Callable[..., Agent]


@dataclass
class DrivingFigure(SimulatedFigure):
    """A figure of the steps that an episode takes."""

    episodes: int = 500
    """episodes of a run, 1 or more"""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.require_whole("episodes", 1)

    def lengths(self, agent: Agent) -> np.ndarray:
        """The steps of every episode [runs, episodes]."""
        return self.record(agent, MountainCar(time_limit=LIMIT), episodes=self.episodes)["lengths"]


@dataclass
class StepSizeFigure(DrivingFigure):
    """A figure of the first episodes against α."""

    episodes: int = 50

    step_sizes: int = 18
    """number of step sizes α, evenly from 0, which is not one of them, 1 or more"""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.require_whole("step_sizes", 1)

    def by_alpha(self, families: Mapping[str, Make], largest: float, limit: float) -> Measured:
        """The mean number of steps of the episodes for each α · tilings, as `by_step_size` has it."""
        alphas = step_sizes(largest, self.step_sizes)

        def steps(make: Make, alpha: float) -> float:
            return float(self.lengths(make(alpha=alpha / TILINGS)).mean())

        curves = {label: by_step_size(alphas, partial(steps, make), limit) for label, make in families.items()}
        return {"alpha": alphas, **curves}


def draw_by_alpha(axes: Axes, found: Measured, labels: Mapping[str, Any], **settings: Any) -> None:
    """Draw curves against α · tilings."""
    curves(axes, found["alpha"], {label: found[label] for label in labels}, xlabel=f"α × {TILINGS} tilings", **settings)
    axes.legend(frameon=False, fontsize="small")


def draw_lengths(figure: Figure, found: Measured) -> None:
    """Draw steps per episode on a log scale."""
    axes = figure.subplots()
    episode = np.arange(1, len(next(iter(found.values()))) + 1)
    curves(axes, episode, found, xlabel="episode", ylabel="steps per episode (log scale)", yscale="log")
    axes.set_yticks([100, 200, 400, 1_000], minor=False)
    axes.yaxis.set_major_formatter(ScalarFormatter())
    axes.set_yticks([], minor=True)
    axes.legend(frameon=False)
