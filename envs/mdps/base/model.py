"""The model of a finite Markov decision process 马尔可夫决策过程, for 16 states or 10⁶ [notes 2.1]."""

import itertools
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass, fields
from functools import cached_property
from typing import Any, Self

import numpy as np
from scipy.sparse import csr_array

from rlnotes.base.errors import SettingError
from rlnotes.base.memory_check import reserve
from rlnotes.envs.mdps.base import bellman
from rlnotes.envs.mdps.base.linear_equations import solve, stationary
from rlnotes.envs.mdps.base.model_checks import ENTRIES, check_columns, check_entries, check_policy, check_rows
from rlnotes.envs.mdps.base.picture import Picture

Outcomes = Iterable[tuple[float, Any, float, bool]]
"""probability, next state, reward, terminated of all that may follow an action, as in Gymnasium's `P`"""


@dataclass(frozen=True, eq=False)
class Model:
    """States, actions, transitions p(s'|s, a), rewards r(s, a, s') and a discount γ, in compressed rows [notes 2.1].

    Row s · actions + a holds what may follow action a in state s: its entries are those from `offsets[row]` to
    `offsets[row + 1]` of `next_state`, `probability`, `reward` and `terminated`. A row without entries is an action
    that is not available. A terminated entry is worth its reward and nothing after: for planners it leads to an
    absorbing state of value 0.

    The arrays given are copied; the model's own, sorted and with equal entries merged, cannot be written to.
    Raises `SettingError`, which names state, action and value, where they do not make a model.
    """

    offsets: np.ndarray
    """[states · actions + 1]"""
    next_state: np.ndarray
    """[entries], of a terminated entry too"""
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

    def __post_init__(self) -> None:
        given = {field.name: getattr(self, field.name) for field in fields(self)}
        columns = check_columns(given)
        start, offsets, entries = columns["start"], columns["offsets"], [columns[name] for name in ENTRIES]
        start /= start.sum()
        kept = bellman.merge(offsets, *entries)
        for name in ENTRIES:
            columns[name] = columns[name][:kept] if kept > 0.9 * len(columns[name]) else columns[name][:kept].copy()
        total, _ = bellman.totals(offsets, columns["probability"], columns["reward"])
        total[check_rows(total, offsets, start)] = 1  # an empty row is no law
        if (total != 1).any():
            columns["probability"] /= np.repeat(total, np.diff(offsets))
        for name, column in columns.items():
            column.flags.writeable = False
            object.__setattr__(self, name, column)
        object.__setattr__(self, "discount", float(self.discount))

    @classmethod
    def from_entries(
        cls,
        states: int,
        actions: int,
        state: np.ndarray,
        action: np.ndarray,
        next_state: np.ndarray,
        probability: np.ndarray,
        reward: np.ndarray,
        terminated: np.ndarray,
        *,
        start: int | Sequence[float] | np.ndarray,
        discount: float,
        picture: Picture | None = None,
    ) -> Self:
        """The model of entries in any order, each with its state and action [entries].

        `start` is a state, or a probability for each.
        """
        check_entries(states, actions, state, action, next_state, probability, reward, terminated)
        row = np.asarray(state, np.int64) * actions + np.asarray(action, np.int64)
        if isinstance(start, int | np.integer):
            if not 0 <= start < states:
                raise SettingError("start", start, f"must be from 0 to {states - 1}")
            start = np.eye(1, states, int(start))[0]
        law = np.asarray(start, float)
        if law.shape != (states,):
            raise SettingError("start", f"of shape {law.shape}", f"must be a state or {states} probabilities")
        order = slice(None) if (np.diff(row) >= 0).all() else np.argsort(row, kind="stable")
        offsets = np.concatenate([[0], np.cumsum(np.bincount(row, minlength=states * actions))])
        return cls(
            offsets,
            np.asarray(next_state)[order],
            np.asarray(probability)[order],
            np.asarray(reward)[order],
            np.asarray(terminated)[order],
            law,
            discount,
            picture,
        )

    @classmethod
    def from_arrays(
        cls,
        transition: np.ndarray,
        reward: np.ndarray,
        *,
        terminal: Sequence[int] = (),
        **rest: Any,
    ) -> Self:
        """The model of p(s'|s, a) [states, actions, states] and r(s, a, s') of that shape, or r(s, a).

        Whatever enters a `terminal` state terminates; what follows there need not be told. A pair (s, a) whose
        probabilities are all 0 is not available. The `rest`, start, discount and picture, is as in `from_entries`.
        """
        transition = np.array(transition, float)
        if transition.ndim != 3 or transition.shape[0] != transition.shape[2]:
            raise SettingError("transition", transition.shape, "must have the shape [states, actions, states]")
        reward = np.asarray(reward, float)
        if reward.shape not in (transition.shape, transition.shape[:2]):
            raise SettingError("reward", reward.shape, f"must have the shape {transition.shape} or that without s'")
        reward = np.array(np.broadcast_to(reward if reward.ndim == 3 else reward[:, :, None], transition.shape))
        for final in terminal:
            if not transition[final].any():
                transition[final, :, final], reward[final] = 1, 0
        found = state, action, next_state = np.nonzero(transition)
        ends = np.isin(next_state, terminal)
        states, actions, _ = transition.shape
        return cls.from_entries(
            states, actions, state, action, next_state, transition[found], reward[found], ends, **rest
        )

    @classmethod
    def from_function(
        cls,
        states: Sequence[Hashable],
        actions: Sequence[Any],
        outcomes: Callable[[Any, Any], Iterable[Sequence[Any]]],
        *,
        start: Any,
        **rest: Any,
    ) -> Self:
        """The model of `outcomes(state, action)`: probability, next state, reward, terminated of all that may follow.

        States are whatever the function speaks of and are numbered in the order of `states`; an action without
        outcomes is not available. `start` is a state, or a probability each.
        """
        size = len(states) * len(actions)
        reserve("states", len(states), rows=size, entries=4 * size)  # as numbers of Python's, at least one a row
        number = {state: i for i, state in enumerate(states)}
        entries = []
        for (i, state), (a, action) in itertools.product(enumerate(states), enumerate(actions)):
            for outcome in outcomes(state, action):
                if len(outcome) != 4:
                    what = f"of state {state}, action {action}: must be (probability, next state, reward, terminated)"
                    raise SettingError("outcomes", outcome, what)
                p, next_state, reward, terminated = outcome
                if next_state not in number:
                    raise SettingError("next_state", next_state, f"of state {state}, action {action}: is no state")
                entries.append((i, a, number[next_state], p, reward, terminated))
        columns = np.array(entries, float).reshape(-1, 6).T
        if isinstance(start, Hashable) and start in number:
            start = number[start]
        elif np.size(start) != len(states) or isinstance(start, str):
            raise SettingError("start", start, "must be one of the states, or a probability for each")
        (state, action, next_state), (probability, reward, terminated) = columns[:3].astype(int), columns[3:]
        rest["start"] = start
        return cls.from_entries(
            len(states), len(actions), state, action, next_state, probability, reward, terminated, **rest
        )

    @property
    def states(self) -> int:
        return len(self.start)

    @property
    def actions(self) -> int:
        return (len(self.offsets) - 1) // self.states

    @cached_property
    def available(self) -> np.ndarray:
        """[states, actions], whether the action can be taken there."""
        return (np.diff(self.offsets) > 0).reshape(self.states, self.actions)

    @cached_property
    def expected_reward(self) -> np.ndarray:
        """r(s, a) = Σ_{s'} p(s'|s, a) r(s, a, s') [states, actions]; −∞ where the action is not available."""
        return bellman.totals(self.offsets, self.probability, self.reward)[1].reshape(self.states, self.actions)

    @cached_property
    def least_reward(self) -> float:
        """min r(s, a, s')"""
        return float(self.reward.min())

    @cached_property
    def largest_reward(self) -> float:
        """max |r(s, a, s')|"""
        return float(max(self.reward.max(), -self.least_reward))

    @cached_property
    def ends(self) -> bool:
        """Whether any entry is terminated."""
        return bool(self.terminated.any())

    @cached_property
    def longest_row(self) -> int:
        """Entries of the longest row."""
        return int(np.diff(self.offsets).max())

    @cached_property
    def final(self) -> np.ndarray:
        """[states], whether the state is but the end of an episode: all that can follow is that it ends there."""
        state = np.repeat(np.arange(self.states), np.diff(self.offsets[:: self.actions]))
        goes_on = ~self.terminated | (self.next_state != state) | (self.reward != 0)
        return np.bincount(state[goes_on], minlength=self.states) == 0

    @cached_property
    def successor(self) -> np.ndarray:
        """[entries], the next state, or `states`, the absorbing state of value 0, where the entry is terminated."""
        if not self.ends:
            return self.next_state.view(np.uint32)
        return np.where(self.terminated, np.uint32(self.states), self.next_state.view(np.uint32))

    @property
    def operator(self) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, float]:
        """What the kernels take: offsets, successor, probability, expected reward and discount."""
        return self.offsets.view(np.uint64), self.successor, self.probability, self.expected_reward, self.discount

    def padded(self, value: np.ndarray) -> np.ndarray:
        """A value [states] with that of the absorbing state, 0."""
        if np.shape(value) != (self.states,):
            raise SettingError("value", f"of shape {np.shape(value)}", f"must have the shape ({self.states},)")
        return np.append(np.asarray(value, float), 0.0)

    def q(self, value: np.ndarray) -> np.ndarray:
        """Q(s, a) = Σ_{s'} p(s'|s, a) [r(s, a, s') + γ V(s')] [states, actions]; −∞ where not available [notes 2.3]."""
        q = np.empty((self.states, self.actions))
        bellman.action_values(*self.operator, self.padded(value), q)
        return q

    def backup(self, value: np.ndarray) -> np.ndarray:
        """(T V)(s) = max_a Q(s, a) [states] [notes 2.4]."""
        backed_up = np.empty(self.states)
        policy = np.full(self.states, -1, np.int32)
        bellman.backup(*self.operator, self.padded(value), backed_up, policy, 0, self.states)
        return backed_up

    def greedy(self, value: np.ndarray, policy: np.ndarray | None = None) -> np.ndarray:
        """π(s) = argmax_a Q(s, a) [states]: the action of `policy` where it ties for the best, else the first."""
        old = np.full(self.states, -1) if policy is None else check_policy(policy, self.available)
        greedy = old.astype(np.int32)
        bellman.backup(*self.operator, self.padded(value), np.empty(self.states), greedy, 0, self.states)
        return greedy

    def chain(self, policy: np.ndarray) -> tuple[csr_array, np.ndarray]:
        """P_π [states, states], without what terminates, and r_π [states] of a policy.

        A policy is π(s) [states], or π(a|s) [states, actions] [notes 2.1].
        """
        policy = check_policy(policy, self.available)
        weight = policy if policy.ndim == 2 else np.arange(self.actions) == policy[:, None]
        of_entry = np.repeat(weight.ravel(), np.diff(self.offsets))
        goes_on = np.flatnonzero((of_entry > 0) & ~self.terminated)
        begins = np.searchsorted(goes_on, self.offsets[:: self.actions])
        probability = of_entry[goes_on] * self.probability[goes_on]
        transition = csr_array((probability, self.next_state[goes_on], begins), (self.states, self.states))
        transition.sum_duplicates()
        return transition, (weight * np.where(self.available, self.expected_reward, 0.0)).sum(axis=1)

    @property
    def row_count(self) -> int:
        return self.states * self.actions

    def stationary(self, policy: np.ndarray) -> np.ndarray:
        """d(s) [states], the share of steps in s in the long run, where episode follows episode: d = d P_π.

        Raises `SettingError` where it depends on the state that one begins in.
        """
        transition, _ = self.chain(policy)
        return stationary(transition, self.start)

    def evaluate(self, policy: np.ndarray, guess: np.ndarray | None = None, accuracy: float = 0.0) -> np.ndarray:
        """V_π = (I − γ P_π)⁻¹ r_π [states] [notes 2.3], exact but for rounding.

        Of a large model it may be sought from a `guess` and until the residual is at most `accuracy`.
        Raises `SettingError` where γ = 1 and the policy does not end from every state.
        """
        transition, reward = self.chain(policy)
        return solve(self.discount * transition, reward, guess, accuracy)
