"""Figure 11.2: instability on Baird's example."""

from dataclasses import dataclass

import numpy as np
from matplotlib.figure import Figure

from rlnotes.agents import OffPolicyTD
from rlnotes.agents.linear.base.expected_updates import semi_gradient_td
from rlnotes.book.base.baird import BairdFigure, draw_weights, sweeps, targets
from rlnotes.experiments.experiment import Measured

ALPHA = 0.01


@dataclass
class Instability(BairdFigure):
    """Off-policy semi-gradient TD, and dynamic programming, on Baird's example.

    All rewards are 0 and the values can be expressed exactly, yet the weights grow without bound. The sweeps of
    dynamic programming have no randomness, so noise is not the cause.
    """

    def measure(self) -> Measured:
        exact = targets()
        return {
            "TD": self.learnt(OffPolicyTD(alpha=ALPHA)),
            "dynamic programming": sweeps(lambda w: semi_gradient_td(exact, w, ALPHA), self.steps),
        }

    def draw(self, figure: Figure, found: Measured) -> None:
        left, right = figure.subplots(1, 2, sharey=True)
        draw_weights(left, found["TD"], title="semi-gradient off-policy TD", xlabel="steps", ylabel="weights")
        draw_weights(right, found["dynamic programming"], title="semi-gradient dynamic programming", xlabel="sweeps")
        left.legend(frameon=False)
        right.legend(frameon=False)

    def conclude(self, found: Measured) -> str:
        td, dp = (np.abs(found[name][-1]).max() for name in found)
        return (
            f"The largest weight is 10 at the start; after {self.steps:,} steps of TD it is {td:.0f}, and after as "
            f"many sweeps of dynamic programming {dp:.0f}."
        )
