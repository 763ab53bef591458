"""Boyan's chain, a task of prediction."""

from dataclasses import dataclass

import numpy as np

from rlnotes.envs.base.prediction_task import PredictionTask
from rlnotes.envs.mdps.base.mdp import MDP
from rlnotes.envs.mdps.base.model import Model, Outcomes
from rlnotes.envs.mdps.base.picture import Picture

STATES, BETWEEN = 13, 4
"""states, and states from one whose only feature is 1 to the next"""


@dataclass(eq=False, kw_only=True)
class BoyanChain(MDP):
    """Go down a chain whose values four features express exactly.

    From state s ≥ 2 a step leads to s − 1 or s − 2 with equal probabilities and pays −3. From state 1 it leads to the
    end, state 0, and pays −2. V(s) = −2 s. The four features x(s) are 1 in the states 12, 8, 4 and 0, one each, and
    linear in between, so that V = wᵀ x with w = (−24, −16, −8, 0).
    Source: Boyan, Technical update: least-squares temporal difference learning, Machine Learning 49 (2002).
    """

    def build(self) -> Model:
        def outcomes(state: int, action: int) -> Outcomes:
            if state < 2:
                return [(1.0, 0, -2.0 * state, True)]
            return [(0.5, state - size, -3.0, state == size) for size in (1, 2)]

        picture = Picture.of_states(STATES, "↓", width=STATES)
        start = STATES - 1
        return Model.from_function(range(STATES), [0], outcomes, start=start, discount=self.discount, picture=picture)

    @property
    def prediction(self) -> PredictionTask:
        corners = np.arange(STATES - 1, -1, -BETWEEN)
        features = np.maximum(1 - np.abs(np.arange(STATES)[:, None] - corners) / BETWEEN, 0)
        only = np.ones((STATES, 1))
        return PredictionTask(features, only, only, np.zeros(len(corners)))
