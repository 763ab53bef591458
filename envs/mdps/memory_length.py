"""Memory length."""

from dataclasses import dataclass

import numpy as np
from gymnasium.spaces import Box

from rlnotes.envs.mdps.base.mdp import MDP
from rlnotes.envs.mdps.base.model import Model, Outcomes
from rlnotes.envs.mdps.base.picture import Picture

State = tuple[int, int]


@dataclass(eq=False, kw_only=True)
class MemoryLength(MDP):
    """Name a sign that only the first step shows: 1 if right, else −1.

    The sign is −1 or 1 with probability ½ each. After `length` steps whose actions do not matter comes the query:
    action 0 names −1, action 1 names 1, and the episode ends.
    The observation [3] is the share of time that is left, whether this is the query, and the sign, which is 0 after the
    first step. Hidden state: sign and step. A policy that remembers the sign has V* = γ^length, which is 1 without a
    discount; every policy of the present observation alone has 0.
    Source: Osband et al., Behaviour suite for reinforcement learning, ICLR 2020.
    """

    length: int = 10
    """steps from the sign to the query, 1 or more; an episode has one step more"""

    @property
    def signs(self) -> list[State]:
        """Sign and step of every state."""
        return [(sign, step) for sign in (-1, 1) for step in range(self.length + 1)]

    def build(self) -> Model:
        self.require_at_least("length", 1)
        self.require_memory_for_states("length", 2 * self.length)

        def outcomes(state: State, named: int) -> Outcomes:
            sign, step = state
            if step == self.length:
                return [(1.0, state, 1.0 if named == sign else -1.0, True)]
            return [(1.0, (sign, step + 1), 0.0, False)]

        return Model.from_function(
            self.signs,
            (-1, 1),
            outcomes,
            start=np.array([step == 0 for _, step in self.signs]) / 2,
            discount=self.discount,
            picture=Picture.of_states(len(self.signs), "−+", width=self.length + 1),
        )

    def observed(self) -> tuple[Box, np.ndarray]:
        seen = [(1 - step / self.length, step == self.length, sign * (step == 0)) for sign, step in self.signs]
        return Box(np.array([0, 0, -1], np.float32), np.ones(3, np.float32)), np.array(seen, np.float32)
