"""Figure 10.5: differential SARSA on the access-control queue."""

from dataclasses import dataclass

import numpy as np
from matplotlib.figure import Figure

from rlnotes.agents import DifferentialSARSA, RelativeValueIteration
from rlnotes.book.base.book_figure import SimulatedFigure
from rlnotes.envs import AccessControl
from rlnotes.envs.mdps.access_control import PRIORITIES
from rlnotes.experiments.drawing import curves
from rlnotes.experiments.experiment import Measured


@dataclass
class AccessControlPolicy(SimulatedFigure):
    """The policy and the values of differential SARSA on the access-control queue.

    There is no discount: a value says how much more than the average reward follows. Customers with a low priority are
    turned away where few servers are free. With 8 free servers or more hardly any state is visited, so its value
    stays 0. α = β = 0.01 and ε = 0.1; the picture has the mean of several runs. The book has one run of two million
    steps.
    """

    size = (11.0, 4.2)

    runs: int = 10

    steps: int = 500_000
    """steps of a run, 1 or more"""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.require_whole("steps", 1)

    def measure(self) -> Measured:
        env, every = AccessControl(time_limit=None), np.arange(self.runs)
        agent = DifferentialSARSA(alpha=0.01, beta=0.01, epsilon=0.1)
        _, [q] = self.course(agent, env, np.array([self.steps]), lambda: agent.table_of(every).mean(axis=0))
        accepts, kinds = q.argmax(axis=1), len(PRIORITIES)
        best = RelativeValueIteration().plan(env.model).policy
        return {
            "accepts": accepts.reshape(-1, kinds),
            "optimal": best.reshape(-1, kinds),
            "value": q.max(axis=1).reshape(-1, kinds),
            "average reward": agent.average.copy(),
        }

    def draw(self, figure: Figure, found: Measured) -> None:
        left, right = figure.subplots(1, 2)
        left.imshow(found["accepts"][1:].T, cmap="Blues", vmin=0, vmax=2, aspect="auto")
        for (free, kind), accepts in np.ndenumerate(found["accepts"][1:]):
            left.text(free, kind, "accept" if accepts else "reject", ha="center", va="center", fontsize="small")
        servers = np.arange(1, len(found["accepts"]))
        names = [f"{pay:g}" for pay in PRIORITIES]
        left.set_xticks(servers - 1, [str(free) for free in servers])
        left.set_yticks(range(len(names)), names)
        left.set(xlabel="number of free servers", ylabel="priority", title="greedy policy")
        ys = {f"priority {name}": value for name, value in zip(names, found["value"].T, strict=True)}
        words = {"xlabel": "number of free servers", "ylabel": "differential value of the best action"}
        curves(right, np.arange(len(found["value"])), ys, title="values", **words)
        right.legend(frameon=False)

    def conclude(self, found: Measured) -> str:
        wrong = int((found["accepts"] != found["optimal"])[1:].sum())
        rewards = found["average reward"]
        return (
            f"The learnt average reward is {rewards.mean():.2f} per step, with ε = 0.1, and the greedy policy differs "
            f"from the optimal one in {wrong} of {found['optimal'][1:].size} states."
        )
