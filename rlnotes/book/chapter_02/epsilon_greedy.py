"""Figure 2.2: ε-greedy agents on the testbed."""

from dataclasses import dataclass

from matplotlib.figure import Figure

from rlnotes.book.base.ten_arms import TestbedFigure, epsilon_greedy, late
from rlnotes.experiments.experiment import Measured

EPSILONS = {"ε = 0.1": 0.1, "ε = 0.01": 0.01, "ε = 0 (greedy)": 0.0}


@dataclass
class EpsilonGreedyCourses(TestbedFigure):
    """Average performance of ε-greedy agents on the ten-armed testbed.

    The greedy agent often settles on an arm that was lucky once. With ε = 0.1 the best arm is found soon, but a tenth
    of the actions stays random. ε = 0.01 improves slowly. It overtakes ε = 0.1 only long after these steps.
    """

    size = (10.0, 4.0)

    def measure(self) -> Measured:
        return self.courses({label: epsilon_greedy(epsilon) for label, epsilon in EPSILONS.items()})

    def draw(self, figure: Figure, found: Measured) -> None:
        self.draw_courses(figure, found, ("reward", "optimal"), [*EPSILONS])

    def conclude(self, found: Measured) -> str:
        ends = ", ".join(
            f"{late(found[f'reward, {label}']):.2f} and {late(found[f'optimal, {label}']):.0f} % ({label})"
            for label in EPSILONS
        )
        return f"At the end the average reward and the share of optimal actions are {ends}."
