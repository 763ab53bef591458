"""Figure 9.5: Fourier and polynomial features."""

from dataclasses import dataclass

from matplotlib.figure import Figure

from rlnotes.agents import GradientMonteCarlo
from rlnotes.book.base.walk_of_1000 import WalkCourses
from rlnotes.experiments.experiment import Measured

AGENTS = {
    f"{kind}, order {order}": GradientMonteCarlo(features=f"{name}:{order}", alpha=alpha)
    for kind, name, alpha in (("polynomial", "polynomial", 1e-4), ("Fourier", "fourier", 5e-5))
    for order in (5, 10, 20)
}


@dataclass
class FourierAndPolynomials(WalkCourses):
    """Fourier and polynomial features on the walk of 1,000 states.

    Gradient Monte Carlo learns with α = 0.0001 for polynomials and 0.00005 for the Fourier basis. High powers are
    nearly equal to each other, and near 0 for most states, so more of them hardly help. The cosines differ everywhere.
    """

    def measure(self) -> Measured:
        return self.value_errors(AGENTS)

    def draw(self, figure: Figure, found: Measured) -> None:
        self.draw_errors(figure, found, [*AGENTS])

    def conclude(self, found: Measured) -> str:
        ends = ", ".join(f"{found[label][-1]:.3f} ({label})" for label in AGENTS)
        return f"After {found['episode'][-1]:,.0f} episodes √VE is {ends}."
