"""The chain."""

from dataclasses import dataclass

from rlnotes.envs.mdps.base.mdp import MDP
from rlnotes.envs.mdps.base.model import Model, Outcomes
from rlnotes.envs.mdps.base.picture import Picture


@dataclass(eq=False, kw_only=True)
class Chain(MDP):
    """Go forward along a chain whose end pays 10 per step, or back for 2.

    With probability slip the other of the two actions happens. An agent that explores too little always goes back.
    Source: Strens, A Bayesian framework for reinforcement learning, ICML 2000 (5 states, slip = 0.2).
    """

    states: int = 5
    """length of the chain, 1 or more"""

    slip: float = 0.2
    """probability that the other action happens"""

    discount: float = 0.95

    time_limit: int | None = 1_000

    def build(self) -> Model:
        self.require_at_least("states", 1)
        self.require_memory_for_states("states", self.states)
        self.require_probability("slip")
        end = self.states - 1

        def outcomes(state: int, forward: bool) -> Outcomes:
            ahead = (min(state + 1, end), 10.0 if state == end else 0.0, False)
            back = (0, 2.0, False)
            chances = (1 - self.slip, self.slip) if forward else (self.slip, 1 - self.slip)
            return [(chances[0], *ahead), (chances[1], *back)]

        return Model.from_function(
            range(self.states),
            (False, True),
            outcomes,
            start=0,
            discount=self.discount,
            picture=Picture.of_states(self.states, "↩→"),
        )
