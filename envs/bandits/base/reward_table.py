"""A table of rewards that were fixed in advance."""

import hashlib
import warnings
from pathlib import Path
from typing import Any, Self

import numpy as np

from rlnotes.base.errors import SettingError
from rlnotes.envs.base.rewards import Rewards


class RewardTable(str):
    """Rewards [steps, arms], and how settings write them: as their file, or as their shape and digest."""

    rewards: np.ndarray
    known: Rewards
    """what an agent may know of them: that they are from 0 to 1 where they are"""
    contents: dict[str, str]
    """a digest of them, where they are written as their file, which may change"""

    @classmethod
    def of(cls, table: Any) -> Self:
        """The table of a file or an array; `SettingError` where they are none."""
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
    """The rewards [steps, arms] of a file or an array; `SettingError` of a table of this name where they are none."""
    try:
        if not isinstance(table, str | Path):
            array = np.asarray(table)
        elif str(table).endswith(".npy"):
            array = np.asarray(np.load(table, allow_pickle=False))
        else:
            with warnings.catch_warnings(action="error"):  # of an empty file
                array = np.genfromtxt(table, delimiter=",", ndmin=2, encoding="utf-8")
        if np.iscomplexobj(array):
            raise TypeError("they are complex")
        array = array.astype(float)
    except (OSError, EOFError, ValueError, TypeError, UserWarning) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else " ".join(str(error).split())
        raise SettingError("table", name, f"must be numbers [steps, arms], or a file of them ({reason})") from None
    if array.ndim != 2 or not array.size:
        raise SettingError("table", name, f"must be numbers [steps, arms], not of shape {array.shape}")
    if not np.isfinite(array).all():
        row, column = np.argwhere(~np.isfinite(array))[0]
        what = f"every reward must be a finite number, and row {row + 1}, column {column + 1} is none"
        raise SettingError("table", name, what)
    return array
