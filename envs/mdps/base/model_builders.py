"""The columns of a model, made from entries in any order, from arrays or from a function."""

import itertools
from collections.abc import Callable, Hashable, Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np

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
    transition: np.ndarray,
    reward: np.ndarray,
    terminal: Sequence[int],
    start: int | Sequence[float] | np.ndarray,
) -> Columns:
    """The columns of p(s'|s, a) and r(s, a, s') or r(s, a): see `Model.from_arrays`."""
    transition = np.array(transition, float)
    if transition.ndim != 3 or transition.shape[0] != transition.shape[2]:
        raise SettingError("transition", transition.shape, "must have the shape [states, actions, states]")
    reward = np.asarray(reward, float)
    if reward.shape not in (transition.shape, transition.shape[:2]):
        raise SettingError("reward", reward.shape, f"must have the shape {transition.shape} or {transition.shape[:2]}")
    reward = np.array(np.broadcast_to(reward if reward.ndim == 3 else reward[:, :, None], transition.shape))
    for final in terminal:
        if not transition[final].any():
            transition[final, :, final], reward[final] = 1, 0
    found = state, action, next_state = np.nonzero(transition)
    terminated = np.isin(next_state, terminal)
    states, actions, _ = transition.shape
    return columns_of_entries(
        states, actions, state, action, next_state, transition[found], reward[found], terminated, start
    )


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
    number = {state: i for i, state in enumerate(states)}
    entries = []
    for (i, state), (a, action) in itertools.product(enumerate(states), enumerate(actions)):
        for outcome in outcomes(state, action):
            if len(outcome) != 4:
                requirement = (
                    f"of state {state}, action {action}: must be (probability, next state, reward, terminated)"
                )
                raise SettingError("outcomes", outcome, requirement)
            p, next_state, reward, terminated = outcome
            if next_state not in number:
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
