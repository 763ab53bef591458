"""The short corridor with switched actions."""

from dataclasses import dataclass

import numpy as np
from gymnasium.spaces import Discrete

from rlnotes.envs.mdps.base.mdp import MDP
from rlnotes.envs.mdps.base.model import Model, Outcomes
from rlnotes.envs.mdps.base.picture import Picture

STATES = 3


@dataclass(eq=False, kw_only=True)
class ShortCorridor(MDP):
    """Reach the right end of three states that look the same.

    Action 0 is left, 1 is right, but the second state reverses them. Every step pays −1. The observation is always 0,
    so a policy of the observation is one probability p of right. Its value is V(p) = (2 p − 4) / (p (1 − p)), which is
    best for p = 2 − √2 = 0.586: −(6 + 4 √2) = −11.66. With p = ½ it is −12. A policy that remembers its own actions
    reaches the end in 3 steps.
    Source: Sutton & Barto, Reinforcement Learning (2nd ed.), Example 13.1.
    """

    def build(self) -> Model:
        def outcomes(state: int, right: int) -> Outcomes:
            to = max(0, state + (1 if right != (state == 1) else -1))
            return [(1.0, min(to, STATES - 1), -1.0, to == STATES)]

        picture = Picture.of_states(STATES, "←→", width=STATES)
        return Model.from_function(range(STATES), (0, 1), outcomes, start=0, discount=self.discount, picture=picture)

    def observed(self) -> tuple[Discrete, np.ndarray]:
        return Discrete(1), np.zeros(STATES, np.int64)
