"""Files that appear whole or not at all, and locks, for several processes that share a folder."""

import errno
import os
import shutil
import uuid
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext, suppress
from pathlib import Path

from filelock import FileLock, Timeout

PREFIX = ".unfinished-"
"""the beginning of the names of folders that are not whole yet"""


@contextmanager
def unfinished(inside: Path) -> Iterator[Path]:
    """A new folder inside another one, to fill with files that are then moved to their places.

    At the end it is removed. If this process is killed, the next `remove_abandoned` removes it.
    """
    outer = inside / f"{PREFIX}{uuid.uuid4().hex}"
    outer.mkdir()
    lock = lock_of(outer / "lock")
    try:
        while not made_inside(outer, lock):
            outer.mkdir(exist_ok=True)
        yield outer / "new"
    finally:
        lock.release()
        shutil.rmtree(outer, ignore_errors=True)


def made_inside(outer: Path, lock: FileLock) -> bool:
    """Lock an unfinished folder and make the folder `new` in it; False if another process removes it just now."""
    try:
        acquire(lock)
        (outer / "new").mkdir()
    except (Timeout, FileNotFoundError):
        return False
    return True


def abandoned(inside: Path) -> Iterator[Path]:
    """The unfinished folders whose processes have ended, each locked for now.

    A folder in use is locked. Without locks in the file system there is none.
    """
    for outer in inside.glob(f"{PREFIX}*"):
        lock = lock_of(outer / "lock")
        with suppress(OSError):
            if acquire(lock):
                yield outer
        lock.release()


def remove_abandoned(inside: Path) -> list[Path]:
    """Remove the unfinished folders whose processes have ended; returns the removed folders."""
    removed = []
    for outer in abandoned(inside):
        with suppress(OSError):
            shutil.rmtree(outer)
            removed.append(outer)
    return removed


@contextmanager
def locked(file: Path, waiting: str | None = None) -> Iterator[bool]:
    """Hold a lock, which ends with this process at the latest; False if locks do not work there.

    If another process holds it, the warning `waiting` says that this one waits; without a text it raises `Timeout`.
    """
    lock = lock_of(file)
    try:
        held = acquire(lock)
    except Timeout:
        if waiting is None:
            raise
        warnings.warn(waiting, stacklevel=4)
        held = acquire(lock, wait=True)
    try:
        yield held
    finally:
        if held:
            with suppress(OSError):
                file.unlink()
        lock.release()


def lock_of(file: Path) -> FileLock:
    """A lock by the operating system, for all users: a lock that is a mere file would outlive a killed process."""
    return FileLock(file, mode=0o666, fallback_to_soft=False, poll_interval=0.1)


def acquire(lock: FileLock, wait: bool = False) -> bool:
    """Acquire a lock; False where locks do not work, as in some file systems, or where another user's file is.

    Raises `Timeout` if another process holds it and this one does not `wait`.
    """
    try:
        lock.acquire(blocking=wait)
    except Timeout:
        raise
    except (NotImplementedError, OSError):
        return False
    return True


def on_disk(*paths: Path) -> None:
    """Wait until files, and folders where that is possible, are on the disk: a power failure cannot empty them."""
    for path in paths:
        opened = os.open(path, os.O_RDONLY)
        try:
            with suppress(OSError) if path.is_dir() else nullcontext():
                os.fsync(opened)
        finally:
            os.close(opened)


def rename(folder: Path, target: Path) -> bool:
    """Rename a folder in one operation; False if a file or a non-empty folder has the new name."""
    try:
        folder.rename(target)
    except OSError as error:
        if error.errno in (errno.ENOTEMPTY, errno.EEXIST, errno.ENOTDIR):
            return False
        raise
    return True
