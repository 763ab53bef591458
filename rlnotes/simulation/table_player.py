"""An agent that plays policies in tables."""

from typing import Any

import numpy as np
from gymnasium.spaces import Discrete

from rlnotes.agents.base.agent import Agent, Problem, Transition
from rlnotes.agents.base.state_numbers import state_number


class TablePlayer(Agent):
    """Plays the policies π [runs, H, states] of a `problem`, and does not learn.

    The action depends on the number of steps since the episode began; after H steps the last policy goes on.
    """

    def __init__(self, policies: np.ndarray, problem: Problem) -> None:
        self.policies, self.problem = policies, problem
        self.elapsed, self.every_run = np.zeros(len(policies), np.int64), np.arange(len(policies))
        assert isinstance(problem.action_space, Discrete)
        self.first_action = int(problem.action_space.start)

    def act(self, observation: Any) -> np.ndarray:
        state = state_number(self.problem.observation_space, observation)
        step = np.minimum(self.elapsed, self.policies.shape[1] - 1)
        return self.first_action + self.policies[self.every_run, step, state].astype(np.int64)

    def update(self, transition: Transition) -> None:
        self.elapsed += 1
        self.elapsed[transition.terminated | transition.truncated] = 0
