"""The columns of a model, made from entries in any order, from arrays or from a function."""

import itertools
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from typing import Any, NamedTuple, SupportsFloat

import numpy as np
from scipy.sparse import coo_array, csr_array, issparse

from rlnotes.base.errors import SettingError
from rlnotes.base.kernels import ConstIntVector, IntVector, kernel
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
    row = np.multiply(state, actions, dtype=np.int64)
    row += np.asarray(action, np.int64)
    return columns_of_rows(states, actions, row, next_state, probability, reward, terminated, start)


def columns_of_rows(
    states: int,
    actions: int,
    row: np.ndarray,
    next_state: np.ndarray,
    probability: np.ndarray,
    reward: np.ndarray,
    terminated: np.ndarray,
    start: int | Sequence[float] | np.ndarray,
) -> Columns:
    """The columns of entries in any order, each with the number of its row, state · actions + action."""
    offsets = np.zeros(states * actions + 1, np.int64)
    order = slice(None) if count_rows(row, offsets) else sorted_by_row(row, offsets)
    return Columns(
        offsets,
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
    states, actions, row, next_state, probability = possible_transitions(transition)
    paid = rewards_of(reward, states, actions, row, next_state)
    is_final = final_states(terminal, states)
    if is_final.any():
        unset = np.flatnonzero(is_final & (np.bincount(row // actions, minlength=states) == 0))
        stays = np.repeat(unset, actions)
        row = np.append(row, stays * actions + np.tile(np.arange(actions), len(unset)))
        next_state, probability = np.append(next_state, stays), np.append(probability, np.ones(len(stays)))
        paid = np.append(paid, np.zeros(len(stays)))
    if not are_sparse(reward) and np.ndim(reward) == 2 and not (available := paid != -np.inf).all():
        row, next_state, probability, paid = (column[available] for column in (row, next_state, probability, paid))
    return columns_of_rows(states, actions, row, next_state, probability, paid, is_final[next_state], start)


def possible_transitions(transition: Any) -> tuple[int, int, np.ndarray, np.ndarray, np.ndarray]:
    """The numbers of states and actions; row, next state and probability [entries] of every p(s'|s, a) that is not 0.

    `transition` is an array [states, actions, states] or sparse matrices [states, states], one per action.
    """
    if are_sparse(transition):
        matrices = [coo_array(matrix) for matrix in transition]
        states, actions = matrices[0].shape[0], len(matrices)
        for number, matrix in enumerate(matrices):
            if matrix.shape != (states, states):
                requirement = f"of action {number}: must have the shape {(states, states)}"
                raise SettingError("transition", matrix.shape, requirement)
            matrix.sum_duplicates()
            matrix.eliminate_zeros()
        row = np.concatenate([one.row * np.int64(actions) + number for number, one in enumerate(matrices)])
        next_state, probability = (np.concatenate([getattr(one, of) for one in matrices]) for of in ("col", "data"))
        return states, actions, row, next_state, probability
    if issparse(transition):
        raise SettingError(
            "transition", "one sparse matrix", "must be a list of matrices [states, states], one per action"
        )
    transition = np.ascontiguousarray(transition, float)
    if transition.ndim != 3 or transition.shape[0] != transition.shape[2]:
        advice = ""
        if transition.ndim == 3 and transition.shape[1] == transition.shape[2]:
            advice = "; give np.swapaxes(transition, 0, 1) if actions come first"
        raise SettingError("transition", transition.shape, f"must have the shape [states, actions, states]{advice}")
    states, actions, _ = transition.shape
    place = np.flatnonzero(transition)
    row = np.repeat(np.arange(states * actions), np.count_nonzero(transition.reshape(-1, states), axis=1))
    return states, actions, row, place - row * states, transition.ravel()[place]


def rewards_of(reward: Any, states: int, actions: int, row: np.ndarray, next_state: np.ndarray) -> np.ndarray:
    """The reward [entries] of every transition.

    `reward` is an array r(s, a, s'), r(s, a) or r(s), or sparse matrices [states, states], one per action.
    Raises `SettingError` if it has another shape.
    """
    if are_sparse(reward):
        matrices = [csr_array(matrix) for matrix in reward]
        if len(matrices) != actions or any(matrix.shape != (states, states) for matrix in matrices):
            requirement = f"must be {actions} matrices of the shape {(states, states)}, one per action"
            raise SettingError("reward", [matrix.shape for matrix in matrices], requirement)
        paid, (state, action) = np.empty(len(row)), np.divmod(row, actions)
        for number, matrix in enumerate(matrices):
            played = action == number
            paid[played] = matrix[state[played], next_state[played]]
        return paid
    rewards = np.asarray(reward, float)
    if rewards.shape == (states, actions, states):
        return rewards.ravel()[row * states + next_state]
    if rewards.shape == (states, actions):
        return rewards.ravel()[row]
    if rewards.shape == (states,):
        return rewards[row // actions]
    requirement = f"must have the shape {(states, actions, states)}, {(states, actions)} or {(states,)}"
    raise SettingError("reward", rewards.shape, requirement)


def are_sparse(given: Any) -> bool:
    """Whether these are matrices, one or more of them a sparse one of SciPy."""
    return isinstance(given, list | tuple) and any(map(issparse, given))


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


@kernel()
def count_rows(row: ConstIntVector, offsets: IntVector) -> bool:
    """Fill `offsets` [rows + 1], given as zeros; returns whether the entries, each with its `row`, are sorted."""
    in_order, before = True, 0
    for i in range(len(row)):
        in_order &= row[i] >= before
        before = row[i]
        offsets[row[i] + 1] += 1
    for r in range(len(offsets) - 1):
        offsets[r + 1] += offsets[r]
    return in_order


@kernel()
def sorted_by_row(row: ConstIntVector, offsets: ConstIntVector) -> IntVector:
    """The numbers of the entries [entries], sorted by row; those of one row stay in their order."""
    order, place = np.empty(len(row), np.int64), offsets.copy()
    for i in range(len(row)):
        order[place[row[i]]] = i
        place[row[i]] += 1
    return order
