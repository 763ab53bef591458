"""Value iteration 值迭代 [notes 2.5]."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from rlnotes.agents.planning.base.iterate import Iterate
from rlnotes.agents.planning.base.planner import Improver
from rlnotes.envs.mdps.base.model import Model


@dataclass
class ValueIteration(Improver):
    """Apply the optimality operator again and again [notes 2.5].

    V(s) ← max_a Σ_{s'} p(s'|s, a) [r(s, a, s') + γ V(s')]    [notes 2.4]

    The span of T V − V gives bounds of V*. It stops if they are close enough, and returns the middle of them.
    Source: Puterman, Markov Decision Processes, sections 6.3 and 6.6.
    """

    def first(self, model: Model, ending: np.ndarray | None) -> Iterate:
        """V₀ = 0"""
        return Iterate(model)

    def improve(self, now: Iterate) -> Iterator[None]:
        while True:
            now.value[:-1] = now.backed_up
            yield
