"""The random walk, a task of prediction."""

from dataclasses import dataclass

from rlnotes.envs.mdps.base.mdp import MDP
from rlnotes.envs.mdps.base.model import Model, Outcomes
from rlnotes.envs.mdps.base.picture import Picture


@dataclass(eq=False, kw_only=True)
class RandomWalk(MDP):
    """Walk left or right along a row of states between two ends; the right end pays 1.

    Under the equiprobable policy V(s) = s / (states + 1) if the left end pays 0.
    Source: Sutton & Barto, Reinforcement Learning (2nd ed.), Example 6.2; with 19 states and −1 at the left end, 7.1.
    """

    states: int = 5
    """states between the ends, 1 or more"""

    left_reward: float = 0.0
    """reward of reaching the left end"""

    def build(self) -> Model:
        self.require_at_least("states", 1)
        self.require_memory_for_states("states", self.states)
        right = self.states + 1

        def outcomes(state: int, step: int) -> Outcomes:
            if state in (0, right):
                return [(1.0, state, 0.0, True)]
            to = state + step
            return [(1.0, to, {0: self.left_reward, right: 1.0}.get(to, 0.0), to in (0, right))]

        return Model.from_function(
            range(right + 1),
            (-1, 1),
            outcomes,
            start=(right + 1) // 2,
            discount=self.discount,
            picture=Picture.of_states(right + 1, "←→", width=right + 1),
        )
