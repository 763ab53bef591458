"""The base class of linear agents that draw the next action before they learn, and then play it."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from rlnotes.agents.base.agent import Problem, Transition
from rlnotes.agents.linear.base.control_agent import LinearControlAgent


@dataclass
class LinearNextActionAgent(LinearControlAgent):
    """An agent whose rule needs Q(S_{t+1}, A_{t+1}).

    `next_value` draws A_{t+1} in S_{t+1}, and the next step plays it.
    """

    def begin(self, problem: Problem, rng: np.random.Generator) -> None:
        super().begin(problem, rng)
        self.last_step: Transition | None = None

    def choose(self, observation: Any) -> np.ndarray:
        """The actions that `next_value` has drawn, and new ones in runs that begin an episode."""
        if self.last_step is None:
            return super().choose(observation)
        if observation is not self.last_step.next_observation:  # otherwise no episode has ended
            begun = (self.last_step.terminated | self.last_step.truncated).nonzero()[0]
            q = self.values(self.x, observation, self.allowed)
            self.draw(q, self.first_uniform, self.next_action, begun)
        return self.next_action

    def next_value(self, step: Transition) -> np.ndarray:
        """Draw A_{t+1}, which is played next unless the episode has ended; returns Q(S_{t+1}, A_{t+1}) [runs]."""
        self.last_step, self.next_action = step, np.empty(self.runs, np.int64)
        q = self.next_values(step)
        self.draw(q, next(self.uniforms), self.next_action, self.every_run)
        self.first_uniform = next(self.uniforms)  # for the first action of an episode, drawn whether one begins or not
        value: np.ndarray = q[self.every_run, self.next_action]
        return value
