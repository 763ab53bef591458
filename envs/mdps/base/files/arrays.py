"""Arrays in an NPZ file of NumPy or SciPy."""

from pathlib import Path
from typing import Any

import numpy as np
from scipy.sparse import csr_array, load_npz

from rlnotes.envs.mdps.base.files.contents import Contents
from rlnotes.envs.mdps.base.model_builders import Columns, columns_of_arrays, columns_of_entries, start_probabilities
from rlnotes.envs.mdps.base.model_checks import ENTRIES, Names


def read_arrays(file: Path) -> Contents:
    """Read an NPZ file, in one of three forms.

    - `state`, `action`, `next_state`, `probability`, `reward` [entries], and perhaps `terminated`
    - `transition` [states, actions, states] and `reward`, as in `Model.from_arrays`
    - a sparse matrix [states · actions, states] as `scipy.sparse.save_npz` writes it, and beside its arrays `reward`

    `terminal`, `start`, `discount`, and the names of `states` and `actions`, may stand beside all of them. Raises
    `ValueError` if an array is missing.
    """
    with file.open("rb") as opened, np.load(opened, allow_pickle=False) as loaded:
        arrays: dict[str, Any] = dict(loaded)
    named = [key for key in ("states", "actions") if key in arrays]
    if len(named) == 1:
        raise ValueError(f"it has names of {named[0]} alone, and must have states and actions")
    names = Names(*(arrays[key].tolist() for key in named)) if named else None
    start = arrays.get("start", np.array(0))
    start = start if start.ndim else start.item()
    start = names.states.index(start) if names and start in names.states else start
    columns = columns_in(file, arrays, names)
    if names and (len(columns.start), (len(columns.offsets) - 1) // len(columns.start)) != tuple(map(len, names)):
        raise ValueError(f"it has names of {len(names.states)} states and {len(names.actions)} actions, not of all")
    columns = columns._replace(start=start_probabilities(start, len(columns.start)))
    return Contents(columns, names, arrays["discount"].item() if "discount" in arrays else None)


def columns_in(file: Path, arrays: dict[str, Any], names: Names | None) -> Columns:
    """The columns of the model in these arrays of a file; an episode begins in the first state."""
    terminal = arrays.get("terminal", np.zeros(0, int)).tolist()
    if "transition" in arrays:
        require(arrays, "transition", "reward")
        return columns_of_arrays(arrays["transition"], arrays["reward"], terminal, 0)
    if "indptr" in arrays or "format" in arrays:
        require(arrays, "reward")
        matrix = csr_array(load_npz(file))
        states = matrix.shape[1]
        if matrix.shape[0] % states:
            raise ValueError(f"its matrix is {matrix.shape}, and must be [states · actions, states]")
        actions, reward = matrix.shape[0] // states, arrays["reward"]
        reward = reward.reshape(states, actions) if reward.shape == (states * actions,) else reward
        return columns_of_arrays([matrix[action::actions] for action in range(actions)], reward, terminal, 0)
    require(arrays, "state", "action", *ENTRIES[:-1], otherwise=", or transition and reward")
    state, action, next_state = (arrays[key] for key in ("state", "action", "next_state"))
    states, actions = map(len, names) if names else (highest(state, next_state), highest(action))
    terminated = arrays.get("terminated", np.isin(next_state, terminal))
    return columns_of_entries(
        states, actions, state, action, next_state, arrays["probability"], arrays["reward"], terminated, 0
    )


def require(arrays: dict[str, Any], *needed: str, otherwise: str = "") -> None:
    """Raise `ValueError` if an array is missing; the message also names what a file may have `otherwise`."""
    if missing := [key for key in needed if key not in arrays]:
        has = f"it has no array {missing[0]}, and has {', '.join(arrays)}"
        raise ValueError(f"{has}; it must have {', '.join(needed)}{otherwise}")


def highest(*columns: np.ndarray) -> int:
    """How many states or actions there are if they are numbered from 0."""
    return max(int(column.max(initial=0)) for column in columns) + 1
