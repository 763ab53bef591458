"""Rewards, and contexts, in a text file: a table with or without a header, its columns separated by a character."""

from contextlib import suppress
from math import isfinite
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from rlnotes.base.errors import SettingError
from rlnotes.envs.base.input_file import SEPARATORS, cells_of, is_number, lines_of, number, separator_of

Columns = list[int] | list[str] | None
"""columns by number from 1, or by name"""


class RewardFile(NamedTuple):
    """The columns of a file with arms, and the columns with contexts."""

    rewards: np.ndarray
    """[rows, arms]"""
    contexts: np.ndarray
    """[rows, numbers]"""
    found: str
    """rows x columns of the file, the separator, and whether there is a header, such as 100x3,commas,no_header"""


def read_text(file: Path, header: bool | None, columns: Columns, contexts: Columns) -> RewardFile:
    """Read a text file.

    `header` says whether its first line has names; None: as the line shows. `columns` are the arms; None: all that are
    no contexts. The text is UTF-8, with or without a byte order mark. Lines that begin with # are comments.
    Cells may have quotes. Raises `ValueError` with the first cell that is no number, or if the first line may be names
    as well as rewards, and `SettingError` if a column does not exist.
    """
    body = lines_of(file)
    head = [line for _, line in body[:20]]
    separator = separator_of(head)
    [first] = cells_of(head[:1], separator)
    names = first if is_header(body[0][0], first, header) else None
    body = body[1:] if names else body
    if not body:
        raise ValueError("it has a header and no rows")
    arms, others = chosen(columns, contexts, len(first), names)
    read = numbers(body, separator, len(first), arms + others)
    by = SEPARATORS[separator] if separator else "spaces"
    found = f"{len(read)}x{len(first)},{by},{'header' if names else 'no_header'}"
    return RewardFile(*parted(read, len(arms)), found)


def parted(numbers: np.ndarray, arms: int) -> tuple[np.ndarray, np.ndarray]:
    """The first columns, which are arms, and the others, each in its own memory."""
    return np.ascontiguousarray(numbers[:, :arms]), np.ascontiguousarray(numbers[:, arms:])


def is_header(line: int, first: list[str], header: bool | None) -> bool:
    """Whether the first row, at this `line`, has names. Raises `ValueError` if they may be rewards too."""
    names = all(is_name(cell) or not cell for cell in first) and any(first)
    if header is None and counts(first):
        cells = ", ".join(first)
        raise ValueError(
            f"line {line} is {cells}: set table_header=true if these are names, false if they are numbers of the arms"
        )
    if header is None:
        return names or (not first[0] and counts(first[1:]))
    return header


def counts(cells: list[str]) -> bool:
    """Whether the cells are 0, 1, 2, …, the names that pandas gives to columns."""
    return len(cells) > 1 and cells == [str(i) for i in range(len(cells))]


def is_name(cell: str) -> bool:
    """Whether a cell may be a name: a word with a letter, which 0,5 or 5 % are not."""
    return not is_number(cell) and any(character.isalpha() for character in cell)


def chosen(columns: Columns, contexts: Columns, width: int, names: list[str] | None) -> tuple[list[int], list[int]]:
    """The places, from 0, of the `columns` that are arms, and of `contexts`.

    Raises `SettingError` if the table does not have one of them, or if one is both.
    """
    others = places("context_columns", contexts or [], width, names)
    if columns is None:
        return [place for place in range(width) if place not in others], others
    arms = places("table_columns", columns, width, names)
    if both := set(arms) & set(others):
        raise SettingError("context_columns", contexts, f"column {min(both) + 1} is an arm of table_columns")
    return arms, others


def places(setting: str, columns: list[int] | list[str], width: int, names: list[str] | None) -> list[int]:
    """The places of the `columns` that a setting names, from 0."""
    known: dict[Any, int] = {i + 1: i for i in range(width)} | {name: i for i, name in enumerate(names or [])}
    for column in columns:
        if column not in known:
            there = f"{width} columns, " + (", ".join(names) if names else "without names")
            raise SettingError(setting, columns, f"the table has no column {column}; it has {there}")
    return [known[column] for column in columns]


def numbers(body: list[tuple[int, str]], separator: str | None, width: int, arms: list[int]) -> np.ndarray:
    """The numbers [rows, arms] of these places in lines with their numbers; `ValueError` with the first bad cell."""
    lines = [line for _, line in body]
    with suppress(ValueError):  # else the loop below finds the cell, or true and false
        read = np.loadtxt(lines, delimiter=separator, quotechar='"', comments=None, ndmin=2)
        if read.shape == (len(body), width) and np.isfinite(read[:, arms]).all():
            return np.ascontiguousarray(read[:, arms])
    rows = []
    for (line, _), cells in zip(body, cells_of(lines, separator), strict=True):
        if len(cells) != width:
            raise ValueError(f"line {line} has {len(cells)} columns, and the first line {width}")
        for place in arms:
            if not is_number(cells[place]) or not isfinite(number(cells[place])):
                raise ValueError(f"line {line}, column {place + 1} is {cells[place]!r}, which is not a finite number")
        rows.append([number(cells[place]) for place in arms])
    return np.array(rows)


def require_arms(rewards: np.ndarray) -> None:
    """Raise `ValueError` if a column is 0, 1, 2, … or 1, 2, 3, …, as an index is; other even steps may be means."""
    if len(rewards) < 3:
        return
    index = np.isin(rewards[0], (0, 1)) & (np.diff(rewards, axis=0) == 1).all(axis=0)
    if index.any():
        column, others = int(index.argmax()), (np.flatnonzero(~index) + 1).tolist()
        counted = ", ".join(f"{x:g}" for x in rewards[:3, column])
        raise ValueError(
            f"column {column + 1} is {counted}, …, like an index: set table_columns to the arms, such as {others}"
        )
