"""An agent that plays by linear values or preferences."""

from typing import Any

import numpy as np

from rlnotes.agents.base.agent import Agent
from rlnotes.agents.linear.base.action_agent import LinearActionAgent


class LinearPlayer(Agent):
    """Plays the greedy policy of a learner that has begun, such as argmax_a w_aᵀ x(s), and does not learn.

    `weights` are [runs, features, actions].
    """

    def __init__(self, learner: LinearActionAgent, weights: np.ndarray) -> None:
        self.learner = learner
        learner.w[:] = weights

    def act(self, observation: Any) -> np.ndarray:
        self.learner.allowed = self.allowed
        return self.learner.best(observation)
