"""Checks that arrays are a finite MDP, or a policy of one; errors name the state and action at fault."""

from collections.abc import Hashable, Sequence
from typing import Any, NamedTuple, NoReturn

import numpy as np

from rlnotes.base.errors import SettingError
from rlnotes.envs.mdps.base.table_kernels import SUM_TOLERANCE

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
    """The columns of a model as arrays of the right types; an array that has its type is not copied.

    Raises `SettingError` if they are not a finite MDP.
    """
    if not isinstance(given["discount"], float | int | np.number) or not 0 <= given["discount"] <= 1:
        raise SettingError("discount", given["discount"], "must be from 0 to 1")
    for name, dtype in DTYPES.items():
        check_numbers(name, np.asarray(given[name]), dtype, given)
    columns: dict[str, np.ndarray] = {name: np.ascontiguousarray(given[name], dtype) for name, dtype in DTYPES.items()}
    start, offsets, size = columns["start"], columns["offsets"], len(columns["next_state"])
    states = len(start)
    if not (states and (start >= -SUM_TOLERANCE).all() and abs(start.sum() - 1) <= SUM_TOLERANCE):
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
    for name, low, high, requirement in (
        ("next_state", 0, states - 1, f"must be from 0 to {states - 1}"),
        ("probability", -SUM_TOLERANCE, np.inf, "must be 0 or more"),
    ):
        if not within(columns[name], low, high):
            refuse(name, int(((columns[name] < low) | (columns[name] > high)).argmax()), requirement, given)
    return columns


def check_entries(states: int, actions: int, state: Any, action: Any, *columns: Any) -> None:
    """Raise `SettingError` if a state or action is out of range, or if the columns differ in length."""
    for name, count in (("states", states), ("actions", actions)):
        if count < 1:
            raise SettingError(name, count, "must be 1 or more")
    for name, column, bound in (("state", np.asarray(state), states), ("action", np.asarray(action), actions)):
        check_numbers(name, column, np.int64, {name: column})
        if not within(column, 0, bound - 1):
            wrong = (column < 0) | (column >= bound)
            raise SettingError(name, column[wrong][0], f"must be from 0 to {bound - 1}")
    for name, column in zip(("action", *ENTRIES), (action, *columns), strict=True):
        if np.shape(column) != np.shape(state):
            raise SettingError(name, f"of shape {np.shape(column)}", f"must have the shape of state, {np.shape(state)}")


def check_numbers(name: str, column: np.ndarray, dtype: type, given: dict[str, Any]) -> None:
    """Raise `SettingError` if a column is not a vector of numbers that its type can hold."""
    if column.ndim != 1:
        raise SettingError(name, f"of shape {column.shape}", "must have one dimension")
    if column.dtype.kind not in "biuf":
        raise SettingError(name, f"of type {column.dtype}", "must be numbers")
    whole = np.issubdtype(dtype, np.integer)
    most = np.iinfo(dtype).max if whole else LARGEST
    requirement = f"must be a whole number up to {most}" if whole else "must be a finite number"
    if not within(column, -most, most):
        refuse(name, int((~(np.abs(column) <= most)).argmax()), requirement, given)
    if whole and column.dtype.kind == "f" and (column % 1 != 0).any():
        refuse(name, int((column % 1 != 0).argmax()), requirement, given)


def within(column: np.ndarray, low: float, high: float) -> bool:
    """Whether all numbers are from `low` to `high`; NaN is not."""
    return column.size == 0 or bool(low <= column.min() and column.max() <= high)


def refuse(name: str, index: int, requirement: str, given: dict[str, Any]) -> NoReturn:
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


def refuse_row(row: int, total: float, given: dict[str, Any]) -> NoReturn:
    """Raise the `SettingError` for a row of the given columns whose probabilities sum to `total`.

    If that is 0, the state has no action.
    """
    if total == 0:
        state, names = row * len(given["start"]) // (len(given["offsets"]) - 1), given["names"]
        advice = "has no action; give a final state an action that terminates"
        raise SettingError("state", names.states[state] if names else state, advice)
    requirement = f"is the sum {row_in_words(row, given)}, and must be 1"
    raise SettingError("probability", float(f"{total:.9g}"), requirement)


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
