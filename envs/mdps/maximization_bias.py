"""Sutton & Barto's example of maximization bias."""

from dataclasses import dataclass

import numpy as np
from scipy.stats import norm

from rlnotes.base.memory_check import require_memory_for_model
from rlnotes.envs.mdps.base.mdp import MDP
from rlnotes.envs.mdps.base.model import Model, Outcomes
from rlnotes.envs.mdps.base.picture import Picture

NOISE = norm.ppf((np.arange(100) + 0.5) / 100)
NOISE /= NOISE.std()
"""a hundred equally likely rewards in place of N(0, 1), with the same mean and variance"""


@dataclass(eq=False, kw_only=True)
class MaximizationBias(MDP):
    """In A, right ends; left leads to B, whose actions end and pay N(−0.1, 1).

    States: A is 0, B is 1, the end is 2. In A, action 0 is left and 1 is right. Going left costs 0.1 on average, but
    some action of B looks good by chance. The normal distribution is replaced by a hundred equally likely rewards with
    the same mean and variance.
    Source: Sutton & Barto, Reinforcement Learning (2nd ed.), Example 6.7.
    """

    actions: int = 10
    """actions in B, 2 or more"""

    def build(self) -> Model:
        self.require_at_least("actions", 2)
        require_memory_for_model("actions", self.actions, rows=3 * self.actions, entries=400 * self.actions)

        def outcomes(state: int, action: int) -> Outcomes:
            if state == 0:
                return [[(1.0, 1, 0.0, False)], [(1.0, 2, 0.0, True)]][action] if action < 2 else []
            if state == 1:
                return [(1 / len(NOISE), 2, -0.1 + noise, True) for noise in NOISE]
            return [(1.0, 2, 0.0, True)]

        return Model.from_function(
            range(3),
            range(self.actions),
            outcomes,
            start=0,
            discount=self.discount,
            picture=Picture(np.array([[1, 0, 2]]), ["BAG"], ["←", "→", *map(str, range(2, self.actions))]),
        )
