"""Exp3-IX, Exp3 with implicit exploration."""

from dataclasses import dataclass
from math import log, sqrt

from rlnotes.agents.bandits.exp3 import Exp3, add_loss
from rlnotes.agents.base.agent import Transition


@dataclass
class Exp3IX(Exp3):
    """Exp3 with loss estimates that are slightly too small: its regret varies less.

    P_t(i) = exp(−η_t L̂_{t−1}(i)) / Σ_j exp(−η_t L̂_{t−1}(j)),
    L̂_t(i) = L̂_{t−1}(i) + 1{A_t = i} (1 − X_t) / (P_t(i) + γ_t),    γ_t = η_t / 2

    For rewards from 0 to 1. The default η_t needs no horizon. With it, the regret against the best arm in hindsight is
    at most 4 √(nk log k) + (2 √(nk / log k) + 1) log(2/δ) with probability 1 − δ.
    Source: Neu, Explore no more, NeurIPS 2015, Theorem 1; Lattimore & Szepesvári, Bandit Algorithms, chapter 12.
    """

    eta: float | None = None
    """learning rate η of every step, above 0; null: √(log k / (kt))"""

    def rate(self) -> float:
        """η_t"""
        return sqrt(log(self.k) / (self.k * self.t)) if self.eta is None else self.eta

    def update(self, transition: Transition) -> None:
        gamma = self.rate() / 2
        add_loss(self.loss, self.probability, gamma, transition.action, transition.reward)
        self.t += 1
