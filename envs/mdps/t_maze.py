"""The T-maze."""

from dataclasses import dataclass

import numpy as np
from gymnasium.spaces import Box

from rlnotes.envs.mdps.base.mdp import MDP
from rlnotes.envs.mdps.base.model import Model, Outcomes
from rlnotes.envs.mdps.base.picture import Picture

State = tuple[str, int]


@dataclass(eq=False, kw_only=True)
class TMaze(MDP):
    """Walk along a corridor and turn to the side that a sign at its beginning shows.

    The goal is up or down with probability ½ each. A turn at the junction ends the episode; it pays 4 if it is right,
    else −0.1. Walking into a wall costs 0.1, other steps are free.
    The observation is three bits: 011 at the beginning if the goal is up, 110 if it is down, 101 in the corridor, 010
    at the junction. Hidden state: goal and place. A policy that remembers the sign has V* = 4 γ^length; a policy that
    always turns to the same side has (4 − 0.1)/2 γ^length.
    Source: Bakker, Reinforcement learning with long short-term memory, NIPS 14 (2001), without noise (γ = 0.98).
    """

    length: int = 10
    """steps from the beginning to the junction, 1 or more"""

    discount: float = 0.98

    time_limit: int | None = 1_000

    @property
    def places(self) -> list[State]:
        """Goal and place of every state."""
        return [(goal, place) for goal in "↑↓" for place in range(self.length + 1)]

    def build(self) -> Model:
        self.require_at_least("length", 1)
        self.require_memory_for_states("length", 2 * self.length)

        def outcomes(state: State, move: str) -> Outcomes:
            goal, place = state
            if place == self.length and move in "↑↓":
                return [(1.0, state, 4.0 if move == goal else -0.1, True)]
            to = min(max(place + (move == "→") - (move == "←"), 0), self.length)
            return [(1.0, (goal, to), -0.1 if to == place else 0.0, False)]

        return Model.from_function(
            self.places,
            "↑→↓←",
            outcomes,
            start=np.array([place == 0 for _, place in self.places]) / 2,
            discount=self.discount,
            picture=Picture.of_states(len(self.places), "↑→↓←", width=self.length + 1),
        )

    def observed(self) -> tuple[Box, np.ndarray]:
        signs = {("↑", 0): "011", ("↓", 0): "110", ("↑", self.length): "010", ("↓", self.length): "010"}
        seen = [list(signs.get(state, "101")) for state in self.places]
        return Box(0, 1, (3,), np.float32), np.array(seen).astype(np.float32)
