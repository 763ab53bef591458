"""An agent that plays by linear values."""

from typing import Any

import numpy as np

from rlnotes.agents.base.agent import Agent
from rlnotes.agents.linear.base.control_agent import LinearControlAgent


class LinearPlayer(Agent):
    """Plays argmax_a Q(s, a), Q(s, a) = w_aᵀ x(s), of a learner that has begun, and does not learn.

    `weights` are [runs, features, actions].
    """

    def __init__(self, learner: LinearControlAgent, weights: np.ndarray) -> None:
        self.learner = learner
        learner.w[:] = weights

    def act(self, observation: Any) -> np.ndarray:
        x = self.learner.basis.of(observation)
        return self.learner.first_action + self.learner.values(x, observation, self.allowed).argmax(axis=1)
