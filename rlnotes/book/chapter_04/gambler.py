"""Figure 4.3: value iteration on the gambler's problem."""

from dataclasses import dataclass
from itertools import islice

import numpy as np
from matplotlib.figure import Figure

from rlnotes.agents import ValueIteration
from rlnotes.agents.planning.base.iterate import Iterate
from rlnotes.book.base.book_figure import BookFigure
from rlnotes.book.base.planning import rounds
from rlnotes.envs import GamblersProblem
from rlnotes.experiments.drawing import curves
from rlnotes.experiments.experiment import Measured
from rlnotes.figures.style import COLOURS, frame

SWEEPS = (1, 2, 3, 32)
"""sweeps after which the value is drawn"""
TIE = 1e-9
"""difference of values up to which two stakes tie"""


@dataclass
class Gambler(BookFigure):
    """Sweeps of value iteration on the gambler's problem, and the final policy.

    With p = 0.4 the coin is unfair, so few large stakes are better than many small ones. Many stakes are equally good;
    the picture has the smallest of them. Other programs draw other policies, all of them optimal.
    """

    size = (10.0, 4.0)

    heads: float = 0.4
    """probability that a flip wins the stake"""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.require_probability("heads")

    def measure(self) -> Measured:
        model = GamblersProblem(heads=self.heads).model
        values = [now.value[:-1].copy() for now in islice(rounds(ValueIteration(), Iterate(model)), 1_000)]
        q = model.q(values[-1])[1:-1]
        smallest = (q > q.max(axis=1, keepdims=True) - TIE).argmax(axis=1) + 1
        return {"sweeps": np.array(SWEEPS), "value": np.array(values)[[*SWEEPS, -1]], "stake": smallest}

    def draw(self, figure: Figure, found: Measured) -> None:
        left, right = figure.subplots(1, 2)
        capital = np.arange(1, found["value"].shape[1] - 1)
        labels = [*(f"sweep {sweep}" for sweep in SWEEPS), "final value"]
        values = dict(zip(labels, found["value"][:, 1:-1], strict=True))
        curves(left, capital, values, xlabel="capital", ylabel="estimated probability to win")
        left.legend(frameon=False)
        right.step(capital, found["stake"], where="mid", color=COLOURS[0])
        right.set(xlabel="capital", ylabel="stake (the smallest of equally good ones)")
        frame(right)

    def conclude(self, found: Measured) -> str:
        value, stake = found["value"][-1], found["stake"]
        gap = abs(found["value"][-2] - value).max()
        return (
            f"With a capital of 50 the gambler stakes {stake[49]} and wins with probability {value[50]:.4f}; after "
            f"{SWEEPS[-1]} sweeps no value is more than {gap:.0e} from the final one."
        )
