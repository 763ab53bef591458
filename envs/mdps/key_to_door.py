"""Key to door."""

from dataclasses import dataclass, replace
from itertools import product

import numpy as np
from gymnasium.spaces import Box

from rlnotes.base.memory_check import require_memory
from rlnotes.envs.mdps.base.mdp import MDP
from rlnotes.envs.mdps.base.model import Model, Outcomes
from rlnotes.envs.mdps.base.picture import Picture

State = tuple[int, int, int, int]
MOVES = ((-1, 0), (0, 1), (1, 0), (0, -1))


@dataclass(eq=False, kw_only=True)
class KeyToDoor(MDP):
    """Take a key, cross an empty room, and open the door in the last: that pays 1.

    The rooms are equal squares. The agent stays `stay` steps in the first room, `wait` in the empty one, and at most
    `stay` in the last; then the next room begins, in the same cell, or the episode ends. It begins in a random cell
    without the key. The key is in the upper left corner, and the agent takes it there. The door is in the lower right
    corner; with the key the agent opens it there, which ends the episode. Walking into a wall leaves the agent in its
    cell. All other rewards are 0, so nothing says in the first room what the key is good for. V* = 1 if the agent
    can reach every cell in time: stay ≥ 2 (size − 1). By default a random policy has 0.031.
    State: step, row, column, and whether the agent has the key. The observation is its number, or three images
    [size, size], which are 1 at the agent, at the key that is not yet taken, and at the door of the last room. The
    images do not show the step, nor in later rooms whether the agent has the key. A policy of the present images alone
    attains V* = 1 too.
    Source: Mesnard et al., Counterfactual credit assignment in model-free reinforcement learning, ICML 2021; without
    rewards in the second room and with a reward of 1: Chen et al., Decision Transformer, NeurIPS 2021, section 5.4.
    """

    size: int = 4
    """side length of a room, 2 or more"""

    stay: int = 8
    """steps in the first room, and at most in the last, 1 or more"""

    wait: int = 10
    """steps in the empty room, 0 or more"""

    observation: str = "state"
    """observation: state, a number; planes, an image each of the agent, the key and the door"""

    @property
    def steps(self) -> int:
        """The longest episode."""
        return 2 * self.stay + self.wait

    @property
    def places(self) -> list[State]:
        """Step, row, column and key of every state."""
        return list(product(range(self.steps), range(self.size), range(self.size), (0, 1)))

    def build(self) -> Model:
        self.require_choice("observation", ["state", "planes"])
        self.require_at_least("size", 2)
        self.require_at_least("stay", 1)
        self.require_at_least("wait", 0)
        largest = max(("size", "stay", "wait"), key=lambda setting: int(getattr(self, setting)))
        self.require_memory_for_states(largest, 4 * self.steps * self.size**2)  # four actions, not two
        places, corner = self.places, self.size - 1

        def outcomes(state: State, move: tuple[int, int]) -> Outcomes:
            step, row, column, key = state
            row, column = (min(max(at + by, 0), corner) for at, by in zip((row, column), move, strict=True))
            if key and step >= self.stay + self.wait and row == column == corner:
                return [(1.0, state, 1.0, True)]
            if step == self.steps - 1:
                return [(1.0, state, 0.0, True)]
            found = step < self.stay and row == column == 0
            return [(1.0, (step + 1, row, column, int(key or found)), 0.0, False)]

        def room(number: int) -> list[str]:
            """The agent `o`, and the key or the door `G`."""
            lines = np.full((self.size, self.size), ".")
            for plane, character in ((1, "G"), (2, "G"), (0, "o")):
                lines[self.images(places[number])[plane] == 1] = character
            return ["".join(line) for line in lines]

        first = np.array([step == key == 0 and (row, column) != (0, 0) for step, row, column, key in places])
        return Model.from_function(
            places,
            MOVES,
            outcomes,
            start=first / first.sum(),
            discount=self.discount,
            picture=replace(Picture.of_states(len(places), "↑→↓←", width=2 * self.size**2), board=room),
        )

    def images(self, state: State) -> np.ndarray:
        """What a state shows [3, size, size]."""
        step, row, column, key = state
        planes = np.zeros((3, self.size, self.size), np.float32)
        planes[0, row, column] = 1
        planes[1, 0, 0] = step < self.stay and not key
        planes[2, -1, -1] = step >= self.stay + self.wait
        return planes

    def observed(self) -> tuple[Box, np.ndarray] | None:
        if self.observation == "state":
            return None
        shape = (3, self.size, self.size)
        require_memory("size", self.size, 4 * self.model.states * int(np.prod(shape)))
        return Box(0, 1, shape, np.float32), np.array([self.images(state) for state in self.places])
