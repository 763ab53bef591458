"""Figure 11.5: TDC on Baird's example."""

from dataclasses import dataclass

import numpy as np
from matplotlib.figure import Figure

from rlnotes.agents import TDC
from rlnotes.agents.linear.base.expected_updates import tdc
from rlnotes.book.base.baird import BairdFigure, draw_weights, errors_of, sweeps, targets
from rlnotes.experiments.experiment import Measured

ALPHA, BETA = 0.005, 0.05


@dataclass
class GradientCorrection(BairdFigure):
    """TDC on Baird's example: one run, and sweeps in expectation.

    The projected Bellman error goes to 0, so TDC does not diverge. The error of the values stays near 2 for a long
    time: the weights move towards the values 0 extremely slowly.
    """

    def measure(self) -> Measured:
        exact, v = targets(), np.zeros(8)

        def expected(w: np.ndarray) -> np.ndarray:
            nonlocal v
            w, v = tdc(exact, w, v, ALPHA, BETA)
            return w

        learnt = {"TDC": self.learnt(TDC(alpha=ALPHA, beta=BETA)), "expected TDC": sweeps(expected, self.steps)}
        errors = {f"{label}, {name}": of for label, w in learnt.items() for name, of in errors_of(w).items()}
        return learnt | errors

    def draw(self, figure: Figure, found: Measured) -> None:
        for axes, label, unit in zip(
            figure.subplots(1, 2, sharey=True), ("TDC", "expected TDC"), ("steps", "sweeps"), strict=True
        ):
            draw_weights(axes, found[label], title=label, xlabel=unit, ylabel="weights and errors")
            axes.plot(found[f"{label}, √VE"], "k", label="√VE")
            axes.plot(found[f"{label}, √PBE"], "k:", label="√PBE")
            axes.legend(frameon=False, ncols=2)

    def conclude(self, found: Measured) -> str:
        value, projected = found["expected TDC, √VE"][-1], found["expected TDC, √PBE"][-1]
        return f"After {self.steps:,} sweeps of expected TDC √PBE is {projected:.3f}, and √VE is still {value:.2f}."
