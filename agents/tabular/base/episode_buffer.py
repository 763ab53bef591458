"""Episodes as they are remembered by agents that learn at their end."""

import numpy as np

from rlnotes.agents.base.agent import Transition
from rlnotes.base.errors import SettingError
from rlnotes.base.memory_check import require

LONGEST = 2**16
"""steps of an episode that are remembered at most"""
ROOM = 64
"""steps for which there is room at first"""


class EpisodeMemory:
    """Each run's episode so far: `states`, `actions`, `rewards` [runs, room] and `length` [runs], to be set back to 0.

    Raises `SettingError` where an episode takes more than `LONGEST` steps.
    """

    def __init__(self, runs: int) -> None:
        self.states, self.actions = np.zeros((2, runs, ROOM), np.int64)
        self.rewards, self.length = np.zeros((runs, ROOM)), np.zeros(runs, np.int64)
        self.run, self.spare = np.arange(runs), ROOM  # steps for which there is surely room

    @property
    def arrays(self) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        """What the kernels take."""
        return self.states, self.actions, self.rewards, self.length

    def add(self, step: Transition) -> None:
        """Remember a step of every run."""
        if self.spare == 0:
            room, longest = self.states.shape[1], int(self.length.max())
            if longest >= LONGEST:
                what = f"an episode took more than {LONGEST:,} steps, before whose end nothing is learnt; set one"
                raise SettingError("env.time_limit", "null", what)
            if longest >= room // 2:
                require("runs", len(self.length), 48 * self.states.size)
                wider = ((0, 0), (0, room))
                self.states, self.actions = np.pad(self.states, wider), np.pad(self.actions, wider)
                self.rewards = np.pad(self.rewards, wider)
            self.spare = self.states.shape[1] - longest
        self.spare -= 1
        self.states[self.run, self.length], self.actions[self.run, self.length] = step.observation, step.action
        self.rewards[self.run, self.length] = step.reward
        self.length += 1
