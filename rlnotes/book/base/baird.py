"""Baird's example: its weights in the course of learning, and sweeps in expectation."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes

from rlnotes.agents.linear.base.exact_targets import ExactTargets
from rlnotes.agents.linear.base.prediction_agent import LinearPredictionAgent
from rlnotes.book.base.book_figure import SimulatedFigure
from rlnotes.envs import Baird
from rlnotes.experiments.drawing import curves
from rlnotes.experiments.experiment import Measured
from rlnotes.figures.style import COLOURS


def targets() -> ExactTargets:
    """The exact targets of the example, if the behaviour visits all states equally often."""
    example, model = Baird().prediction, Baird().model
    return ExactTargets(model, example.features, example.policy, model.stationary(example.behaviour))


def sweeps(update: Callable[[np.ndarray], np.ndarray], number: int) -> np.ndarray:
    """The weights at the start and after each sweep of an `update` in expectation [number + 1, size]."""
    weights = [Baird().prediction.weights]
    for _ in range(number):
        weights.append(update(weights[-1]))
    return np.array(weights)


@dataclass
class BairdFigure(SimulatedFigure):
    """A figure of the weights of one run."""

    size = (11.0, 4.4)

    runs: int = 1

    steps: int = 1_000
    """steps of a run, and sweeps, 1 or more"""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.require_whole("steps", 1)
        self.require("runs", self.runs == 1, "must be 1: the picture has the weights of one run")

    def learnt(self, agent: LinearPredictionAgent) -> np.ndarray:
        """The weights at the start and after each step [steps + 1, size]; no episode is cut off."""
        points, first = np.arange(self.steps + 1), np.arange(1)
        return self.course(agent, Baird(time_limit=None), points, lambda: agent.weights(first)[0].copy())[1]


def draw_weights(axes: Axes, weights: np.ndarray, **settings: str) -> None:
    """Draw the weights; w₁ to w₆ are nearly equal and have one colour."""
    for number, course in enumerate(weights.T[:6]):
        axes.plot(course, color=COLOURS[0], linewidth=0.8, label="" if number else "w₁ to w₆")
    curves(axes, np.arange(len(weights)), {}, **settings)
    axes.plot(weights[:, 6], "--", color=COLOURS[1], label="w₇")
    axes.plot(weights[:, 7], "-.", color=COLOURS[2], label="w₈")


def errors_of(weights: np.ndarray) -> Measured:
    """√VE and √PBE of weights [..., size]."""
    exact = targets()
    return {"√VE": exact.value_error(weights), "√PBE": exact.projected_bellman_error(weights)}
