"""MOSS, the minimax optimal strategy."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numba import njit

from rlnotes.agents.agent import Transition
from rlnotes.agents.bandits.bandit_agent import BanditAgent


@njit("void(i8[:,::1], f8[:,::1], i8[::1], f8)", cache=True)
def widen(counts, width, action, share):  # type: ignore[no-untyped-def]
    """width ← √(4 / T_a log⁺(share / T_a)) of the arm played, in every run; `share` is n / k."""
    for run in range(len(action)):
        a = action[run]
        pulls = counts[a, run]
        width[a, run] = np.sqrt(4 / pulls * np.log(max(share / pulls, 1.0)))


@dataclass
class MOSS(BanditAgent):
    """UCB whose confidence shrinks for arms that have had their share of n / k pulls.

    A_t = argmax_i μ̂_i(t−1) + √(4 / T_i(t−1) · log⁺(n / (k T_i(t−1)))), log⁺ x = log max(1, x), each arm once first

    It knows the horizon n. Its regret is at most 39 √(kn) + Σ_a Δ_a where rewards are 1-subgaussian, which is the best
    possible but for the factor.
    Source: Audibert & Bubeck, COLT 2009; Lattimore & Szepesvári, Bandit Algorithms, Algorithm 7 and Theorem 9.1.
    """

    def act(self, observation: Any) -> np.ndarray:
        return self.argmax(bonus=1.0)

    def update(self, transition: Transition) -> None:
        super().update(transition)
        widen(self.counts, self.width, transition.action, self.n / self.k)
