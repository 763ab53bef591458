"""Baird's counterexample, a task of off-policy prediction."""

from dataclasses import dataclass

import numpy as np

from rlnotes.envs.base.prediction_task import PredictionTask
from rlnotes.envs.mdps.base.mdp import MDP
from rlnotes.envs.mdps.base.model import Model, Outcomes
from rlnotes.envs.mdps.base.picture import Picture

STATES = 7


@dataclass(eq=False, kw_only=True)
class Baird(MDP):
    """Seven states without rewards, on which off-policy semi-gradient TD diverges.

    Action 0, dashed, leads to one of the states 0 to 5 with equal probabilities, action 1, solid, to state 6. V = 0.
    The behaviour is dashed with probability 6/7 and visits all states equally often; the policy to evaluate is always
    solid. The eight features make v̂(s) = 2 w_s + w_7 in the states 0 to 5, and v̂(6) = w_6 + 2 w_7. The weights begin
    as w = (1, 1, 1, 1, 1, 1, 10, 1).
    Source: Baird, Residual algorithms, ICML 1995; as in Sutton & Barto (2nd ed.), section 11.2.
    """

    discount: float = 0.99

    time_limit: int | None = 1_000

    def build(self) -> Model:
        last = STATES - 1

        def outcomes(state: int, solid: int) -> Outcomes:
            return [(1.0, last, 0.0, False)] if solid else [(1 / last, upper, 0.0, False) for upper in range(last)]

        picture = Picture.of_states(STATES, "╌─", width=STATES)
        start = np.full(STATES, 1 / STATES)
        return Model.from_function(
            range(STATES), (0, 1), outcomes, start=start, discount=self.discount, picture=picture
        )

    @property
    def prediction(self) -> PredictionTask:
        features = np.eye(STATES, STATES + 1) * 2
        features[:, STATES] = 1
        features[-1, -2:] = 1, 2
        solid, behaviour = np.tile([[0.0, 1.0], [6 / 7, 1 / 7]], (STATES, 1, 1)).transpose(1, 0, 2)
        weights = np.array([1.0] * (STATES - 1) + [10.0, 1.0])
        return PredictionTask(features, solid, behaviour, weights)
