"""ε-greedy for linear bandits."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from rlnotes.agents.bandits.base.arm_kernels import explore
from rlnotes.agents.bandits.base.linear_agent import LinearAgent


@dataclass
class LinEpsilonGreedy(LinearAgent):
    """Play the arm with the largest estimated reward, or any arm with probability ε.

    A_t = argmax_a x_aᵀθ̂ with probability 1 − ε, uniform with probability ε
    θ̂ = V⁻¹ Σ_{s<t} X_s x_{A_s},    V = λI + Σ_{s<t} x_{A_s} x_{A_s}ᵀ

    With ε = 0 it is greedy; contexts that change then still cause a little exploration.
    Source: Langford & Zhang, The epoch-greedy algorithm for multi-armed bandits with side information, NeurIPS 2007,
    here with a fixed ε; Sutton & Barto, Reinforcement Learning (2nd ed.), section 2.2.
    """

    epsilon: float = 0.1
    """probability ε of a random arm, from 0 to 1"""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.require_probability("epsilon")

    def act(self, observation: Any) -> np.ndarray:
        best = self.argmax_by(observation, self.theta)
        explore(best, self.k, self.epsilon, self.rng.random(self.runs))
        return best
