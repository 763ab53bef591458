"""Exp3-IX, Exp3 with implicit exploration."""

from dataclasses import dataclass
from math import log, sqrt

from rlnotes.agents.bandits.exp3 import Exp3, lose
from rlnotes.agents.base.agent import Transition


@dataclass
class Exp3IX(Exp3):
    """Exp3 whose estimates are a little too small, for a regret that varies less.

    P_t(i) = exp(−η_t L̂_{t−1}(i)) / Σ_j exp(−η_t L̂_{t−1}(j)),
    L̂_t(i) = L̂_{t−1}(i) + 1{A_t = i} (1 − X_t) / (P_t(i) + γ_t),    γ_t = η_t / 2

    For rewards from 0 to 1. With the default η_t, which needs no horizon, with probability 1 − δ the regret against the
    best arm in hindsight is at most 4 √(nk log k) + (2 √(nk / log k) + 1) log(2/δ).
    Source: Neu, Explore no more, NeurIPS 2015, Theorem 1; Lattimore & Szepesvári, Bandit Algorithms, chapter 12.
    """

    eta: float | None = None
    """learning rate η of every step, above 0; null: √(log k / (kt))"""

    def rate(self) -> float:
        """η_t"""
        return sqrt(log(self.k) / (self.k * self.t)) if self.eta is None else self.eta

    def update(self, transition: Transition) -> None:
        lose(self.loss, self.share, self.rate() / 2, transition.action, transition.reward)
        self.t += 1
