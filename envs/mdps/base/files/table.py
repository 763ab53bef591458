"""A table: a line per entry, with names in the first line."""

from collections.abc import Iterator
from math import isfinite
from pathlib import Path
from typing import NamedTuple

import numpy as np

from rlnotes.base.errors import suggestion
from rlnotes.envs.base.input_file import cells_of, is_number, lines_of, number, separator_of
from rlnotes.envs.mdps.base.files.contents import Contents, in_order
from rlnotes.envs.mdps.base.model_builders import columns_of_entries
from rlnotes.envs.mdps.base.model_checks import Names
from rlnotes.envs.mdps.base.table_kernels import SUM_TOLERANCE

COLUMNS = ("state", "action", "next_state", "probability", "reward")
TERMINATED = "terminated"


class Line(NamedTuple):
    """The cells of a line by column, and the number of the line."""

    number: int
    cells: dict[str, str]


def read_table(file: Path) -> Contents:
    """Read columns state, action, next_state, probability, reward, and perhaps terminated, in any order.

    States and actions are words or whole numbers. A state without a line of its own is final, and an episode ends when
    it enters it; if there is a column `terminated`, this column has to say so. An action without a line is not
    available. Raises `ValueError` with the line and the column at fault.
    """
    lines = list(lines_with_cells(file))
    states = in_order(line.cells[key] for key in ("state", "next_state") for line in lines)
    actions = in_order(line.cells["action"] for line in lines)
    number_of_state, number_of_action = ({word: i for i, word in enumerate(words)} for words in (states, actions))
    state, to = (np.array([number_of_state[line.cells[key]] for line in lines]) for key in ("state", "next_state"))
    action = np.array([number_of_action[line.cells["action"]] for line in lines])
    probability, reward = (np.array([float(line.cells[key]) for line in lines]) for key in ("probability", "reward"))
    final = np.bincount(state, minlength=len(states)) == 0
    if TERMINATED in lines[0].cells:
        terminated = np.array([bool(number(line.cells[TERMINATED])) for line in lines])
        if (lost := final[to] & ~terminated).any():
            line = lines[int(lost.argmax())]
            where = f"line {line.number} goes on to state {line.cells['next_state']}"
            raise ValueError(f"{where}, which has no line of its own; add its lines, or write terminated=1")
    else:
        terminated = final[to]
    require_sums(lines, state * len(actions) + action, probability)
    ends = np.repeat(np.flatnonzero(final), len(actions))
    columns = columns_of_entries(
        len(states),
        len(actions),
        np.append(state, ends),
        np.append(action, np.tile(np.arange(len(actions)), final.sum())),
        np.append(to, ends),
        np.append(probability, np.ones(len(ends))),
        np.append(reward, np.zeros(len(ends))),
        np.append(terminated, np.ones(len(ends), bool)),
        start=0,
    )
    return Contents(columns, Names([*states.values()], [*actions.values()]), None)


def lines_with_cells(file: Path) -> Iterator[Line]:
    """The lines below the names of the columns, with cells that can be read."""
    body = lines_of(file)
    text = [line for _, line in body]
    first, *rows = cells_of(text, separator_of(text[:20]))
    names = [cell.lower().replace(" ", "_") for cell in first]
    require_columns(body[0][0], names)
    if not rows:
        raise ValueError("it has names of columns and no line below them")
    for (line, _), cells in zip(body[1:], rows, strict=True):
        if len(cells) != len(names):
            raise ValueError(f"line {line} has {len(cells)} cells, and the first line {len(names)}")
        for column, (name, cell) in enumerate(zip(names, cells, strict=True), 1):
            if requirement := fault(name, cell):
                raise ValueError(f"line {line}, column {column}, {name}, is {cell!r}: must be {requirement}")
        yield Line(line, dict(zip(names, cells, strict=True)))


def require_columns(line: int, names: list[str]) -> None:
    """Raise `ValueError` if a column is missing, unknown or there twice."""
    for i, name in enumerate(names, 1):
        if name not in (*COLUMNS, TERMINATED) or name in names[: i - 1]:
            close = suggestion(name, [one for one in (*COLUMNS, TERMINATED) if one not in names])
            raise ValueError(f"line {line}, column {i} is {name!r}{close}: {needed()}")
    if missing := [name for name in COLUMNS if name not in names]:
        raise ValueError(f"line {line} has no column {missing[0]}: {needed()}")


def needed() -> str:
    """The columns of a table, in words."""
    return f"the columns must be {', '.join(COLUMNS)} and perhaps {TERMINATED}"


def fault(name: str, cell: str) -> str | None:
    """What a cell of a column must be, if it is not."""
    if name in ("state", "action", "next_state"):
        return None if cell else "a name or a number"
    value = number(cell) if is_number(cell) else np.nan
    if name == TERMINATED:
        return None if value in (0, 1) else "0, 1, true or false"
    if name == "probability":
        return None if -SUM_TOLERANCE <= value <= 1 + SUM_TOLERANCE else "a number from 0 to 1"
    return None if isfinite(value) else "a finite number"


def require_sums(lines: list[Line], row: np.ndarray, probability: np.ndarray) -> None:
    """Raise `ValueError` if the probabilities of a state and action, a `row` of the model, do not sum to 1."""
    total = np.bincount(row, probability)[row]
    wrong = np.abs(total - 1) > SUM_TOLERANCE
    if wrong.any():
        first = int(wrong.argmax())
        of = "state {state}, action {action}".format(**lines[first].cells)
        raise ValueError(f"line {lines[first].number}: the probabilities of {of} sum to {total[first]:.9g}, not to 1")
