"""The table of a finite Markov decision process: the entries of every state and action, in compressed rows.

Row s · actions + a holds the entries of action a in state s. An empty row is an action that is not available.
"""

from dataclasses import dataclass, fields
from functools import cached_property
from typing import Any

import numpy as np

from rlnotes.envs.mdps.base import table_kernels
from rlnotes.envs.mdps.base.model_checks import ENTRIES, Names, check_columns, refuse_row
from rlnotes.envs.mdps.base.picture import Picture

UNIT = np.finfo(float).eps / 2
"""relative error of a floating-point operation"""


@dataclass(frozen=True, eq=False)
class TransitionTable:
    """Transitions p(s'|s, a), rewards r(s, a, s') and the discount γ [notes 2.1].

    They are stored in compressed rows, one row per state and action.
    The entries of a row are those from `offsets[row]` to `offsets[row + 1]` of `next_state`, `probability`, `reward`
    and `terminated`. A terminated entry is worth its reward and nothing after it: planners see it as a transition to
    an absorbing state of value 0.

    The given arrays are copied. The arrays of the table are read-only; they are sorted, and equal entries are merged.
    Raises `SettingError`, which names state, action and value, if the arrays are not a finite MDP.
    """

    offsets: np.ndarray
    """[states · actions + 1]"""
    next_state: np.ndarray
    """[entries], also of a terminated entry"""
    probability: np.ndarray
    """[entries]"""
    reward: np.ndarray
    """[entries]"""
    terminated: np.ndarray
    """[entries]"""
    start: np.ndarray
    """[states], probability that an episode begins there"""
    discount: float
    """γ, from 0 to 1"""
    picture: Picture | None = None
    """how to draw it"""
    names: Names | None = None
    """what states and actions are called in messages; None: by their numbers"""

    def __post_init__(self) -> None:
        given = {field.name: getattr(self, field.name) for field in fields(self)}
        columns = check_columns(given)
        *table, wrong, total = table_kernels.compacted(*columns.values())
        if wrong >= 0:
            refuse_row(wrong, total, given)
        start = np.maximum(columns["start"], 0)
        for name, column in zip(("start", "offsets", *ENTRIES), (start / start.sum(), *table), strict=True):
            column.flags.writeable = False
            object.__setattr__(self, name, column)
        object.__setattr__(self, "discount", float(self.discount))

    @property
    def states(self) -> int:
        return len(self.start)

    @property
    def actions(self) -> int:
        return self.row_count // self.states

    @cached_property
    def called(self) -> Names:
        """The names, or else the numbers, of states and actions."""
        return self.names or Names(range(self.states), range(self.actions))

    def named(self, policy: np.ndarray) -> dict[Any, Any]:
        """A policy π(s) [states] as a dictionary from the name of a state to the name of its action."""
        return {state: self.called.actions[action] for state, action in zip(self.called.states, policy, strict=True)}

    def at_start(self, value: np.ndarray) -> float:
        """Σ_s start(s) V(s), over the start states only: elsewhere V(s) may be infinite."""
        begins = self.start > 0
        return float(self.start[begins] @ value[begins])

    @property
    def row_count(self) -> int:
        """States · actions."""
        return len(self.offsets) - 1

    @cached_property
    def available(self) -> np.ndarray:
        """[states, actions], whether the action is available in the state."""
        return (np.diff(self.offsets) > 0).reshape(self.states, self.actions)

    @cached_property
    def expected_reward(self) -> np.ndarray:
        """r(s, a) = Σ_{s'} p(s'|s, a) r(s, a, s') [states, actions]; −∞ if the action is not available."""
        expected = table_kernels.expected_rewards(self.offsets, self.probability, self.reward)
        return expected.reshape(self.states, self.actions)

    @cached_property
    def paid_reward(self) -> np.ndarray:
        """r(s, a) [states, actions]; 0 if it is 0 within rounding, or if the action is not available."""
        size = table_kernels.expected_rewards(self.offsets, self.probability, np.abs(self.reward))
        rounding = (self.longest_row + 2) * UNIT * size.reshape(self.states, self.actions)
        paid = self.available & (np.abs(self.expected_reward) > rounding)
        return np.where(paid, self.expected_reward, 0.0)

    @cached_property
    def least_reward(self) -> float:
        """min r(s, a, s')"""
        return float(self.reward.min())

    @cached_property
    def largest_reward(self) -> float:
        """max r(s, a, s')"""
        return float(self.reward.max())

    @property
    def reward_bound(self) -> float:
        """max |r(s, a, s')|"""
        return max(self.largest_reward, -self.least_reward)

    @cached_property
    def ends(self) -> bool:
        """Whether any entry is terminated."""
        return bool(self.terminated.any())

    @cached_property
    def longest_row(self) -> int:
        """Number of entries of the longest row."""
        return int(np.diff(self.offsets).max())

    @cached_property
    def final(self) -> np.ndarray:
        """[states], whether the only entries of the state stay there, terminate and pay 0."""
        state = np.repeat(np.arange(self.states), np.diff(self.offsets[:: self.actions]))
        goes_on = ~self.terminated | (self.next_state != state) | (self.reward != 0)
        return np.bincount(state[goes_on], minlength=self.states) == 0

    @cached_property
    def idle(self) -> np.ndarray:
        """[states], whether every action stays there or ends, and pays 0, so that the value is 0."""
        return table_kernels.idle(self.offsets[:: self.actions].copy(), self.next_state, self.reward, self.terminated)

    @cached_property
    def steady(self) -> np.ndarray:
        """[states], whether the largest expected reward stays the same for ever, so V(s) = max_a r(s, a) / (1 − γ)."""
        begins = self.offsets[:: self.actions].copy()
        return table_kernels.steady(begins, self.next_state, self.terminated, self.expected_reward)

    @cached_property
    def next_or_end(self) -> np.ndarray:
        """[entries], the next state; of a terminated entry `states`, the number of the absorbing state of value 0."""
        if not self.ends:
            return self.next_state.view(np.uint32)
        return np.where(self.terminated, np.uint32(self.states), self.next_state.view(np.uint32))

    @cached_property
    def successor(self) -> np.ndarray:
        """[entries], as `next_or_end`; also `states` if the next state is idle: its value is 0 too."""
        if not self.idle.any():
            return self.next_or_end
        return np.where(self.idle[self.next_state], np.uint32(self.states), self.next_or_end)

    @cached_property
    def absorbs(self) -> bool:
        """Whether any `successor` is the absorbing state of value 0."""
        return self.ends or bool(self.idle.any())
