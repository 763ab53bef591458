"""The management of a forest."""

from dataclasses import dataclass

from rlnotes.envs.mdps.base.mdp import MDP
from rlnotes.envs.mdps.base.model import Model, Outcomes
from rlnotes.envs.mdps.base.picture import Picture


@dataclass(eq=False, kw_only=True)
class Forest(MDP):
    """Let a forest grow for another year or cut it; a fire may burn it down.

    State: the age of the forest. Waiting pays 4 in the oldest age, else 0. Cutting pays 2 in the oldest age, 0 in the
    first and else 1. With γ = 0.96, V*(s) = 74.6496, 78.1056, 82.1056.
    Source: Possingham & Tuck, MODSIM 1997, in the form of MDPtoolbox (Chadès et al., Ecography 37, 2014).
    """

    states: int = 3
    """number of ages, 2 or more"""

    fire: float = 0.1
    """probability of a fire in a year of waiting"""

    wait_reward: float = 4.0
    """reward of waiting in the oldest age"""

    cut_reward: float = 2.0
    """reward of cutting in the oldest age"""

    discount: float = 0.96

    time_limit: int | None = 1_000

    def build(self) -> Model:
        self.require_at_least("states", 2)
        self.require_memory_for_states("states", self.states)
        self.require_probability("fire")
        oldest = self.states - 1

        def outcomes(age: int, cut: bool) -> Outcomes:
            if cut:
                return [(1.0, 0, self.cut_reward if age == oldest else float(age > 0), False)]
            reward = self.wait_reward if age == oldest else 0.0
            return [(self.fire, 0, reward, False), (1 - self.fire, min(age + 1, oldest), reward, False)]

        return Model.from_function(
            range(self.states),
            (False, True),
            outcomes,
            start=0,
            discount=self.discount,
            picture=Picture.of_states(self.states, ["wait", "cut"]),
        )
