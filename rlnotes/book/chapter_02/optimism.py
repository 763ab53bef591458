"""Figure 2.3: optimistic initial values on the testbed."""

from dataclasses import dataclass

from matplotlib.figure import Figure

from rlnotes.agents import OptimisticGreedy
from rlnotes.book.base.ten_arms import TestbedFigure, late
from rlnotes.experiments.experiment import Measured

OPTIMISTIC, REALISTIC = "optimistic, greedy: Q₁ = 5, ε = 0", "realistic, ε-greedy: Q₁ = 0, ε = 0.1"


@dataclass
class Optimism(TestbedFigure):
    """Optimistic initial values, which make a greedy agent explore.

    Every arm disappoints an agent that expects 5, so it tries all arms many times, without ε. Both agents have α = 0.1.
    The peak at step 11 is no luck: after each arm was tried once, all agents take the arm that paid most.
    """

    size = (6.4, 4.0)

    def measure(self) -> Measured:
        realistic = OptimisticGreedy(initial=0.0, alpha=0.1, epsilon=0.1)
        return self.courses({OPTIMISTIC: OptimisticGreedy(initial=5.0, alpha=0.1, epsilon=0.0), REALISTIC: realistic})

    def draw(self, figure: Figure, found: Measured) -> None:
        self.draw_courses(figure, found, ("optimal",), (OPTIMISTIC, REALISTIC))

    def conclude(self, found: Measured) -> str:
        optimistic, realistic = (late(found[f"optimal, {label}"]) for label in (OPTIMISTIC, REALISTIC))
        return (
            f"At the end the optimistic greedy agent plays the best arm in {optimistic:.0f} % of the steps, and the "
            f"realistic ε-greedy one in {realistic:.0f} %."
        )
