"""The episode buffer of agents that learn at the end of an episode."""

import numpy as np

from rlnotes.agents.base.agent import SET_LIMIT, Transition
from rlnotes.base.errors import SettingError
from rlnotes.base.kernels import (
    ConstBoolVector,
    ConstFloatVector,
    ConstIntVector,
    FloatMatrix,
    IntMatrix,
    IntVector,
    kernel,
)
from rlnotes.base.memory_check import require_memory

LONGEST = 2**16
"""largest number of steps that an episode may have"""
ROOM = 64
"""number of steps that fit before the arrays grow"""


@kernel()
def discounted_returns(
    rewards: FloatMatrix,
    length: IntVector,
    runs: IntVector,
    terminated: ConstBoolVector,
    last_value: ConstFloatVector,
    discount: float,
    returns: FloatMatrix,
) -> None:
    """G_t = R_t + γ G_{t+1} of every step of the episodes of the given `runs`, from the last step to the first."""
    for i in range(len(runs)):
        run = np.uint64(runs[i])  # unsigned, so that no index is checked for being negative
        target = 0.0 if terminated[run] else last_value[run]
        for t in range(length[run] - 1, -1, -1):
            target = rewards[run, t] + discount * target
            returns[i, t] = target


@kernel()
def append(
    states: IntMatrix,
    actions: IntMatrix,
    rewards: FloatMatrix,
    length: IntVector,
    state: ConstIntVector,
    action: ConstIntVector,
    reward: ConstFloatVector,
) -> None:
    """Store a step of every run behind those before it."""
    for run in range(len(length)):
        t = np.uint64(length[run])
        states[run, t], actions[run, t], rewards[run, t] = state[run], action[run], reward[run]
        length[run] += 1


class EpisodeBuffer:
    """The episode of each run so far.

    `states`, `actions` and `rewards` are [runs, room], `length` is [runs].
    The kernel that learns from an episode sets its length back to 0. Raises `SettingError` if an episode has more than
    `LONGEST` steps.
    """

    def __init__(self, runs: int) -> None:
        self.states, self.actions = np.zeros((2, runs, ROOM), np.int64)
        self.rewards, self.length = np.zeros((runs, ROOM)), np.zeros(runs, np.int64)
        self.spare = ROOM  # lower bound of the number of steps that still fit

    def add(self, step: Transition) -> None:
        """Store a step of every run."""
        if self.spare == 0:
            longest = int(self.length.max())
            if longest >= self.states.shape[1] // 2:
                self.double_room(longest)
            self.spare = self.states.shape[1] - longest
        self.spare -= 1
        append(self.states, self.actions, self.rewards, self.length, step.observation, step.action, step.reward)

    def double_room(self, longest: int) -> None:
        """Make room for twice as many steps."""
        if longest >= LONGEST:
            reason = f"an episode took more than {LONGEST:,} steps, and nothing is learned before its end"
            raise SettingError("env.time_limit", "null", f"{reason}; {SET_LIMIT}")
        require_memory("runs", len(self.length), 48 * self.states.size)
        wider = ((0, 0), (0, self.states.shape[1]))
        self.states, self.actions = np.pad(self.states, wider), np.pad(self.actions, wider)
        self.rewards = np.pad(self.rewards, wider)

    def returns(self, runs: np.ndarray, step: Transition, last_value: np.ndarray, discount: float) -> np.ndarray:
        """The return of every step of the episodes of these `runs`, which ended with `step` [len(runs), room].

        If an episode was truncated, the value of its last state `last_value` [all runs] replaces the rest.
        """
        returns = np.empty((len(runs), self.states.shape[1]))
        discounted_returns(self.rewards, self.length, runs, step.terminated, last_value, discount, returns)
        return returns
