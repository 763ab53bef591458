"""The table of a finite Markov decision process: the entries of every state and action, in compressed rows.

Row s · actions + a holds the entries of action a in state s. An empty row is an action that is not available.
"""

from dataclasses import dataclass, fields
from functools import cached_property
from typing import Any

import numpy as np

from rlnotes.base.kernels import (
    BoolVector,
    ConstBoolVector,
    ConstFloatVector,
    ConstInt32Vector,
    ConstIntVector,
    FloatVector,
    Int32Vector,
    IntVector,
    kernel,
)
from rlnotes.envs.mdps.base.model_checks import ENTRIES, SUM_TOLERANCE, Names, check_columns, refuse_row
from rlnotes.envs.mdps.base.picture import Picture


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
        start = np.maximum(columns["start"], 0)
        *table, wrong, total = compacted(
            columns["offsets"],
            columns["next_state"],
            columns["probability"],
            columns["reward"],
            columns["terminated"],
            len(start),
            SUM_TOLERANCE,
        )
        if wrong >= 0:
            refuse_row(wrong, total, given)
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

    def state_name(self, state: int) -> Any:
        """What a state is called."""
        return self.called.states[state]

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
        return totals(self.offsets, self.probability, self.reward)[1].reshape(self.states, self.actions)

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

    @property
    def value_range(self) -> tuple[float, float]:
        """The least and the largest value that rewards allow if γ < 1: the extreme reward for ever, or the end."""
        least, largest = self.least_reward / (1 - self.discount), self.largest_reward / (1 - self.discount)
        return (min(least, 0.0), max(largest, 0.0)) if self.absorbs else (least, largest)

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
        return idle(self.offsets[:: self.actions].copy(), self.next_state, self.reward, self.terminated)

    @cached_property
    def absorbing(self) -> np.ndarray:
        """[states], whether every action stays there for ever, so that V(s) = max_a r(s, a) / (1 − γ)."""
        return absorbing(self.offsets[:: self.actions].copy(), self.next_state, self.terminated)

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


@kernel()
def compacted(
    offsets: ConstIntVector,
    next_state: ConstInt32Vector,
    probability: ConstFloatVector,
    reward: ConstFloatVector,
    terminated: ConstBoolVector,
    states: int,
    accuracy: float,
) -> tuple[IntVector, Int32Vector, FloatVector, FloatVector, BoolVector, int, float]:
    """The columns with sorted rows whose probabilities sum to 1, without impossible entries and equal ones.

    Returns them with the first wrong row (−1 if none) and the sum of its probabilities: it is not 1 within `accuracy`,
    or it is 0 because the state has no action.
    """
    rows, entries, size, wrong, total = len(offsets) - 1, len(next_state), 0, -1, 0.0
    actions, begins = rows // states, np.zeros(rows + 1, np.int64)
    to, chance = np.empty(entries, np.int32), np.empty(entries)
    paid, ends = np.empty(entries), np.empty(entries, np.bool_)
    for row in range(rows):
        first, total = size, 0.0
        for i in range(offsets[row], offsets[row + 1]):
            p, s, r, ended = probability[i], next_state[i], reward[i], terminated[i]
            if p <= 0:
                continue
            j = size
            while j > first and (to[j - 1], ends[j - 1], paid[j - 1]) > (s, ended, r):
                j -= 1
            if j > first and to[j - 1] == s and ends[j - 1] == ended and paid[j - 1] == r:
                chance[j - 1] += p
                continue
            for k in range(size, j, -1):
                to[k], chance[k], paid[k], ends[k] = to[k - 1], chance[k - 1], paid[k - 1], ends[k - 1]
            to[j], chance[j], paid[j], ends[j] = s, p, r, ended
            size += 1
        begins[row + 1] = size
        for i in range(first, size):
            total += chance[i]
        stuck = (row + 1) % actions == 0 and size == begins[row + 1 - actions]
        if stuck or (size > first and abs(total - 1) > accuracy):
            wrong = row
            break
        if size > first and total != 1:
            for i in range(first, size):
                chance[i] /= total
    if size <= 0.9 * entries:  # a view would keep the memory of all entries
        to, chance, paid, ends = to[:size].copy(), chance[:size].copy(), paid[:size].copy(), ends[:size].copy()
    return begins, to[:size], chance[:size], paid[:size], ends[:size], wrong, total


@kernel()
def idle(
    begins: IntVector, next_state: ConstInt32Vector, reward: ConstFloatVector, terminated: ConstBoolVector
) -> BoolVector:
    """Whether all entries of a state stay there or end, and pay 0; those of state s begin at begins[s]."""
    states = len(begins) - 1
    idle = np.ones(states, np.bool_)
    for s in range(states):
        for i in range(begins[s], begins[s + 1]):
            if reward[i] != 0 or (next_state[i] != s and not terminated[i]):
                idle[s] = False
                break
    return idle


@kernel()
def absorbing(begins: IntVector, next_state: ConstInt32Vector, terminated: ConstBoolVector) -> BoolVector:
    """Whether all entries of a state stay there and do not end; those of state s begin at begins[s]."""
    states = len(begins) - 1
    absorbing = np.ones(states, np.bool_)
    for s in range(states):
        for i in range(begins[s], begins[s + 1]):
            if next_state[i] != s or terminated[i]:
                absorbing[s] = False
                break
    return absorbing


@kernel()
def totals(
    offsets: ConstIntVector, probability: ConstFloatVector, reward: ConstFloatVector
) -> tuple[FloatVector, FloatVector]:
    """Σ p and Σ p r of every row; the second is −∞ if the row is empty."""
    rows = len(offsets) - 1
    total, expected = np.zeros(rows), np.zeros(rows)
    for row in range(rows):
        for i in range(offsets[row], offsets[row + 1]):
            total[row] += probability[i]
            expected[row] += probability[i] * reward[i]
        if offsets[row] == offsets[row + 1]:
            expected[row] = -np.inf
    return total, expected
