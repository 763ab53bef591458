"""R-learning and differential Q-learning."""

from dataclasses import dataclass

import numpy as np

from rlnotes.agents.linear.base.average_reward_agent import AverageRewardAgent, Played


@dataclass
class RLearning(AverageRewardAgent):
    """Learn the largest average reward in the long run, whatever policy plays.

    w_a ← w_a + α δ_t x(S_t) for a = A_t,    δ_t = R_t − R̄ + max_b w_bᵀ x(S_{t+1}) − w_aᵀ x(S_t)
    R̄ ← R̄ + β δ_t, in R-learning only if A_t was a greedy action, in differential Q-learning always

    R̄ comes near the average reward of the best policy if the features can express its values. It starts as 0.
    An episode that terminates is followed by the next one; the last step of a truncated episode is left out.
    Source: Schwartz, ICML 1993; differential Q-learning: Wan, Naik & Sutton, ICML 2021.
    """

    greedy_only: bool = True
    """whether only greedy actions change R̄ (R-learning); false: all do (differential Q-learning)"""

    def following(self, q: np.ndarray, chosen: np.ndarray) -> np.ndarray:
        best: np.ndarray = q.max(axis=1)
        return best

    def counted(self, played: Played) -> np.ndarray:
        return played.followed & played.greedy if self.greedy_only else played.followed
