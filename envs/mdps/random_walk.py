"""The random walk, a task of prediction."""

from dataclasses import dataclass, replace

import numpy as np

from rlnotes.base.memory_check import require_memory_for_model
from rlnotes.envs.mdps.base.mdp import MDP
from rlnotes.envs.mdps.base.model import Model
from rlnotes.envs.mdps.base.model_checks import Names
from rlnotes.envs.mdps.base.picture import Picture


@dataclass(eq=False, kw_only=True)
class RandomWalk(MDP):
    """Walk left or right along a row of states between two ends; the right end pays 1.

    Under the equiprobable policy V(s) = s / (states + 1) if the left end pays 0 and steps have the size 1.
    Source: Sutton & Barto, Reinforcement Learning (2nd ed.), Example 6.2; with 19 states and −1 at the left end, 7.1;
    with 1,000 states, steps of up to 100 and −1 at the left end, 9.1.
    """

    states: int = 5
    """states between the ends, 1 or more"""

    left_reward: float = 0.0
    """reward of reaching the left end"""

    jump: int = 1
    """largest size of a step, 1 or more; all sizes up to it are equally likely, and a step beyond an end reaches it"""

    def build(self) -> Model:
        self.require_at_least("states", 1)
        self.require_memory_for_states("states", self.states)
        self.require_whole("jump", 1)
        self.require("left_reward", bool(np.isfinite(self.left_reward)), "must be a number")
        rows = 2 * (self.states + 2)
        require_memory_for_model("jump", self.jump, rows, 4 * rows * min(self.jump, self.states + 1))
        right = self.states + 1
        state, action, size = np.indices((self.states + 2, 2, min(self.jump, right))).reshape(3, -1)
        to = np.clip(state + (2 * action - 1) * (size + 1), 0, right)
        chance = np.full(len(to), 1 / self.jump)
        chance[size == right - 1] += 1 - min(self.jump, right) / self.jump  # all larger sizes reach the end too
        final = (state == 0) | (state == right)
        to[final] = state[final]
        chance[final] = 1 / min(self.jump, right)
        reward = np.where(final, 0.0, np.select([to == 0, to == right], [self.left_reward, 1.0], 0.0))
        picture = Picture.of_states(right + 1, "←→", width=right + 1)
        model = Model.from_entries(
            right + 1,
            2,
            state,
            action,
            to,
            chance,
            reward,
            (to == 0) | (to == right),
            start=(self.states + 1) // 2,
            discount=self.discount,
            picture=picture,
        )
        return replace(model, names=Names(range(right + 1), picture.actions))
