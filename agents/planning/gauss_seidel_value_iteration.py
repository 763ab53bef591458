"""Gauss–Seidel value iteration."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

from rlnotes.agents.planning.base.iterate import Iterate
from rlnotes.agents.planning.base.planner import Improver
from rlnotes.agents.planning.base.sweeps import gauss_seidel


@dataclass
class GaussSeidelValueIteration(Improver):
    """Value iteration in place: a state sees the new values of those before it.

    V(s) ← max_a [r(s, a) + γ Σ_{s'<s} p(s'|s, a) V_new(s') + γ Σ_{s'≥s} p(s'|s, a) V_old(s')]

    Sweeps run backwards or forwards, the way that changes V the more, from a V₀ below V*, so that news crosses a grid
    in one of them. Fast where states that follow are near in number, as on grids; slow on random models.
    Source: Puterman, Markov Decision Processes, section 6.3.3.
    """

    def improve(self, now: Iterate) -> Iterator[None]:
        while True:
            now.value[:-1] = now.backed_up
            for _ in range(8):
                now.sweep_in_place(partial(gauss_seidel, *now.operator, now.value, now.policy))
            yield
