"""KL-UCB++."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from rlnotes.agents.bandits.base.arm_kernels import store
from rlnotes.agents.bandits.base.bernoulli_bounds import upper
from rlnotes.agents.bandits.base.divergence_agent import DivergenceAgent
from rlnotes.agents.base.agent import Problem, Transition


def exploration_per_pull(n: int, k: int) -> np.ndarray:
    """g(T) / T for T = 1, 2, …, until it is 0; entry 0 stands for T = 0 and is 0."""
    pulls = np.arange(1, n // k + 2)
    share = np.maximum(n / (k * pulls), 1)  # g = 0 for shares up to 1
    return np.append(0.0, np.log(share * (1 + np.log(share) ** 2)) / pulls)


@dataclass
class KLUCBPlusPlus(DivergenceAgent):
    """KL-UCB whose exploration ends for arms that have had their share of n / k pulls.

    A_t = argmax_i max{q: T_i(t−1) d(μ̂_i(t−1), q) ≤ g(T_i(t−1))}, each arm once first
    g(T) = log⁺(n / (kT) · (1 + log⁺(n / (kT))²)),    log⁺ x = log max(1, x)

    bernoulli: d(p, q) = p log(p/q) + (1 − p) log((1 − p)/(1 − q)), for rewards from 0 to 1
    gaussian: d(p, q) = (p − q)² / (2σ²), for a known scale σ; the bound is μ̂_i + σ √(2 g(T_i) / T_i)

    It knows the horizon n. Two claims hold for Bernoulli arms, and for Gaussian arms with standard deviation σ and
    means within an interval of length w. The regret is at most 76 √(V k n) + w k, with V = ¼ and w = 1 for Bernoulli
    arms and V = σ² for Gaussian ones; no agent has a smaller order on all such arms. For fixed arms,
    lim sup R_n / log n ≤ Σ_{Δ_a>0} Δ_a / d(μ_a, μ*), Lai and Robbins's lower bound. On other rewards from 0 to 1, such
    as Beta's, agents with less regret exist.
    Source: Ménard & Garivier, A minimax and asymptotically optimal algorithm for stochastic bandits, ALT 2017.
    """

    def begin(self, problem: Problem, rng: np.random.Generator) -> None:
        super().begin(problem, rng)
        self.budgets = exploration_per_pull(self.n, self.k)
        self.widths = np.sqrt(2 * self.budgets)

    def act(self, observation: Any) -> np.ndarray:
        if self.used == "gaussian":
            return self.argmax(bonus=self.scale)  # argmax_i μ̂_i + σ widths[T_i]
        return self.argmax_of(self.index)

    def update(self, transition: Transition) -> None:
        super().update(transition)
        if self.used == "bernoulli":  # only the bound of the played arm changes
            budget = self.budgets[np.minimum(self.played_count.astype(np.int64), len(self.budgets) - 1)]
            bound = upper(self.played_mean, self.played_entropy, budget)
            store(bound, transition.action, self.index)
