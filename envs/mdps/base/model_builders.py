"""The columns of a model, made from entries in any order, from arrays or from a function."""

import itertools
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from typing import Any, NamedTuple, SupportsFloat

import numpy as np
from scipy.sparse import coo_array, csr_array, issparse

from rlnotes.base.errors import SettingError
from rlnotes.base.memory_check import require_memory_for_model
from rlnotes.envs.mdps.base.model_checks import check_entries


class Columns(NamedTuple):
    """The arrays of a `TransitionTable`, not yet checked."""

    offsets: np.ndarray
    next_state: np.ndarray
    probability: np.ndarray
    reward: np.ndarray
    terminated: np.ndarray
    start: np.ndarray


def columns_of_entries(
    states: int,
    actions: int,
    state: np.ndarray,
    action: np.ndarray,
    next_state: np.ndarray,
    probability: np.ndarray,
    reward: np.ndarray,
    terminated: np.ndarray,
    start: int | Sequence[float] | np.ndarray,
) -> Columns:
    """The columns of entries in any order: see `Model.from_entries`."""
    check_entries(states, actions, state, action, next_state, probability, reward, terminated)
    row = np.asarray(state, np.int64) * actions + np.asarray(action, np.int64)
    order = slice(None) if (np.diff(row) >= 0).all() else np.argsort(row, kind="stable")
    return Columns(
        np.concatenate([[0], np.cumsum(np.bincount(row, minlength=states * actions))]),
        np.asarray(next_state)[order],
        np.asarray(probability)[order],
        np.asarray(reward)[order],
        np.asarray(terminated)[order],
        start_probabilities(start, states),
    )


def start_probabilities(start: int | Sequence[float] | np.ndarray, states: int) -> np.ndarray:
    """The probability [states] that an episode begins in each state, if `start` is a state or these probabilities."""
    if isinstance(start, int | np.integer):
        if not 0 <= start < states:
            raise SettingError("start", start, f"must be from 0 to {states - 1}")
        start = np.eye(1, states, int(start))[0]
    probabilities = np.asarray(start, float)
    if probabilities.shape != (states,):
        raise SettingError("start", f"of shape {probabilities.shape}", f"must be a state or {states} probabilities")
    return probabilities


def columns_of_arrays(
    transition: Any,
    reward: Any,
    terminal: Sequence[int],
    start: int | Sequence[float] | np.ndarray,
) -> Columns:
    """The columns of p(s'|s, a) and of rewards: see `Model.from_arrays`."""
    if are_sparse(transition):
        return columns_of_matrices(transition, reward, terminal, start)
    transition = np.asarray(transition, float)
    if transition.ndim != 3 or transition.shape[0] != transition.shape[2]:
        advice = ""
        if transition.ndim == 3 and transition.shape[1] == transition.shape[2]:
            advice = "; give np.swapaxes(transition, 0, 1) if actions come first"
        raise SettingError("transition", transition.shape, f"must have the shape [states, actions, states]{advice}")
    states, actions, _ = transition.shape
    rewards = checked_rewards(reward, states, actions)
    is_final = final_states(terminal, states)
    if (unset := is_final & ~transition.any(axis=(1, 2))).any():
        transition = np.where(unset[:, None, None], np.eye(states)[:, None, :], transition)
        rewards = np.where(unset.reshape(-1, *[1] * (rewards.ndim - 1)), 0.0, rewards)
    possible = transition != 0
    if rewards.ndim == 2:
        possible &= (rewards != -np.inf)[:, :, None]
    next_state = np.broadcast_to(np.arange(states, dtype=np.int32), transition.shape)[possible]
    return Columns(
        np.concatenate([[0], np.cumsum(possible.sum(axis=2).ravel())]),
        next_state,
        transition[possible],
        np.broadcast_to(rewards.reshape(rewards.shape + (1,) * (3 - rewards.ndim)), transition.shape)[possible],
        is_final[next_state],
        start_probabilities(start, states),
    )


