"""Figure 2.4: upper confidence bounds on the testbed."""

from dataclasses import dataclass

from matplotlib.figure import Figure

from rlnotes.agents import UCB1
from rlnotes.book.base.ten_arms import TestbedFigure, epsilon_greedy, late
from rlnotes.experiments.experiment import Measured

UCB, GREEDY = "UCB, c = 2", "ε-greedy, ε = 0.1"


@dataclass
class UpperConfidence(TestbedFigure):
    """Upper confidence bounds and ε-greedy on the ten-armed testbed.

    A bound explores the arms that may still be the best, and not all arms alike. In the first ten steps it tries each
    arm once, whatever they pay.
    """

    size = (6.4, 4.0)

    def measure(self) -> Measured:
        return self.courses({UCB: UCB1(c=2.0), GREEDY: epsilon_greedy(0.1)})

    def draw(self, figure: Figure, found: Measured) -> None:
        self.draw_courses(figure, found, ("reward",), (UCB, GREEDY))

    def conclude(self, found: Measured) -> str:
        bound, greedy = (late(found[f"reward, {label}"]) for label in (UCB, GREEDY))
        return f"At the end UCB gets {bound:.2f} per step and ε-greedy {greedy:.2f}."
