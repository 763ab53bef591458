"""What agents have in common that learn at the end of an episode, from all of it."""

from dataclasses import dataclass

import numpy as np

from rlnotes.agents.agent import Problem, Transition
from rlnotes.agents.tabular.control_agent import ControlAgent
from rlnotes.envs.errors import SettingError

LONGEST = 2**16
"""steps of an episode that are remembered at most"""


@dataclass
class EpisodicAgent(ControlAgent):
    """An agent that remembers each run's episode: `states`, `actions`, `rewards` [runs, room] and `length` [runs]."""

    alpha: int | float | str = "1/visits"
    """step size α, above 0 and at most 1, of each time that a return is averaged: 1/visits is their plain mean"""

    def begin(self, problem: Problem, rng: np.random.Generator) -> None:
        super().begin(problem, rng)
        self.states, self.actions = np.zeros((2, self.runs, 64), np.uint64)
        self.rewards, self.length = np.zeros((self.runs, 64)), np.zeros(self.runs, np.int64)
        self.enough = 64

    def remember(self, step: Transition) -> np.ndarray:
        """Add a step; whether the episode has ended [runs]. Its `length` is to be set back to 0 then."""
        if self.t >= self.enough:  # some run may need more room
            room, longest = self.states.shape[1], int(self.length.max())
            if longest >= LONGEST:
                what = f"an episode took more than {LONGEST:,} steps, before whose end nothing is learnt; set one"
                raise SettingError("env.time_limit", None, what)
            if longest >= room // 2:
                wider = ((0, 0), (0, room))
                self.states, self.actions = np.pad(self.states, wider), np.pad(self.actions, wider)
                self.rewards = np.pad(self.rewards, wider)
            self.enough = self.t + self.states.shape[1] - longest
        run = np.arange(self.runs)
        self.states[run, self.length], self.actions[run, self.length] = step.observation, step.action
        self.rewards[run, self.length] = step.reward
        self.length += 1
        return step.terminated | step.truncated
