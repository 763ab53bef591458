"""RiverSwim."""

from dataclasses import dataclass

from rlnotes.envs.mdps.base.mdp import MDP
from rlnotes.envs.mdps.base.model import Model, Outcomes
from rlnotes.envs.mdps.base.picture import Picture


@dataclass(eq=False, kw_only=True)
class RiverSwim(MDP):
    """Drift left to a reward of 0.005 at the end, or swim right to a reward of 1.

    A stroke to the right moves right with probability 0.35, stays with 0.6 and moves left with 0.05. At the left end it
    moves right with 0.6 and else stays; at the right end it stays with 0.6 and else moves left.
    Source: Strehl & Littman, JCSS 74 (2008), with the probabilities of Osband, Russo & Van Roy, NeurIPS 2013.
    """

    states: int = 6
    """places along the river, 2 or more"""

    discount: float = 0.99

    time_limit: int | None = 1_000

    def build(self) -> Model:
        self.require_at_least("states", 2)
        self.require_memory_for_states("states", self.states)
        end = self.states - 1

        def outcomes(state: int, swim: bool) -> Outcomes:
            if not swim:
                return [(1.0, max(state - 1, 0), 0.005 if state == 0 else 0.0, False)]
            if state == 0:
                return [(0.4, 0, 0.0, False), (0.6, 1, 0.0, False)]
            if state == end:
                return [(0.4, end - 1, 1.0, False), (0.6, end, 1.0, False)]
            return [(0.05, state - 1, 0.0, False), (0.6, state, 0.0, False), (0.35, state + 1, 0.0, False)]

        return Model.from_function(
            range(self.states),
            (False, True),
            outcomes,
            start=0,
            discount=self.discount,
            picture=Picture.of_states(self.states, "←→"),
        )
