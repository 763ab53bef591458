"""Figure 5.3: ordinary and weighted importance sampling in blackjack."""

from dataclasses import dataclass, replace
from functools import partial

import numpy as np
from matplotlib.figure import Figure

from rlnotes.agents import ImportanceSampling
from rlnotes.book.base.blackjack import stick_on_20
from rlnotes.book.base.book_figure import SimulatedFigure
from rlnotes.envs import Blackjack, ModelEnv
from rlnotes.experiments.drawing import curves
from rlnotes.experiments.experiment import Measured

STATE = ((13, True), 2)
"""a sum of 13 with a usable ace, and the dealer shows a deuce"""
WEIGHTINGS = ("ordinary", "weighted")


@dataclass
class BlackjackImportance(SimulatedFigure):
    """Ordinary and weighted importance sampling of one blackjack state.

    The policy sticks on 20 and 21, while episodes play at random from the state. Its value is −0.27726. Weighted
    importance sampling begins with a bias and has far less error in the first episodes.
    """

    size = (6.8, 4.2)

    steps: int = 15_000
    """steps of a run, 10 or more; an episode takes about 1.5"""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.require_whole("steps", 10)

    def measure(self) -> Measured:
        model, every = Blackjack().model, np.arange(self.runs)
        names = list(model.called.states)
        start = names.index(STATE)
        env = ModelEnv(replace(model, start=np.eye(model.states)[start]))
        policy = stick_on_20()
        points = np.unique(np.geomspace(1, self.steps, 80).astype(np.int64))
        found = {"value": np.array(model.evaluate(policy)[start])}
        for weighting in WEIGHTINGS:
            agent = ImportanceSampling(policy=policy.tolist(), weighting=weighting)
            found["episode"], values = self.course(agent, env, points, partial(agent.value, every))
            found[weighting] = ((values[:, :, start] - found["value"]) ** 2).mean(axis=1)
        return found

    def draw(self, figure: Figure, found: Measured) -> None:
        axes = figure.subplots()
        ys = {f"{weighting} importance sampling": found[weighting] for weighting in WEIGHTINGS}
        words = {"xlabel": "episodes (log scale)", "ylabel": f"mean square error over {self.runs} runs"}
        curves(axes, found["episode"], ys, xscale="log", ylim=(0, 5), **words)
        axes.legend(frameon=False)

    def conclude(self, found: Measured) -> str:
        near = int(np.searchsorted(found["episode"], min(10.0, found["episode"][-1])))
        ordinary, weighted = (found[weighting][near] for weighting in WEIGHTINGS)
        return (
            f"After {found['episode'][near]:,.0f} episodes the mean square error is {ordinary:.3f} with ordinary and "
            f"{weighted:.3f} with weighted importance sampling; the value is {found['value']:.5f}."
        )
