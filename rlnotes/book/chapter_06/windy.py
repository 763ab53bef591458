"""Example 6.5: SARSA on the windy gridworld."""

from dataclasses import dataclass

import numpy as np
from matplotlib.figure import Figure

from rlnotes.agents import SARSA
from rlnotes.book.base.book_figure import SimulatedFigure
from rlnotes.envs import WindyGridworld
from rlnotes.experiments.drawing import curves
from rlnotes.experiments.experiment import Measured


@dataclass
class Windy(SimulatedFigure):
    """SARSA on the windy gridworld: episodes finished by each time step.

    The slope grows as the goal is reached sooner. It stays below that of the shortest path, 1 episode in 15 steps,
    since a tenth of the moves is random.
    """

    size = (6.4, 4.0)

    runs: int = 200

    steps: int = 8_000
    """time steps that are drawn, 100 or more"""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.require_whole("steps", 100)

    def measure(self) -> Measured:
        lengths = self.record(SARSA(alpha=0.5, epsilon=0.1), WindyGridworld(), steps=self.steps)["lengths"]
        ends = np.sort(np.cumsum(lengths, axis=1)[lengths > 0])
        step = np.linspace(0, self.steps, 401)
        return {"step": step, "SARSA": np.searchsorted(ends, step, "right") / self.runs}

    def draw(self, figure: Figure, found: Measured) -> None:
        axes = figure.subplots()
        shortest = "slope of the shortest path, 1 in 15 steps"
        ys = {
            "SARSA, α = 0.5, ε = 0.1": found["SARSA"],
            shortest: found["SARSA"][-1] - (self.steps - found["step"]) / 15,
        }
        curves(axes, found["step"], ys, xlabel="time steps", ylabel="episodes")
        axes.set(xlim=(0, self.steps), ylim=(0, None))
        axes.legend(frameon=False)

    def conclude(self, found: Measured) -> str:
        half = len(found["step"]) // 2
        length = (found["step"][-1] - found["step"][half]) / (found["SARSA"][-1] - found["SARSA"][half])
        return (
            f"In {self.steps:,} steps SARSA finishes {found['SARSA'][-1]:.0f} episodes; in the second half an episode "
            f"takes {length:.1f} steps, and the shortest path has 15."
        )
