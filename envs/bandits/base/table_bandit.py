"""The base of bandits that may read a number for every arm in every row of a table."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rlnotes.base.configured import is_list, is_whole, is_word
from rlnotes.envs.bandits.base.arm_table import ArmTable
from rlnotes.envs.bandits.base.bandit import Bandit


@dataclass(eq=False, kw_only=True)
class TableBandit(Bandit):
    """A bandit with a `table`, from a file or an array, or without one."""

    table: Any = None
    """numbers of the arms [rows, arms]: a file, .npy or text such as table.csv; null: none"""

    table_columns: Any = None
    """columns of the file that are arms, by their numbers from 1 or by their names; null: all"""

    table_header: bool | None = None
    """whether the first line of the file has the names of its columns; null: as the line shows"""

    context_columns = None
    """a setting of bandits that may have contexts"""

    def complete_settings(self) -> None:
        if not isinstance(self.table, str | Path):
            for setting in ("table_columns", "table_header", "context_columns"):
                unset = getattr(self, setting) is None
                self.require(setting, unset, "must be null unless the table is a file; it says how to read it")
        for setting in ("table_columns", "context_columns"):
            columns = getattr(self, setting)
            fits = (is_list(columns, is_whole) or is_list(columns, is_word)) and len(columns) > 0
            self.require(setting, columns is None or fits, "must be a list of numbers or names, or null")
        if self.table is not None:
            self.table = table = ArmTable.of(self.table, self.table_header, self.table_columns, self.context_columns)
            self.require("arms", self.arms in (None, table.arms), f"must be {table.arms}, as in the table, or null")
            self.arms, self.contents = table.arms, table.contents
        super().complete_settings()
