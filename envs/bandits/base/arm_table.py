"""A table with a number for every arm in every row."""

import csv
import hashlib
from pathlib import Path
from typing import Any, Self

import numpy as np

from rlnotes.base.errors import SettingError
from rlnotes.base.memory_check import require_memory
from rlnotes.envs.bandits.base.reward_file import Columns, RewardFile, chosen, parted, read_text, require_arms
from rlnotes.envs.base.input_file import size_of_file
from rlnotes.envs.base.rewards import Rewards


class ArmTable(str):
    """Rewards or means of arms, fixed in advance [rows, arms].

    As a string it is the name of their file, or their shape and digest.
    """

    rows: np.ndarray
    """[rows, arms]"""
    contexts: np.ndarray
    """[rows, numbers]; no numbers without contexts"""
    known: Rewards
    """the range of the numbers, as an agent may know it if they are rewards; [0, 1] or larger"""
    contents: dict[str, str]
    """if the string is the name of a file: a digest of the numbers, since the file may change, and what was read"""

    @classmethod
    def of(cls, table: Any, header: bool | None = None, columns: Columns = None, contexts: Columns = None) -> Self:
        """The table of a file or an array; `header`, `columns` and `contexts` are for files, as in `reward_file`.

        Raises `SettingError` if it is not numbers [rows, arms].
        """
        if isinstance(table, cls):
            return table
        filed = isinstance(table, str | Path)
        rows, beside, found = read(table, str(table) if filed else "[…]", header, columns, contexts)
        digest = hashlib.sha256(rows.tobytes() + beside.tobytes()).hexdigest()
        height, arms = rows.shape
        made = cls(table if filed else f"{height}x{arms} sha256:{digest[:16]}")
        made.rows, made.contexts = rows, beside
        made.contents = {"table_sha256": digest, "table_read": found} if filed else {}
        binary = bool(np.isin(rows, (0, 1)).all())
        made.known = Rewards(low=min(rows.min(), 0.0), high=max(rows.max(), 1.0), binary=binary)
        return made

    @property
    def arms(self) -> int:
        return int(self.rows.shape[1])


def read(table: Any, name: str, header: bool | None, columns: Columns, contexts: Columns) -> RewardFile:
    """The numbers [rows, arms] of a file or an array, its contexts, and what was read, in words.

    Raises `SettingError`, which calls the table `name`, if it is not finite numbers [rows, arms].
    """
    try:
        if not isinstance(table, str | Path):
            array = numeric(np.asarray(table))
            return RewardFile(array, array[:, :0], "")
        file = read_file(str(table), header, columns, contexts)
        if columns is None:
            require_arms(file.rewards)
        return file
    except SettingError:
        raise
    except (OSError, EOFError, ValueError, TypeError, csv.Error) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else " ".join(str(error).split())
        raise SettingError("table", name, f"must be numbers [rows, arms], or a file of them ({reason})") from None


def numeric(array: np.ndarray) -> np.ndarray:
    """An array as finite numbers [rows, arms]; raises `TypeError` or `ValueError` if it is not."""
    if np.iscomplexobj(array):
        raise TypeError("they are complex")
    numbers = array.astype(float)
    if numbers.ndim != 2 or not numbers.size:
        raise ValueError(f"they have the shape {numbers.shape}")
    if not np.isfinite(numbers).all():
        row, column = np.argwhere(~np.isfinite(numbers))[0]
        raise ValueError(f"row {row + 1}, column {column + 1} is {numbers[row, column]}, which is not a finite number")
    return numbers


def read_file(name: str, header: bool | None, columns: Columns, contexts: Columns) -> RewardFile:
    """The arms and contexts in a file; raises `SettingError` if it does not fit into memory."""
    binary = name.endswith(".npy")
    require_memory("table", name, size_of_file(name) * (1 if binary else 10))  # text takes more while NumPy reads it
    if not binary:
        return read_text(Path(name), header, columns, contexts)
    array = numeric(np.asarray(np.load(name, allow_pickle=False)))
    arms, others = chosen(columns, contexts, array.shape[1], None)
    return RewardFile(*parted(array[:, arms + others], len(arms)), f"{len(array)}x{array.shape[1]}")
