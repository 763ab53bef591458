"""The base class of agents that draw the next action before they learn, and then play it."""

from dataclasses import dataclass

import numpy as np

from rlnotes.agents.base.agent import Problem, Transition
from rlnotes.agents.tabular.base.control_agent import ControlAgent


@dataclass
class NextActionAgent(ControlAgent):
    """An agent whose rule needs the next action A_{t+1}.

    `draw_next_action` draws it in S_{t+1}, and the next step plays it.
    """

    knows_probability = False  # it learns between the draw of an action and its step

    def begin(self, problem: Problem, rng: np.random.Generator) -> None:
        super().begin(problem, rng)
        self.last_step: Transition | None = None

    def choose(self, state: np.ndarray) -> np.ndarray:
        """The actions that `draw_next_action` has drawn, and new ones in runs that begin an episode."""
        if self.last_step is None:
            return super().choose(state)
        if state is not self.last_step.next_observation:  # otherwise no episode has ended
            begun = (self.last_step.terminated | self.last_step.truncated).nonzero()[0]
            self.draw(state, self.first_uniform, self.next_action, begun)
        return self.next_action

    def draw_next_action(self, step: Transition) -> np.ndarray:
        """Draw A_{t+1} [runs], which is played next unless the episode has ended."""
        self.last_step, self.next_action = step, np.empty(self.runs, np.int64)
        self.draw(step.next_observation, next(self.uniforms), self.next_action, self.every_run)
        self.first_uniform = next(self.uniforms)  # for the first action of an episode, drawn whether one begins or not
        return self.next_action
