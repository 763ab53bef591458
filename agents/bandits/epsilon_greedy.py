"""ε-greedy."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from rlnotes.agents.bandits.base.bandit_agent import BanditAgent


@dataclass
class EpsilonGreedy(BanditAgent):
    """Play the best empirical arm, or any arm with probability ε.

    A_t = argmax_i μ̂_i(t−1) with probability 1 − ε, uniform with probability ε

    An arm that was never played has μ̂ = ∞ and is the best. The regret grows linearly, by at least ε Σ_a Δ_a / k per
    step.
    Source: Sutton & Barto, Reinforcement Learning (2nd ed.), section 2.2.
    """

    knows_probability = True

    epsilon: float = 0.1
    """probability ε of a random arm, from 0 to 1"""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.require_probability("epsilon")

    def act(self, observation: Any) -> np.ndarray:
        return self.argmax_or_any(self.epsilon)

    def probability_of(self, action: np.ndarray) -> np.ndarray:
        return self.probability_or_any(self.epsilon, action)
