"""A table of rewards that are fixed in advance."""

import errno
import hashlib
import os
import stat
import warnings
from pathlib import Path
from typing import Any, Self

import numpy as np

from rlnotes.base.errors import SettingError
from rlnotes.base.memory_check import require_memory
from rlnotes.envs.base.rewards import Rewards


class RewardTable(str):
    """Rewards [steps, arms].

    As a string it is the name of their file, or their shape and digest.
    """

    rewards: np.ndarray
    """[steps, arms]"""
    known: Rewards
    """the range of the rewards, as an agent may know it; [0, 1] or larger"""
    contents: dict[str, str]
    """a digest of the rewards if the string is the name of a file, since the file may change"""

    @classmethod
    def of(cls, table: Any) -> Self:
        """The table of a file or an array. Raises `SettingError` if it is not numbers [steps, arms]."""
        if isinstance(table, cls):
            return table
        filed = isinstance(table, str | Path)
        rewards = read(table, str(table) if filed else "[…]")
        digest = hashlib.sha256(rewards.tobytes()).hexdigest()
        steps, arms = rewards.shape
        made = cls(table if filed else f"{steps}x{arms} sha256:{digest[:16]}")
        made.rewards, made.contents = rewards, {"table_sha256": digest} if filed else {}
        binary = bool(np.isin(rewards, (0, 1)).all())
        made.known = Rewards(low=min(rewards.min(), 0.0), high=max(rewards.max(), 1.0), binary=binary)
        return made

    @property
    def arms(self) -> int:
        return int(self.rewards.shape[1])


def read(table: Any, name: str) -> np.ndarray:
    """The rewards [steps, arms] of a file or an array.

    Raises `SettingError`, which calls the table `name`, if it is not finite numbers [steps, arms].
    """
    try:
        array = read_file(str(table)) if isinstance(table, str | Path) else np.asarray(table)
        if np.iscomplexobj(array):
            raise TypeError("they are complex")
        array = array.astype(float)
    except SettingError:
        raise
    except (OSError, EOFError, ValueError, TypeError, UserWarning) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else " ".join(str(error).split())
        raise SettingError("table", name, f"must be numbers [steps, arms], or a file of them ({reason})") from None
    if array.ndim != 2 or not array.size:
        raise SettingError("table", name, f"must be numbers [steps, arms], not of shape {array.shape}")
    if not np.isfinite(array).all():
        row, column = np.argwhere(~np.isfinite(array))[0]
        requirement = f"every reward must be a finite number; row {row + 1}, column {column + 1} is not"
        raise SettingError("table", name, requirement)
    return array


def read_file(name: str) -> np.ndarray:
    """The array in a file; raises `SettingError` if it does not fit into memory."""
    found, binary = os.stat(name), name.endswith(".npy")
    if not stat.S_ISREG(found.st_mode):
        raise OSError(errno.EINVAL, "it is not a file")
    require_memory("table", name, found.st_size * (1 if binary else 10))  # text takes more while NumPy reads it
    if binary:
        return np.asarray(np.load(name, allow_pickle=False))
    with warnings.catch_warnings(action="error"):  # NumPy only warns about an empty file
        return np.genfromtxt(name, delimiter=",", ndmin=2, encoding="utf-8")
