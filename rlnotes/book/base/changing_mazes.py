"""Dyna-Q and Dyna-Q+ in a maze that changes."""

from dataclasses import dataclass

import numpy as np
from matplotlib.figure import Figure

from rlnotes.agents import DynaQ
from rlnotes.book.base.book_figure import SimulatedFigure
from rlnotes.envs import ChangingMaze
from rlnotes.experiments.drawing import curves
from rlnotes.experiments.experiment import Measured

AGENTS = {
    f"Dyna-Q{plus}": DynaQ(alpha=0.5, epsilon=0.1, planning=10, kappa=kappa) for plus, kappa in (("+", 1e-3), ("", 0.0))
}


@dataclass
class ChangingMazeFigure(SimulatedFigure):
    """A figure of the reward in a maze that changes."""

    size = (6.4, 4.2)

    steps: int = 3_000
    """steps of a run, 100 or more"""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.require_whole("steps", 100)

    def rewards(self, maze: ChangingMaze) -> Measured:
        """The cumulative reward of every agent, averaged over the runs: each goal pays 1."""
        step = np.linspace(0, self.steps, 301)
        found: Measured = {"step": step}
        for label, agent in AGENTS.items():
            lengths = self.record(agent, maze, steps=self.steps)["lengths"]
            ends = np.sort(np.cumsum(lengths, axis=1)[lengths > 0])
            found[label] = np.searchsorted(ends, step, "right") / self.runs
        return found

    def draw_rewards(self, figure: Figure, found: Measured, change: int) -> None:
        """Draw the rewards, and when the maze changes."""
        axes = figure.subplots()
        ys = {label: found[label] for label in AGENTS}
        curves(axes, found["step"], ys, xlabel="time steps", ylabel="cumulative reward")
        axes.axvline(change, color="k", linestyle=":", linewidth=1, label="the maze changes")
        axes.set(xlim=(0, self.steps), ylim=(0, None))
        axes.legend(frameon=False)

    def ends(self, found: Measured) -> str:
        """The rewards at the end."""
        return " and ".join(f"{found[label][-1]:.0f} ({label})" for label in AGENTS)
