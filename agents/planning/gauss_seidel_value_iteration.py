"""Gauss–Seidel value iteration."""

from collections.abc import Iterator
from dataclasses import dataclass

from rlnotes.agents.planning.base.iterate import Iterate
from rlnotes.agents.planning.base.planner import Improver

SWEEPS = 8
"""sweeps in place between two bounds of the error"""


@dataclass
class GaussSeidelValueIteration(Improver):
    """Value iteration in place: a backup uses the new values of earlier states.

    V(s) ← max_a [r(s, a) + γ Σ_{s'<s} p(s'|s, a) V_new(s') + γ Σ_{s'>s} p(s'|s, a) V_old(s')] / (1 − γ p(s|s, a))

    The division solves the equation for V(s), which stands on both sides if an action may stay in s. A sweep runs
    forwards or backwards, in the direction that changes V more. V₀ is below V*, so a new reward crosses a grid in one
    sweep. Fast if successors have near numbers, as on grids; slow on random models.
    Source: Puterman, Markov Decision Processes, section 6.3.3.
    """

    def improve(self, now: Iterate) -> Iterator[None]:
        while True:
            now.value[:-1] = now.backed_up
            for _ in range(SWEEPS):
                now.backup_in_place()
            yield
