"""A folder of results: a folder per cell, named by its settings, and a folder per comparison, each whole or absent."""

import errno
import itertools
import os
import shutil
import time
import uuid
import warnings
from collections.abc import Callable
from contextlib import AbstractContextManager, suppress
from numbers import Integral
from pathlib import Path
from typing import Any, cast

import numpy as np
from filelock import Timeout

from rlnotes.base.errors import SettingError
from rlnotes.simulation import cell_folder
from rlnotes.simulation.checkpoint import Checkpoint
from rlnotes.simulation.result import Result
from rlnotes.simulation.unfinished import locked, on_disk, remove_abandoned, rename, unfinished

LOCK = ".lock-"
"""the beginning of the names of locks"""
QUICK = 1.0
"""seconds of work of a cell that is not waited for until it is on the disk: computing it again is as fast"""
FULL = (errno.ENOSPC, errno.EDQUOT)
"""the errors of a full disk"""


class Store:
    """A results folder, in which every folder appears whole or not at all.

    Several processes, users and computers may share it. Every so many steps, checkpoints go to `checkpoints/`; with
    `tensorboard`, logs to `tensorboard/`; with `record`, what runs do to `datasets/`.
    """

    def __init__(
        self, folder: str | Path, every: Any = None, tensorboard: bool = False, record: bool | str = False
    ) -> None:
        require_store_settings(folder, every, tensorboard)
        self.folder = Path(folder)
        self.cells, self.checkpoints = self.folder / "cells", self.folder / "checkpoints"
        self.every, self.tensorboard, self.record, self.writable = every, tensorboard, record, False

    def require_writable(self) -> None:
        """Make the folder if it is missing, at the first call. Raises `SettingError` if it cannot be written."""
        if self.writable:
            return
        try:
            self.cells.mkdir(parents=True, exist_ok=True)
            self.remove_abandoned()
            with unfinished(self.folder) as trial:
                (trial / "test").touch()
            self.writable = True
        except OSError as error:
            requirement = f"must be a folder that can be written ({error.strerror})"
            raise SettingError("results", self.folder, requirement) from None

    def remove_abandoned(self) -> list[Path]:
        """Remove the unfinished folders and the locks of processes that have ended; returns what is removed."""
        removed = remove_abandoned(self.folder)
        for lock in self.folder.glob(f"{LOCK}*"):
            with suppress(OSError), locked(lock) as held:
                removed += [lock] if held else []
        return removed

    def lock(self, name: str, wait: bool = True) -> AbstractContextManager[bool]:
        """The lock of the cell of that name, so that only one process computes it; false where locks do not work.

        Raises `Timeout` if another process has it and this one does not `wait`.
        """
        waiting = f"another process computes {name}; this one waits for it" if wait else None
        return locked(self.folder / f"{LOCK}{name}", waiting)

    def in_use(self) -> AbstractContextManager[bool]:
        """A lock that says to others that this process computes cells here."""
        return locked(self.folder / f"{LOCK}{uuid.uuid4().hex}")

    def is_in_use(self) -> bool:
        """Whether another process computes cells here, or locks do not work."""
        for lock in (*self.folder.glob(f"{LOCK}*"), self.folder / f"{LOCK}trial"):
            try:
                with locked(lock) as held:
                    if not held:
                        return True
            except Timeout:
                return True
        return False

    def every_cell(self) -> list[Path]:
        """The folders of all cells, whole or damaged."""
        return sorted(self.cells.glob("*"))

    def has(self, name: str) -> bool:
        """Whether the store has a cell of that name, perhaps a damaged one."""
        return os.path.exists(self.cells / name)

    def checkpoint(self, name: str) -> Checkpoint | None:
        """The checkpoint of the cell of that name; None without checkpoints."""
        return Checkpoint(self.checkpoints / name, name, self.every) if self.every else None

    def log(self, name: str) -> Path | None:
        """The folder for the TensorBoard logs of the cell of that name; None without logs."""
        return self.folder / "tensorboard" / name if self.tensorboard else None

    def find(self, name: str, settings: dict[str, Any]) -> Result | None:
        """The stored result of a cell; None if it is missing or, with a warning, damaged."""
        if not self.has(name):
            return None
        try:
            return self.whole(name, settings)
        except ValueError as error:
            warnings.warn(f"{error}; it is computed again", stacklevel=2)
            return None

    def whole(self, name: str, settings: dict[str, Any]) -> Result:
        """The stored result of a cell; `ValueError` if it is damaged or has other settings."""
        result = cell_folder.load(self.cells / name)
        if result.settings != settings:
            raise ValueError(f"{self.cells / name} holds no whole result (other settings)")
        return result

    def save(self, name: str, result: Result) -> None:
        """Store the result of a cell and remove its checkpoints.

        If another process was faster, its equal result stays. If the disk is full, it waits for space, with a warning.
        Raises `OSError` if the folder cannot be written.
        """
        while True:
            try:
                self.put(name, result)
                break
            except OSError as error:
                if error.errno not in FULL:
                    raise
                need = sum(value.nbytes for value in cast(dict[str, np.ndarray], result.data).values()) / 1e6
                warnings.warn(
                    f"{self.cells / name} needs {need:,.1f} MB, and there is no space ({error.strerror}); free some, "
                    "and it will be stored, or stop the command",
                    stacklevel=2,
                )
                time.sleep(1)
        shutil.rmtree(self.checkpoints / name, ignore_errors=True)
        with suppress(OSError):  # it is missing, or other cells have checkpoints
            self.checkpoints.rmdir()

    def put(self, name: str, result: Result) -> None:
        """Store the result of a cell, unless the store has it.

        After a power failure, a cell may be damaged. Its checksums show that.
        """
        self.cells.mkdir(parents=True, exist_ok=True)
        with unfinished(self.folder) as folder:
            cell_folder.save(folder, result)
            slow = result.seconds > QUICK
            if slow:
                on_disk(*folder.iterdir(), folder)
            while not rename(folder, self.cells / name):
                try:
                    self.whole(name, result.settings)
                    break
                except ValueError:
                    with unfinished(self.folder) as damaged, suppress(FileNotFoundError):
                        (self.cells / name).rename(damaged / name)
            if slow:
                on_disk(self.cells)

    def publish(self, name: str, write: Callable[[Path], None]) -> Path:
        """Create the folder `name` (or `name`-2 and so on if it exists) with the files that `write` writes into it.

        Raises `OSError` if it cannot be written.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        self.remove_abandoned()
        with unfinished(self.folder) as folder:
            write(folder)
            on_disk(*folder.iterdir(), folder)
            targets = (self.folder / (name if i == 1 else f"{name}-{i}") for i in itertools.count(1))
            return next(target for target in targets if rename(folder, target))


def require_store_settings(folder: str | Path, every: Any, tensorboard: Any) -> None:
    """Raise `SettingError` unless a store may have these settings."""
    if every is not None and (not isinstance(every, Integral) or every < 1):
        raise SettingError("checkpoint", every, "must be a whole number, 1 or more, or null")
    if not isinstance(tensorboard, bool):
        raise SettingError("tensorboard", tensorboard, "must be true or false")
    if not str(folder):
        raise SettingError("results", "", "must name a folder")
    if Path(folder).absolute() == Path(Path(folder).absolute().anchor):
        raise SettingError("results", folder, "must not be the root of the file system")