def columns_of_matrices(
    transition: Sequence[Any],
    reward: np.ndarray | Sequence[Any],
    terminal: Sequence[int],
    start: int | Sequence[float] | np.ndarray,
) -> Columns:
    """The columns of sparse matrices p(s'|s) [states, states], one per action, and of rewards."""
    matrices = [coo_array(matrix) for matrix in transition]
    for matrix in matrices:
        matrix.sum_duplicates()
    states, actions = matrices[0].shape[0], len(matrices)
    for number, matrix in enumerate(matrices):
        if matrix.shape != (states, states):
            requirement = f"of action {number}: must have the shape {(states, states)}"
            raise SettingError("transition", matrix.shape, requirement)
    if are_sparse(reward):
        given = [csr_array(matrix) for matrix in reward]
        if len(given) != actions or any(matrix.shape != (states, states) for matrix in given):
            requirement = f"must be {actions} matrices of the shape {(states, states)}, one per action"
            raise SettingError("reward", [matrix.shape for matrix in given], requirement)
        rewards = [matrix[one.row, one.col] for matrix, one in zip(given, matrices, strict=True)]
    else:
        array = checked_rewards(reward, states, actions)
        index = [(one.row, np.full(one.nnz, number), one.col) for number, one in enumerate(matrices)]
        rewards = [array[place[: array.ndim]] for place in index]
    is_final = final_states(terminal, states)
    unset = np.flatnonzero(is_final & (sum(np.bincount(one.row, minlength=states) for one in matrices) == 0))
    unset, of_action = np.repeat(unset, actions), np.tile(np.arange(actions), len(unset))
    ends = np.ones(len(unset))
    state = np.concatenate([*(one.row for one in matrices), unset])
    next_state = np.concatenate([*(one.col for one in matrices), unset])
    action = np.concatenate([*(np.full(one.nnz, number) for number, one in enumerate(matrices)), of_action])
    probability = np.concatenate([*(one.data for one in matrices), ends])
    paid = np.concatenate([*rewards, 0 * ends])
    kept = np.flatnonzero(paid != -np.inf) if np.ndim(reward) == 2 else slice(None)
    next_state = next_state[kept]
    place = state[kept], action[kept], next_state
    return columns_of_entries(states, actions, *place, probability[kept], paid[kept], is_final[next_state], start)


def are_sparse(given: Any) -> bool:
    """Whether these are sparse matrices of SciPy."""
    return isinstance(given, list | tuple) and bool(given) and all(issparse(one) for one in given)


def checked_rewards(reward: Any, states: int, actions: int) -> np.ndarray:
    """Rewards r(s, a, s'), r(s, a) or r(s) as an array; `SettingError` if it has none of these shapes."""
    rewards = np.asarray(reward, float)
    shapes = (states, actions, states), (states, actions), (states,)
    if rewards.shape not in shapes:
        raise SettingError("reward", rewards.shape, f"must have the shape {shapes[0]}, {shapes[1]} or {shapes[2]}")
    return rewards


def final_states(terminal: Sequence[int], states: int) -> np.ndarray:
    """Whether each state is one of the `terminal` states [states]."""
    is_final = np.zeros(states, bool)
    for state in terminal:
        if isinstance(state, bool) or not (isinstance(state, int | np.integer) and 0 <= state < states):
            raise SettingError("terminal", state, f"must be states, from 0 to {states - 1}")
        is_final[state] = True
    return is_final


def columns_of_function(
    states: Sequence[Hashable],
    actions: Sequence[Any],
    outcomes: Callable[[Any, Any], Iterable[Sequence[Any]]],
    start: Any,
) -> Columns:
    """The columns of `outcomes(state, action)`: see `Model.from_function`."""
    size = len(states) * len(actions)
    require_memory_for_model(
        "states", len(states), rows=size, entries=4 * size
    )  # at least one entry a row, as Python objects
    number = numbers_of(states)
    entries = []
    for (i, state), (a, action) in itertools.product(enumerate(states), enumerate(actions)):
        for p, next_state, reward, terminated in checked_outcomes(outcomes(state, action), state, action):
            if not isinstance(next_state, Hashable) or next_state not in number:
                raise SettingError("next_state", next_state, f"of state {state}, action {action}: is not a state")
            entries.append((i, a, number[next_state], p, reward, terminated))
    columns = np.array(entries, float).reshape(-1, 6).T
    if isinstance(start, Hashable) and start in number:
        start = number[start]
    elif np.size(start) != len(states) or isinstance(start, str):
        raise SettingError("start", start, "must be one of the states, or a probability for each state")
    (state, action, next_state), (probability, reward, terminated) = columns[:3].astype(int), columns[3:]
    return columns_of_entries(
        len(states), len(actions), state, action, next_state, probability, reward, terminated, start
    )


def numbers_of(states: Sequence[Hashable]) -> dict[Hashable, int]:
    """The number of each state; `SettingError` if two are equal, or one cannot be a key of a dictionary."""
    number: dict[Hashable, int] = {}
    for state in states:
        if not isinstance(state, Hashable):
            raise SettingError("states", state, "must be objects that can be keys of a dictionary, such as tuples")
        if state in number:
            raise SettingError("states", state, "is there twice")
        number[state] = len(number)
    return number


def checked_outcomes(found: Any, state: Any, action: Any) -> Iterator[Any]:
    """The outcomes of an action; `SettingError` if one is not (probability, next state, reward, terminated)."""
    where = f"of state {state}, action {action}: must be"
    if not isinstance(found, Iterable):
        raise SettingError("outcomes", found, f"{where} a list of (probability, next state, reward, terminated)")
    for outcome in found:
        if not isinstance(outcome, Sequence | np.ndarray) or len(outcome) != 4:
            raise SettingError("outcomes", outcome, f"{where} (probability, next state, reward, terminated)")
        for name, value in zip(("probability", "reward", "terminated"), (outcome[0], *outcome[2:]), strict=True):
            if not isinstance(value, SupportsFloat):
                raise SettingError(name, value, f"{where} a number")
        yield outcome
