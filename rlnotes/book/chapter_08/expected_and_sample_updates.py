"""Figure 8.7: expected and sample updates."""

from dataclasses import dataclass
from functools import partial

import numpy as np
from matplotlib.figure import Figure

from rlnotes.agents import TD
from rlnotes.book.base.book_figure import SimulatedFigure
from rlnotes.envs import Model, ModelEnv
from rlnotes.experiments.experiment import Measured
from rlnotes.figures.style import COLOURS, LINE_STYLES, frame

BRANCHES = (2, 10, 100, 1_000, 10_000)
"""numbers b of next states"""
UPDATES = 200
"""sample updates for each b, spread over 2 b"""


@dataclass
class ExpectedAndSampleUpdates(SimulatedFigure):
    """The error of an estimate by expected updates and by sample updates.

    A state has b next states, equally likely, whose values are known and have variance 1 among each other. An expected
    update costs b computations, and until then the error is 1. After t samples the error is about √((b − 1) / (b t)).
    With many next states, a small part of the work removes most of the error.
    """

    size = (6.8, 4.4)

    runs: int = 100

    problems: int = 10
    """tasks for each b, 1 or more"""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.require_whole("problems", 1)

    def measure(self) -> Measured:
        found: Measured = {}
        rng = np.random.default_rng(self.seed)
        for b in BRANCHES:
            at = np.unique(np.linspace(1, 2 * b, min(2 * b, UPDATES)).astype(np.int64))
            squares = [self.square_errors(rng.standard_normal(b), at, number) for number in range(self.problems)]
            found |= {f"updates, b = {b}": at / b, f"error, b = {b}": np.sqrt(np.mean(squares, axis=0))}
        return found

    def square_errors(self, values: np.ndarray, at: np.ndarray, block: int) -> np.ndarray:
        """Mean square errors of V after these numbers of sample updates, if the next states have these values."""
        values = (values - values.mean()) / values.std(ddof=1)

        def outcomes(state: int, action: int) -> list[tuple[float, int, float, bool]]:
            return [(1 / len(values), 0, value, True) for value in values]

        env = ModelEnv(Model.from_function([0], [0], outcomes, start=0, discount=1.0))
        agent, every = TD(alpha="1/visits"), np.arange(self.runs)
        _, estimates = self.course(agent, env, at, partial(agent.value, every), block)
        return np.asarray((estimates[:, :, 0] ** 2).mean(axis=1))

    def draw(self, figure: Figure, found: Measured) -> None:
        axes = figure.subplots()
        for b, colour, style in zip(BRANCHES, COLOURS, LINE_STYLES, strict=False):
            updates, error = found[f"updates, b = {b}"], found[f"error, b = {b}"]
            axes.plot([0, *updates], [1, *error], color=colour, linestyle=style, label=f"sample updates, b = {b:,}")
        axes.plot([0, 1, 1, 2], [1, 1, 0, 0], "k", label="expected update")
        axes.set(xlabel="number of values computed, in units of b", ylabel="RMS error of the estimate", ylim=(0, 1.05))
        axes.legend(frameon=False)
        frame(axes)

    def conclude(self, found: Measured) -> str:
        half = [np.interp(0.5, found[f"updates, b = {b}"], found[f"error, b = {b}"]) for b in (10, 1_000)]
        return (
            f"Half of the work of an expected update brings the error of sample updates from 1 to {half[0]:.2f} with "
            f"b = 10, and to {half[1]:.2f} with b = 1,000."
        )
