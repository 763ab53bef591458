"""The random walk of 1,000 states of chapter 9, and what features can express there."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from rlnotes.agents.linear.base.exact_targets import ExactTargets
from rlnotes.agents.linear.base.features import StateFeatures, features_of
from rlnotes.agents.linear.base.prediction_agent import LinearPredictionAgent
from rlnotes.book.base.book_figure import SimulatedFigure
from rlnotes.book.base.planning import equiprobable
from rlnotes.envs import RandomWalk
from rlnotes.experiments.drawing import curves
from rlnotes.experiments.experiment import Measured
from rlnotes.figures.style import frame

WALK = RandomWalk(states=1_000, jump=100, left_reward=-1.0)
STATES = np.arange(1, 1_001)


def targets_of(features: str) -> ExactTargets:
    """The true values, their distribution μ, and the best weights of these features."""
    of_states = features_of(features, None, WALK.single_observation_space)
    assert isinstance(of_states, StateFeatures)
    return ExactTargets(WALK.model, of_states.matrix, equiprobable(WALK.model))


def mean_length(targets: ExactTargets) -> float:
    """The mean number of steps of an episode: 1 / the long-run share of steps that end one."""
    stays = targets.mu[:, 0] @ np.asarray(targets.chain[0].sum(axis=1))
    return 1 / float(1 - stays)


def draw_values(axes: Axes, targets: ExactTargets, values: Mapping[str, np.ndarray]) -> None:
    """Draw values [states] over the states of the walk, beside the true ones."""
    curves(axes, STATES, {"true value": targets.value[:, 0], **values}, xlabel="state", ylabel="value")
    axes.legend(frameon=False)
    frame(axes)


@dataclass
class WalkCourses(SimulatedFigure):
    """A figure of √VE against episodes."""

    size = (7.4, 4.4)

    runs: int = 30

    episodes: int = 5_000
    """mean number of episodes of a run, 1 or more"""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.require_whole("episodes", 1)

    def value_errors(self, agents: Mapping[str, LinearPredictionAgent]) -> Measured:
        """√VE of every agent, averaged over the runs, and the mean numbers of episodes."""
        found: Measured = {}
        for label, agent in agents.items():
            targets = targets_of(agent.features)
            steps = np.linspace(0, mean_length(targets) * self.episodes, 101).astype(np.int64)

            def error(agent: LinearPredictionAgent = agent, targets: ExactTargets = targets) -> np.ndarray:
                return np.asarray(targets.value_error(agent.weights(np.arange(self.runs))).mean())

            found["episode"], found[label] = self.course(agent, WALK, steps, error)
        return found

    def draw_errors(self, figure: Figure, found: Measured, labels: list[str]) -> None:
        """Draw the curves in one panel."""
        axes = figure.subplots()
        ys = {label: found[label] for label in labels}
        curves(axes, found["episode"], ys, xlabel="episodes (mean over the runs)", ylabel="√VE, averaged over the runs")
        axes.set_ylim(0, None)
        axes.legend(frameon=False)
