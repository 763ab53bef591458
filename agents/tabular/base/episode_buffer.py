"""The episode buffer of agents that learn at the end of an episode."""

import numpy as np

from rlnotes.agents.base.agent import Transition
from rlnotes.base.errors import SettingError
from rlnotes.base.kernels import ConstBoolVector, ConstFloatVector, FloatMatrix, IntVector, kernel
from rlnotes.base.memory_check import require

LONGEST = 2**16
"""largest number of steps that an episode may have"""
ROOM = 64
"""number of steps that fit before the arrays grow"""


@kernel()
def discounted_returns(
    rewards: FloatMatrix,
    length: IntVector,
    ended: ConstBoolVector,
    terminated: ConstBoolVector,
    last_value: ConstFloatVector,
    discount: float,
    returns: FloatMatrix,
) -> None:
    """G_t = R_t + γ G_{t+1} for every step of the episodes that ended, from the last step to the first."""
    for run in range(len(length)):
        if ended[run]:
            target = 0.0 if terminated[run] else last_value[run]
            for t in range(length[run] - 1, -1, -1):
                target = rewards[run, t] + discount * target
                returns[run, t] = target


class EpisodeBuffer:
    """The episode of each run so far: `states`, `actions`, `rewards` [runs, room] and its `length` [runs].

    `returns` [runs, room] has room for the return of every step. The kernel that learns from an episode sets its length
    back to 0. Raises `SettingError` if an episode has more than `LONGEST` steps.
    """

    def __init__(self, runs: int) -> None:
        self.states, self.actions = np.zeros((2, runs, ROOM), np.int64)
        self.rewards, self.returns = np.zeros((2, runs, ROOM))
        self.every_run, self.length = np.arange(runs), np.zeros(runs, np.int64)
        self.spare = ROOM  # lower bound of the number of steps that still fit

    def add(self, step: Transition) -> None:
        """Store a step of every run."""
        if self.spare == 0:
            longest = int(self.length.max())
            if longest >= self.states.shape[1] // 2:
                self.double_room(longest)
            self.spare = self.states.shape[1] - longest
        self.spare -= 1
        at = self.every_run, self.length
        self.states[at], self.actions[at], self.rewards[at] = step.observation, step.action, step.reward
        self.length += 1

    def double_room(self, longest: int) -> None:
        """Make room for twice as many steps."""
        if longest >= LONGEST:
            reason = f"an episode took more than {LONGEST:,} steps, before whose end nothing is learnt; set one"
            raise SettingError("env.time_limit", "null", reason)
        require("runs", len(self.length), 64 * self.states.size)
        wider = ((0, 0), (0, self.states.shape[1]))
        self.states, self.actions = np.pad(self.states, wider), np.pad(self.actions, wider)
        self.rewards, self.returns = np.pad(self.rewards, wider), np.pad(self.returns, wider)

    def compute_returns(self, step: Transition, ended: np.ndarray, last_value: np.ndarray, discount: float) -> None:
        """Fill in the `returns` of the episodes that `ended` with this step.

        If an episode was truncated, the value of its last state `last_value` [runs] replaces the rest of the return.
        """
        discounted_returns(self.rewards, self.length, ended, step.terminated, last_value, discount, self.returns)
