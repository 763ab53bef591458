"""RiverSwim."""

from dataclasses import dataclass

from rlnotes.envs.mdps.base.mdp import MDP
from rlnotes.envs.mdps.base.model import Model, Outcomes
from rlnotes.envs.mdps.base.picture import Picture


@dataclass(eq=False, kw_only=True)
class RiverSwim(MDP):
    """Drift left with the current, for 0.005 at the end, or swim right, for 1.

    A stroke to the right succeeds with probability 0.35, holds with 0.6 and loses a place with 0.05; at the left end it
    succeeds with 0.6 and else holds, at the right end it holds with 0.6 and else loses a place.
    Source: Strehl & Littman, JCSS 74 (2008), with the probabilities of Osband, Russo & Van Roy, NeurIPS 2013.
    """

    states: int = 6
    """places along the river, 2 or more"""

    discount: float = 0.99

    time_limit: int | None = 1_000

    def build(self) -> Model:
        self.require_at_least("states", 2)
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
