"""Tsitsiklis and Van Roy's counterexample."""

from dataclasses import dataclass

import numpy as np

from rlnotes.envs.base.prediction_task import PredictionTask
from rlnotes.envs.mdps.base.mdp import MDP
from rlnotes.envs.mdps.base.model import Model, Outcomes
from rlnotes.envs.mdps.base.picture import Picture


@dataclass(eq=False, kw_only=True)
class TwoStates(MDP):
    """Two states without rewards, on which linear dynamic programming may diverge.

    Their values are estimated as w and 2 w. State 0 leads to state 1, which stays with probability 1 − ε and ends
    otherwise. V = 0. If both states are updated equally often and every sweep fits w perfectly, w ← (6 − 4 ε) γ w / 5,
    which diverges if γ > 5 / (6 − 4 ε). The weight begins as w = 1.
    Source: Tsitsiklis & Van Roy, Machine Learning 22 (1996); Sutton & Barto (2nd ed.), Example 11.1.
    """

    epsilon: float = 0.1
    """probability ε of the end, from 0 to 1"""

    discount: float = 0.99

    def build(self) -> Model:
        self.require_probability("epsilon")

        def outcomes(state: int, action: int) -> Outcomes:
            if state == 0:
                return [(1.0, 1, 0.0, False)]
            return [(1 - self.epsilon, 1, 0.0, False), (self.epsilon, 1, 0.0, True)]

        picture = Picture.of_states(2, "→", width=2)
        return Model.from_function((0, 1), [0], outcomes, start=[0.5, 0.5], discount=self.discount, picture=picture)

    @property
    def prediction(self) -> PredictionTask:
        return PredictionTask(np.array([[1.0], [2.0]]), np.ones((2, 1)), np.ones((2, 1)), np.ones(1))
