"""Figure 8.2: Dyna-Q in its maze."""

from dataclasses import dataclass

import numpy as np
from matplotlib.figure import Figure

from rlnotes.agents import DynaQ
from rlnotes.book.base.book_figure import SimulatedFigure
from rlnotes.envs import DynaMaze
from rlnotes.experiments.drawing import curves
from rlnotes.experiments.experiment import Measured

PLANNING = {"0 planning steps (direct RL only)": 0, "5 planning steps": 5, "50 planning steps": 50}


@dataclass
class DynaMazeLengths(SimulatedFigure):
    """Dyna-Q in a maze, by the number of planning steps.

    Without planning an episode teaches one step of the path, and with 50 planning steps the path is found in the second
    or third episode. The first episode is left out: nothing is known before the first goal. The maze takes 14 steps.
    """

    size = (6.4, 4.0)

    runs: int = 300

    episodes: int = 50
    """episodes of a run, 2 or more"""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.require_whole("episodes", 2)

    def measure(self) -> Measured:
        agents = {label: DynaQ(planning=n, alpha=0.1, epsilon=0.1) for label, n in PLANNING.items()}
        records = {label: self.record(agent, DynaMaze(), episodes=self.episodes) for label, agent in agents.items()}
        return {label: data["lengths"].mean(axis=0) for label, data in records.items()}

    def draw(self, figure: Figure, found: Measured) -> None:
        axes = figure.subplots()
        ys = {label: lengths[1:] for label, lengths in found.items()}
        words = {"xlabel": "episodes", "ylabel": "steps per episode", "ylim": (0, 800)}
        curves(axes, np.arange(2, self.episodes + 1), ys, **words)
        axes.axhline(14, color="k", linestyle=":", linewidth=1, label="shortest path, 14")
        axes.legend(frameon=False)

    def conclude(self, found: Measured) -> str:
        soon = min(4, self.episodes - 1)
        ends = ", ".join(f"{lengths[soon]:.0f} steps with {PLANNING[label]}" for label, lengths in found.items())
        return f"Episode {soon + 1} takes {ends} planning steps."
