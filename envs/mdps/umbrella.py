"""The umbrella."""

from dataclasses import dataclass
from itertools import product

import numpy as np
from gymnasium.spaces import Box

from rlnotes.base.memory_check import require_memory_for_model
from rlnotes.envs.mdps.base.mdp import MDP
from rlnotes.envs.mdps.base.model import Model, Outcomes
from rlnotes.envs.mdps.base.picture import Picture

State = tuple[int, int, int, int]


@dataclass(eq=False, kw_only=True)
class Umbrella(MDP):
    """Take an umbrella or not in the first step; the last step rewards the choice.

    Rain comes with probability ½. Action 1 takes the umbrella, 0 leaves it; later actions do not matter. The last step
    pays 1 if there are rain and umbrella or neither, else −1. Each step before pays 1 or −1 at random, 0 on average.
    The observation [3 + distractors] is whether rain is coming, whether there is an umbrella (random at first), the
    share of time that is left, and bits without meaning. The task tests credit assignment, not memory: every
    observation shows all that matters, and a policy without memory attains V* = γ^(length − 1).
    Hidden state: rain, umbrella, step, and the bits as one number.
    Source: Osband et al., Behaviour suite for reinforcement learning, ICLR 2020.
    """

    length: int = 10
    """steps of an episode, 1 or more"""

    distractors: int = 3
    """number of bits without meaning, from 0 to 6; each doubles the number of states"""

    @property
    def weather(self) -> list[State]:
        """Rain, umbrella, step and distractor bits, as one number, of every state."""
        return list(product((0, 1), (0, 1), range(self.length), range(2**self.distractors)))

    def build(self) -> Model:
        self.require_at_least("length", 1)
        self.require("distractors", 0 <= self.distractors <= 6, "must be from 0 to 6")
        numbers, last = range(2**self.distractors), self.length - 1
        rows = 8 * self.length * len(numbers)
        require_memory_for_model("length", self.length, rows, 2 * len(numbers) * rows)

        def outcomes(state: State, action: int) -> Outcomes:
            rain, umbrella, step, _ = state
            umbrella = umbrella if step else action
            if step == last:
                return [(1.0, state, 1.0 if umbrella == rain else -1.0, True)]
            chance = 0.5 / len(numbers)
            return [(chance, (rain, umbrella, step + 1, n), reward, False) for n in numbers for reward in (-1.0, 1.0)]

        start = np.array([step == 0 for _, _, step, _ in self.weather])
        return Model.from_function(
            self.weather,
            (0, 1),
            outcomes,
            start=start / start.sum(),
            discount=self.discount,
            picture=Picture.of_states(len(start), "01", width=self.length * len(numbers)),
        )

    def observed(self) -> tuple[Box, np.ndarray]:
        rain, umbrella, step, number = np.array(self.weather).T
        bits = number[:, None] >> np.arange(self.distractors) & 1
        seen = np.column_stack([rain, umbrella, 1 - step / self.length, bits])
        return Box(0, 1, seen.shape[1:], np.float32), seen.astype(np.float32)
