"""Figure 8.8: on-policy and uniform updates."""

from dataclasses import dataclass, replace

import numpy as np
from matplotlib.figure import Figure

from rlnotes.agents import RealTimeDP
from rlnotes.book.base.book_figure import SimulatedFigure
from rlnotes.envs import Model, ModelEnv
from rlnotes.experiments.drawing import curves
from rlnotes.experiments.experiment import Measured

BRANCHES = (1, 3, 10)
"""numbers b of next states of a state and action"""
END = 0.1
"""probability that a step ends the episode"""
DISTRIBUTIONS = ("on_policy", "uniform")
POINTS = 40
"""evaluations of the greedy policy"""


@dataclass
class TrajectorySampling(SimulatedFigure):
    """Expected updates along the trajectories of the policy, and of all pairs in turn.

    The value of the greedy policy at the start, in random tasks with two actions. Updates along trajectories, with
    ε = 0.1, are better at first, since they are about the states that come soon after the start. Later they compute
    the same values again. The book averages over 200 tasks. It also shows tasks with 10,000 states.
    """

    size = (7.6, 4.4)

    runs: int = 20
    """random tasks, 1 or more"""

    states: int = 1_000
    """states of a task, 2 or more"""

    updates: int = 20_000
    """expected updates of a run, 40 or more"""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.require_whole("states", 2)
        self.require_whole("updates", POINTS)

    def measure(self) -> Measured:
        found: Measured = {}
        one = replace(self, runs=1)
        points = np.linspace(0, self.updates, POINTS + 1).astype(np.int64)
        for b in BRANCHES:
            tasks = [task(np.random.default_rng((self.seed, number)), self.states, b) for number in range(self.runs)]
            for distribution in DISTRIBUTIONS:
                values = [one.values(model, distribution, points, number) for number, model in enumerate(tasks)]
                found[f"{distribution}, b = {b}"] = np.mean(values, axis=0)
        return found | {"updates": points}

    def values(self, model: Model, distribution: str, points: np.ndarray, block: int) -> np.ndarray:
        """The value of the greedy policy at the start after so many updates."""
        agent, first = RealTimeDP(epsilon=0.1, distribution=distribution), np.arange(1)

        def value() -> np.ndarray:
            return np.array(model.at_start(model.evaluate(agent.greedy(first)[0])))

        return self.course(agent, ModelEnv(model), points, value, block)[1]

    def draw(self, figure: Figure, found: Measured) -> None:
        axes = figure.subplots()
        ys = {
            f"{distribution.replace('_', '-')}, b = {b}": found[f"{distribution}, b = {b}"]
            for b in BRANCHES
            for distribution in DISTRIBUTIONS
        }
        curves(axes, found["updates"], ys, xlabel="number of expected updates")
        axes.set_ylabel("value of the start under the greedy policy")
        axes.legend(frameon=False, fontsize="small", loc="center left", bbox_to_anchor=(1, 0.5))

    def conclude(self, found: Measured) -> str:
        early, late = POINTS // 10, POINTS
        texts = []
        for at in (early, late):
            on, uniform = (found[f"{distribution}, b = 1"][at] for distribution in DISTRIBUTIONS)
            texts.append(f"{on:.2f} and {uniform:.2f} after {found['updates'][at]:,} updates")
        return f"With b = 1 the values of on-policy and uniform updates are {', '.join(texts)}."


def task(rng: np.random.Generator, states: int, b: int) -> Model:
    """A random task: both actions lead to b next states, equally likely, with a reward from N(0, 1) each."""
    state, action, _ = np.indices((states, 2, b + 1)).reshape(3, -1)
    ends = np.tile(np.arange(b + 1) == b, 2 * states)
    return Model.from_entries(
        states,
        2,
        state,
        action,
        rng.integers(states, size=len(state)),
        np.where(ends, END, (1 - END) / b),
        np.where(ends, 0.0, rng.standard_normal(len(state))),
        ends,
        start=0,
        discount=1.0,
    )
