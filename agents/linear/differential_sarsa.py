"""Differential semi-gradient SARSA."""

from dataclasses import dataclass

import numpy as np

from rlnotes.agents.linear.base.average_reward_agent import AverageRewardAgent


@dataclass
class DifferentialSARSA(AverageRewardAgent):
    """SARSA for the average reward in the long run, without discount.

    w_a ← w_a + α δ_t x(S_t) for a = A_t,    R̄ ← R̄ + β δ_t,
    δ_t = R_t − R̄ + w_a'ᵀ x(S_{t+1}) − w_aᵀ x(S_t) with a' = A_{t+1}

    R̄ comes near the average reward of the policy that plays, ε-greedy exploration included. It starts as 0.
    An episode that terminates is followed by the next one; the last step of a truncated episode is left out.
    Source: Sutton & Barto (2nd ed.), section 10.3.
    """

    def following(self, q: np.ndarray, chosen: np.ndarray) -> np.ndarray:
        return chosen
