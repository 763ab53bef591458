"""Figure 10.1: the cost to go of the mountain car."""

from dataclasses import dataclass

import numpy as np
from matplotlib.figure import Figure

from rlnotes.agents import LinearSARSA
from rlnotes.agents.linear.base.weights import evaluate_states
from rlnotes.book.base.book_figure import SimulatedFigure
from rlnotes.book.base.mountain_car import SETTINGS, TILINGS
from rlnotes.envs import MountainCar
from rlnotes.envs.control.mountain_car import FASTEST, LEFT, RIGHT
from rlnotes.experiments.experiment import Measured

SIDE = 40
"""positions, and speeds, of the surface"""
FIRST = 428
"""steps until the first surface"""
EPISODES = (0, 12, 104, 1_000, 9_000)
"""episodes after which a surface is drawn; the first is drawn after `FIRST` steps"""


@dataclass
class CostToGo(SimulatedFigure):
    """The cost to go, −max_a Q(s, a), while SARSA learns to drive the mountain car.

    All values begin at 0, which is optimistic, so the cost grows where the car has been: first in the valley, then in
    a spiral of swings. In the end the surface is the number of steps that are left. One run, α = 0.5/8.
    """

    size = (13.0, 7.5)

    runs: int = 1

    episodes: int = 9_000
    """episodes until the last surface, 1 or more"""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.require_whole("episodes", 1)
        self.require("runs", self.runs == 1, "must be 1: a surface belongs to one run")

    def measure(self) -> Measured:
        position, speed = np.meshgrid(
            np.linspace(LEFT, RIGHT, SIDE), np.linspace(-FASTEST, FASTEST, SIDE), indexing="ij"
        )
        states = np.stack([position.ravel(), speed.ravel()], axis=1)
        agent, env = LinearSARSA(alpha=0.5 / TILINGS, **SETTINGS), MountainCar(time_limit=None)

        def cost() -> np.ndarray:
            q = np.empty((1, len(states), 3))
            number, value = agent.basis.of(states)
            evaluate_states(agent.w, number, value, np.zeros(1, np.int64), q)
            return -q[0].max(axis=1).reshape(SIDE, SIDE)

        points = np.unique(np.geomspace(FIRST, FIRST + 150 * self.episodes, 200).astype(np.int64))
        episodes, costs = self.course(agent, env, points, cost)
        shown = [np.searchsorted(episodes, number) for number in EPISODES if number <= min(self.episodes, episodes[-1])]
        return {"episodes": episodes[shown], "steps": points[shown], "cost": costs[shown]}

    def draw(self, figure: Figure, found: Measured) -> None:
        position, speed = np.meshgrid(
            np.linspace(LEFT, RIGHT, SIDE), np.linspace(-FASTEST, FASTEST, SIDE), indexing="ij"
        )
        for i, (episodes, steps, cost) in enumerate(zip(found["episodes"], found["steps"], found["cost"], strict=True)):
            axes = figure.add_subplot(2, 3, i + 1, projection="3d")
            axes.plot_wireframe(position, speed, cost, linewidth=0.5)
            axes.set(title=f"step {steps:,}" if not episodes else f"after {episodes:,.0f} episodes")
            axes.set(xlabel="position", ylabel="speed", zlim=(0, max(1.0, cost.max())))
            axes.set(xticks=[-1.2, -0.3, 0.6], yticks=[-0.07, 0, 0.07])
            axes.tick_params(labelsize="small")

    def conclude(self, found: Measured) -> str:
        ends = ", ".join(f"{cost.max():.0f}" for cost in found["cost"])
        return f"The largest cost to go is {ends} steps in these {len(found['cost'])} surfaces."
