"""Results on disk: a folder per cell, named by its settings, whole or absent, safe to load."""

import errno
import hashlib
import itertools
import json
import shutil
import time
import uuid
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from numbers import Integral
from pathlib import Path
from typing import Any, cast
from zipfile import BadZipFile

import numpy as np
import yaml

from rlnotes.base.errors import SettingError
from rlnotes.base.record import Record
from rlnotes.simulation.checkpoint import Checkpoint
from rlnotes.simulation.result import Result

FILES = ("config.yaml", "data.npz", "summary.json")
"""the files of a cell"""
CHECKSUMS = "SHA256SUMS"
"""the file with the digests of the other files of a cell, which `sha256sum --check` can read too"""


def load(folder: str | Path) -> Result:
    """The result in a cell's folder. Never loads a pickle.

    Raises `ValueError` if the folder holds no whole result.
    """
    folder = Path(folder)
    try:
        checksums = (folder / CHECKSUMS).read_text(encoding="utf-8").split("\n")
        for name in FILES:
            if checksum(folder / name) not in checksums:
                raise ValueError(f"{name} is damaged")
        settings = yaml.safe_load((folder / "config.yaml").read_text(encoding="utf-8"))
        summary = json.loads((folder / "summary.json").read_text(encoding="utf-8"))
        with np.load(folder / "data.npz", allow_pickle=False) as arrays:
            return Result(settings, cast(Record, dict(arrays)), summary["seconds"], summary.get("clock", []))
    except FileNotFoundError as error:
        raise ValueError(f"{folder} holds no whole result ({Path(error.filename).name} is missing)") from error
    except (OSError, KeyError, TypeError, ValueError, BadZipFile, yaml.YAMLError) as error:
        reason = " ".join(str(error).split())
        raise ValueError(f"{folder} holds no whole result ({reason})") from error


def checksum(file: Path) -> str:
    """The line about a file in `CHECKSUMS`."""
    with file.open("rb") as opened:
        return f"{hashlib.file_digest(opened, 'sha256').hexdigest()}  {file.name}"


class Store:
    """A results folder, in which every folder appears whole or not at all.

    `every` is the number of steps between two checkpoints, which go to `checkpoints/`; None: no checkpoints. With
    `tensorboard`, agents log to `tensorboard/`. Raises `SettingError` if the folder cannot be written.
    """

    def __init__(self, folder: str | Path, every: Any = None, tensorboard: bool = False) -> None:
        if every is not None and (not isinstance(every, Integral) or every < 1):
            raise SettingError("checkpoint", every, "must be a whole number, 1 or more, or null")
        if not isinstance(tensorboard, bool):
            raise SettingError("tensorboard", tensorboard, "must be true or false")
        if not str(folder):
            raise SettingError("results", "", "must name a folder")
        self.folder = Path(folder)
        self.cells = self.folder / "cells"
        self.every: Any = every
        self.tensorboard = tensorboard
        try:
            self.cells.mkdir(parents=True, exist_ok=True)
            for old in self.folder.glob(".unfinished-*"):  # left by processes that were killed
                with suppress(FileNotFoundError):
                    if time.time() - old.stat().st_mtime > 3600:
                        shutil.rmtree(old, ignore_errors=True)
            with self.unfinished() as trial:
                (trial / "test").touch()
        except OSError as error:
            requirement = f"must be a folder that can be written ({error.strerror})"
            raise SettingError("results", self.folder, requirement) from None

    @contextmanager
    def unfinished(self) -> Iterator[Path]:
        """A new folder to fill and then rename; at the end it is removed if it still has its first name."""
        folder = self.folder / f".unfinished-{uuid.uuid4().hex}"
        folder.mkdir()
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def checkpoint(self, name: str) -> Checkpoint | None:
        """The checkpoint of the cell of that name; None without checkpoints."""
        return Checkpoint(self.folder / "checkpoints" / name, name, self.every) if self.every else None

    def log(self, name: str) -> Path | None:
        """The folder for the TensorBoard logs of the cell of that name; None without logs."""
        return self.folder / "tensorboard" / name if self.tensorboard else None

    def find(self, name: str, settings: dict[str, Any]) -> Result | None:
        """The stored result of a cell; None if it is missing or, with a warning, damaged."""
        if not (self.cells / name).exists():
            return None
        try:
            return self.whole(name, settings)
        except ValueError as error:
            warnings.warn(f"{error}; it is computed again", stacklevel=2)
            return None

    def whole(self, name: str, settings: dict[str, Any]) -> Result:
        """The stored result of a cell; `ValueError` if it is damaged or has other settings."""
        result = load(self.cells / name)
        if result.settings != settings:
            raise ValueError(f"{self.cells / name} holds no whole result (other settings)")
        return result

    def save(self, name: str, result: Result) -> None:
        """Store the result of a cell and remove its checkpoints.

        If another process was faster, its equal result stays.
        """
        with self.unfinished() as folder:
            np.savez(folder / "data.npz", allow_pickle=False, **cast(dict[str, np.ndarray], result.data))
            (folder / "config.yaml").write_text(yaml.safe_dump(result.settings, sort_keys=False), encoding="utf-8")
            (folder / "summary.json").write_text(json.dumps(result.summary, indent=2) + "\n", encoding="utf-8")
            checksums = "".join(f"{checksum(folder / name)}\n" for name in FILES)
            (folder / CHECKSUMS).write_text(checksums, encoding="utf-8")
            while not rename(folder, self.cells / name):
                try:
                    self.whole(name, result.settings)
                    break
                except ValueError:
                    with self.unfinished() as damaged:
                        rename(self.cells / name, damaged)
        shutil.rmtree(self.folder / "checkpoints" / name, ignore_errors=True)
        with suppress(OSError):  # it is missing, or other cells have checkpoints
            (self.folder / "checkpoints").rmdir()

    def publish(self, name: str, write: Callable[[Path], None]) -> Path:
        """Create the folder `name` (or `name`-2 and so on if it exists) with the files that `write` writes into it."""
        with self.unfinished() as folder:
            write(folder)
            targets = (self.folder / (name if i == 1 else f"{name}-{i}") for i in itertools.count(1))
            return next(target for target in targets if rename(folder, target))


def rename(folder: Path, target: Path) -> bool:
    """Rename a folder in one operation; False if a non-empty folder has the new name."""
    try:
        folder.rename(target)
    except OSError as error:
        if error.errno in (errno.ENOTEMPTY, errno.EEXIST):
            return False
        if error.errno == errno.ENOENT and not folder.exists():
            return True  # another process has moved it away
        raise
    return True
