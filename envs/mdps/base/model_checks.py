"""Checks that arrays are a finite MDP, or a policy of one; errors name the state and action at fault."""

from collections.abc import Hashable, Sequence
from typing import Any, NamedTuple

import numpy as np

from rlnotes.base.errors import SettingError

SUM_TOLERANCE = 1e-6
"""how far the sum of the probabilities of a row may be from 1, and a probability below 0, by rounding

The probabilities are then scaled to sum to 1, and the negative ones become 0.
"""

LARGEST = 1e150
"""bound on the size of any number, so that sums stay finite"""

DTYPES: dict[str, type] = {
    "offsets": np.int64,
    "next_state": np.int32,
    "probability": np.float64,
    "reward": np.float64,
    "terminated": np.bool_,
    "start": np.float64,
}


class Names(NamedTuple):
    """What states and actions are called."""

    states: Sequence[Hashable]
    actions: Sequence[Any]


ENTRIES = ("next_state", "probability", "reward", "terminated")


def check_columns(given: dict[str, Any]) -> dict[str, np.ndarray]:
    """Copy the columns of a model into arrays of the right types.

    Raises `SettingError` if they are not a finite MDP.
    """
    if not isinstance(given["discount"], float | int | np.number) or not 0 <= given["discount"] <= 1:
        raise SettingError("discount", given["discount"], "must be from 0 to 1")
    for name, dtype in DTYPES.items():
        check_numbers(name, np.asarray(given[name]), dtype, given)
    columns: dict[str, Any] = {name: np.array(given[name], dtype) for name, dtype in DTYPES.items()}
    for name in ("start", "probability"):
        columns[name][(columns[name] < 0) & (columns[name] >= -SUM_TOLERANCE)] = 0
    start, offsets, size = columns["start"], columns["offsets"], len(columns["next_state"])
    states = len(start)
    if not (states and (start >= 0).all() and abs(start.sum() - 1) <= SUM_TOLERANCE):
        requirement = "is the sum of the probabilities of the start states; they must be 0 or more and sum to 1"
        raise SettingError("start", float(start.sum()), requirement)
    for name in ENTRIES:
        if len(columns[name]) != size:
            raise SettingError(
                name, f"of length {len(columns[name])}", f"must have length {size}, the length of next_state"
            )
    if len(offsets) < 2 or (len(offsets) - 1) % states:
        requirement = f"must have states × actions + 1 numbers, and start has {states} states"
        raise SettingError("offsets", f"of length {len(offsets)}", requirement)
    if offsets[0] != 0 or offsets[-1] != size or (np.diff(offsets) < 0).any():
        raise SettingError(
            "offsets", f"from {offsets[0]} to {offsets[-1]}", f"must increase from 0 to {size}, the number of entries"
        )
    outside = (columns["next_state"] < 0) | (columns["next_state"] >= states)
    for name, wrong, requirement in (
        ("next_state", outside, f"must be from 0 to {states - 1}"),
        ("probability", columns["probability"] < 0, "must be 0 or more"),
    ):
        if wrong.any():
            refuse(name, int(wrong.argmax()), requirement, given)
    return columns


def check_entries(states: int, actions: int, state: Any, action: Any, *columns: Any) -> None:
    """Raise `SettingError` if a state or action is out of range, or if the columns differ in length."""
    for name, count in (("states", states), ("actions", actions)):
        if count < 1:
            raise SettingError(name, count, "must be 1 or more")
    for name, column, bound in (("state", np.asarray(state), states), ("action", np.asarray(action), actions)):
        check_numbers(name, column, np.int64, {name: column})
        wrong = (column < 0) | (column >= bound)
        if wrong.any():
            raise SettingError(name, column[wrong][0], f"must be from 0 to {bound - 1}")
    for name, column in zip(("action", *ENTRIES), (action, *columns), strict=True):
        if np.shape(column) != np.shape(state):
            raise SettingError(name, f"of shape {np.shape(column)}", f"must have the shape of state, {np.shape(state)}")


def check_numbers(name: str, column: np.ndarray, dtype: type, given: dict[str, Any]) -> None:
    """Raise `SettingError` if a column is not a vector of numbers that its type can hold."""
    if column.ndim != 1:
        raise SettingError(name, f"of shape {column.shape}", "must have one dimension")
    if np.issubdtype(dtype, np.integer):
        most = np.iinfo(dtype).max
        wrong, requirement = (np.abs(column) > most) | (column % 1 != 0), f"must be a whole number up to {most}"
    else:
        wrong, requirement = ~(np.abs(column) <= LARGEST), "must be a finite number"
    if wrong.any():
        refuse(name, int(wrong.argmax()), requirement, given)


def refuse(name: str, index: int, requirement: str, given: dict[str, Any]) -> None:
    """Raise the `SettingError` for the number at `index` of a column."""
    place = ""
    if name in ENTRIES:
        row = int(np.searchsorted(given["offsets"], index, "right")) - 1
        place = f"{row_in_words(row, given)}: "
    raise SettingError(name, np.asarray(given[name])[index], place + requirement)


def row_in_words(row: int, given: dict[str, Any]) -> str:
    """The state and action of a row of the given columns, in words."""
    actions = max((len(given["offsets"]) - 1) // max(len(given["start"]), 1), 1)
    state, action = divmod(row, actions)
    names = given.get("names") or Names(range(state + 1), range(actions))
    return f"of state {names.states[state]}, action {names.actions[action]}"


def check_rows(total: np.ndarray, given: dict[str, Any]) -> np.ndarray:
    """Whether each row of the given columns is empty [rows].

    Raises `SettingError` if the probabilities of another row do not sum to 1, or if a state has no action.
    """
    offsets, start, names = given["offsets"], given["start"], given["names"]
    empty = np.diff(offsets) == 0
    wrong = ~empty & (np.abs(total - 1) > SUM_TOLERANCE)
    if wrong.any():
        row = int(wrong.argmax())
        requirement = f"{row_in_words(row, given)}: is the sum of the probabilities and must be 1"
        raise SettingError("probability", float(f"{total[row]:.9g}"), requirement)
    stuck = empty.reshape(len(start), -1).all(axis=1)
    if stuck.any():
        state = int(stuck.argmax())
        advice = "has no action; give a final state an action that terminates"
        raise SettingError("state", names.states[state] if names else state, advice)
    return empty


def check_policy(policy: np.ndarray, available: np.ndarray) -> np.ndarray:
    """A policy π(s) [states] or π(a|s) [states, actions] as an array.

    Raises `SettingError` if it is not a policy of a model with these available actions [states, actions].
    """
    policy = np.asarray(policy)
    states, actions = available.shape
    if policy.shape == (states,):
        known = np.isin(policy, np.arange(actions))
        wrong = ~known | ~available[np.arange(states), np.where(known, policy, 0).astype(int)]
        requirement = "must be an available action"
    elif policy.shape == (states, actions):
        wrong = ~(np.abs(policy.sum(axis=1) - 1) <= SUM_TOLERANCE) | (policy < 0).any(axis=1)
        wrong |= (~available & (policy != 0)).any(axis=1)
        requirement = "must be probabilities of available actions"
    else:
        shapes = f"π(s) of shape ({states},) or π(a|s) of shape {available.shape}"
        raise SettingError("policy", f"of shape {policy.shape}", f"must be {shapes}")
    if wrong.any():
        state = int(wrong.argmax())
        value = policy[state] if policy.ndim == 1 else "probabilities"
        raise SettingError("policy", value, f"of state {state}: {requirement}")
    return policy if policy.ndim == 1 else policy / policy.sum(axis=1, keepdims=True)
