"""Figure 9.2: semi-gradient TD with groups of states."""

from dataclasses import dataclass
from functools import partial

import numpy as np
from matplotlib.figure import Figure

from rlnotes.agents import LinearNStepTD, SemiGradientTD
from rlnotes.book.base.book_figure import SimulatedFigure
from rlnotes.book.base.step_sizes import by_step_size, least, step_sizes
from rlnotes.book.base.walk_of_1000 import WALK, draw_values, targets_of
from rlnotes.experiments.drawing import curves
from rlnotes.experiments.experiment import Measured

FEATURES, FINER = "aggregation:10", "aggregation:20"
N_STEPS = (1, 2, 4, 8, 16, 32, 64, 128, 256, 512)
FIRST = 10
"""episodes of the right panel"""


@dataclass
class Bootstrapping(SimulatedFigure):
    """Semi-gradient TD on the walk of 1,000 states, with groups of states.

    Left: TD(0) with ten groups comes near its fixed point, whose error is larger than that of Monte Carlo in figure
    9.1. Right: n-step TD with twenty groups in the first ten episodes. A medium n is best, as with the table of figure
    7.2.
    """

    size = (12.5, 4.6)

    runs: int = 50

    episodes: int = 2_000
    """episodes of a run of the left panel, 1 or more"""

    step_sizes: int = 20
    """number of step sizes α of the right panel, from 0 to 1, 0 not included, 1 or more"""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.require_whole("episodes", 1)
        self.require_whole("step_sizes", 1)

    def measure(self) -> Measured:
        targets, alphas = targets_of(FEATURES), step_sizes(1.0, self.step_sizes)
        agent = SemiGradientTD(features=FEATURES, alpha="exponential:0.1:0.001:100000")
        weights = self.record(agent, WALK, episodes=self.episodes)["weights"].mean(axis=0)
        three = np.stack([weights, targets.td_fixed_point(), targets.least_squares()])
        found = {"learnt": targets.x @ weights, "error": targets.value_error(three), "alpha": alphas}
        return found | {f"n = {n}": by_step_size(alphas, partial(self.early_error, n), 1.0) for n in N_STEPS}

    def early_error(self, n: int, alpha: float) -> float:
        """The error of n-step TD, averaged over the states and the first episodes."""
        agent = LinearNStepTD(features=FINER, n=n, alpha=alpha)
        return float(self.record(agent, WALK, episodes=FIRST)["rmse"].mean())

    def draw(self, figure: Figure, found: Measured) -> None:
        left, right = figure.subplots(1, 2)
        draw_values(left, targets_of(FEATURES), {"TD(0)": found["learnt"]})
        curves(right, found["alpha"], {f"n = {n}": found[f"n = {n}"] for n in N_STEPS}, xlabel="α", xlim=(0, 1))
        right.set(ylabel=f"RMS error, averaged over 1,000 states\nand the first {FIRST} episodes", ylim=(0.24, 0.55))
        right.legend(frameon=False, fontsize="small", loc="center left", bbox_to_anchor=(1, 0.5))

    def conclude(self, found: Measured) -> str:
        learnt, fixed, best = found["error"]
        label, alpha, error = least({f"n = {n}": found[f"n = {n}"] for n in N_STEPS}, found["alpha"])
        return (
            f"√VE of the mean value of TD(0) is {learnt:.3f}, near {fixed:.3f} of the fixed point, and the best value "
            f"of ten groups has {best:.3f}; early on the least error is {error:.3f} ({label}, α = {alpha:g})."
        )
