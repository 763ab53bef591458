"""Policy iteration 策略迭代 [notes 2.5]."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from rlnotes.agents.planning.base.iterate import Iterate
from rlnotes.agents.planning.base.planner import Improver


@dataclass
class PolicyIteration(Improver):
    """Evaluate the policy, then act greedily, until it stops changing [notes 2.5].

    V_π = r_π + γ P_π V_π,    π(s) ← argmax_a Σ_{s'} p(s'|s, a) [r(s, a, s') + γ V_π(s')]

    If actions tie, the policy does not change. V_π is exact for small models. For large ones BiCGSTAB computes it,
    until its residual is a hundredth of max |T V − V|.
    Source: Howard, Dynamic Programming and Markov Processes (1960).
    """

    stops_when_proved = False

    def improve(self, now: Iterate) -> Iterator[None]:
        return evaluations(now)


def evaluations(now: Iterate) -> Iterator[None]:
    """V ← V_π of the greedy policy π, until π stops changing and the residual no longer halves."""
    last, residual = np.full_like(now.policy, -1), np.inf
    while (now.policy != last).any() or now.residual < residual / 2:
        last, residual = now.policy.copy(), now.residual
        value = now.model.evaluate(now.policy, now.backed_up, now.residual / 100)
        now.value[:-1] = value if np.isfinite(value).all() else now.backed_up  # infinite if the policy never ends
        now.sweeps += 1
        yield
