"""The model of a finite Markov decision process 马尔可夫决策过程, with 16 states or with 10⁶ [notes 2.1]."""

from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np
from scipy.sparse import csr_array

from rlnotes.base.errors import SettingError
from rlnotes.envs.mdps.base import bellman, linear_equations
from rlnotes.envs.mdps.base.files.reader import read_model
from rlnotes.envs.mdps.base.model_builders import columns_of_arrays, columns_of_entries, columns_of_function
from rlnotes.envs.mdps.base.model_checks import Names, check_policy
from rlnotes.envs.mdps.base.picture import Picture
from rlnotes.envs.mdps.base.transition_table import TransitionTable

Outcomes = Iterable[tuple[float, Any, float, bool]]
"""(probability, next state, reward, terminated) of everything that may follow an action, as in Gymnasium's `P`"""
Operator = tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, float]


@dataclass(frozen=True, eq=False)
class Model(TransitionTable):
    """A transition table with ways to build it and its Bellman operators [notes 2.1].

    A policy is π(s) [states], or π(a|s) [states, actions]. A value is V(s) [states].
    Raises `SettingError`, which names state, action and value, if the arguments are not a finite MDP.
    """

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
        """Build a model from entries in any order, each with its state and action [entries].

        `start` is a state, or a probability for each state.
        """
        columns = columns_of_entries(states, actions, state, action, next_state, probability, reward, terminated, start)
        return cls(*columns, discount, picture)

    @classmethod
    def from_arrays(
        cls,
        transition: np.ndarray | Sequence[Any],
        reward: np.ndarray | Sequence[Any],
        *,
        start: int | Sequence[float] | np.ndarray,
        discount: float,
        terminal: Sequence[int] = (),
        picture: Picture | None = None,
    ) -> Self:
        """Build a model from p(s'|s, a) [states, actions, states] and r(s, a, s') of that shape, r(s, a) or r(s).

        States come first, also if there are as many actions as states. Both may also be lists of sparse matrices
        [states, states], one per action. Every transition into a `terminal` state terminates; the rows of a terminal
        state may be left at 0. In other states, an action is not available if its probabilities are all 0, or if
        r(s, a) = −∞. `start` is as in `from_entries`.
        """
        return cls(*columns_of_arrays(transition, reward, terminal, start), discount, picture)

    @classmethod
    def from_function(
        cls,
        states: Iterable[Hashable],
        actions: Iterable[Any],
        outcomes: Callable[[Any, Any], Iterable[Sequence[Any]]],
        *,
        start: Any,
        discount: float,
        picture: Picture | None = None,
    ) -> Self:
        """Build a model from `outcomes(state, action)`, a list of (probability, next state, reward, terminated).

        `states` and `actions` may be any objects; they are numbered in their order, and are the names of the model. An
        action without outcomes is not available. `start` is one of the states, or a probability for each state.
        """
        states, actions = list(states), list(actions)
        columns = columns_of_function(states, actions, outcomes, start)
        return cls(*columns, discount, picture, Names(states, picture.actions if picture else actions))

    @classmethod
    def read(cls, file: str | Path, *, start: Any = None, discount: float | None = None) -> Self:
        """Read the model in a file (`ModelFile`). `start` may be the name of a state; None: as the file says."""
        return read_model(cls, file, start, discount)

    @property
    def operator(self) -> Operator:
        """The first arguments of every Bellman kernel: offsets, successor, probability, expected reward, discount."""
        return self.offsets.view(np.uint64), self.successor, self.probability, self.expected_reward, self.discount

    def full_operator(self, discount: float) -> Operator:
        """The operator with another discount, in which an idle state is an ordinary state."""
        return self.offsets.view(np.uint64), self.next_or_end, self.probability, self.expected_reward, discount

    def padded(self, value: np.ndarray) -> np.ndarray:
        """V(s), followed by the value 0 of the absorbing state [states + 1]."""
        if np.shape(value) != (self.states,):
            raise SettingError("value", f"of shape {np.shape(value)}", f"must have the shape ({self.states},)")
        return np.append(np.asarray(value, float), 0.0)

    def q(self, value: np.ndarray) -> np.ndarray:
        """Q(s, a) = Σ_{s'} p(s'|s, a) [r(s, a, s') + γ V(s')] [states, actions]; −∞ if not available [notes 2.3]."""
        q = np.empty((self.states, self.actions))
        bellman.action_values(*self.operator, self.padded(value), q)
        return q

    def backup(self, value: np.ndarray) -> np.ndarray:
        """(T V)(s) = max_a Q(s, a) [states] [notes 2.4]."""
        backed_up, lead = np.zeros((2, self.states))
        policy = np.full(self.states, -1, np.int32)
        bellman.backup(*self.operator, self.padded(value), backed_up, policy, lead, 0.0, 0, self.states)
        return backed_up

    def greedy(self, value: np.ndarray, policy: np.ndarray | None = None) -> np.ndarray:
        """π(s) = argmax_a Q(s, a) [states]; a tie is broken in favour of `policy`, else of the first action."""
        old = np.full(self.states, -1) if policy is None else check_policy(policy, self.available)
        greedy, (backed_up, lead) = old.astype(np.int32), np.zeros((2, self.states))
        bellman.backup(*self.operator, self.padded(value), backed_up, greedy, lead, 0.0, 0, self.states)
        return greedy

    def chain(self, policy: np.ndarray, idle_ends: bool = False) -> tuple[csr_array, np.ndarray]:
        """P_π [states, states], without terminated transitions, and r_π [states] of a policy.

        With `idle_ends`, a transition to an idle state ends the chain, since its value is 0.
        """
        policy = check_policy(policy, self.available)
        weight = policy if policy.ndim == 2 else np.arange(self.actions) == policy[:, None]
        of_entry = np.repeat(weight.ravel(), np.diff(self.offsets))
        goes_on = np.flatnonzero((of_entry > 0) & ((self.successor if idle_ends else self.next_or_end) < self.states))
        begins = np.searchsorted(goes_on, self.offsets[:: self.actions])
        probability = of_entry[goes_on] * self.probability[goes_on]
        transition = csr_array((probability, self.next_state[goes_on], begins), (self.states, self.states))
        transition.sum_duplicates()
        return transition, (weight * self.paid_reward).sum(axis=1)

    def stationary(self, policy: np.ndarray) -> np.ndarray:
        """d(s) [states], d = d P_π: the long-run share of steps in s, if a new episode follows each that ends.

        Raises `SettingError` if the chain may stay in different sets of states for ever.
        """
        transition, _ = self.chain(policy)
        return linear_equations.stationary(transition, self.start)

    def relative_values(self, policy: np.ndarray) -> np.ndarray:
        """h [states] with g + h = r_π + P_π h up to a constant; a new episode follows each that ends.

        Raises `SettingError` if the chain may stay in different sets of states for ever.
        """
        transition, reward = self.chain(policy)
        return linear_equations.relative_values(transition, reward, self.start)

    def evaluate(self, policy: np.ndarray, guess: np.ndarray | None = None, accuracy: float = 0.0) -> np.ndarray:
        """V_π = (I − γ P_π)⁻¹ r_π [states], exact up to rounding [notes 2.3].

        For a large model the solver starts from `guess` and stops when the residual is at most `accuracy`.
        If γ = 1, V_π(s) is ∞ or −∞ where π may go on for ever and gains or loses, and NaN where the total reward does
        not settle.
        """
        transition, reward = self.chain(policy, idle_ends=True)
        return linear_equations.values(self.discount * transition, reward, guess, accuracy)
