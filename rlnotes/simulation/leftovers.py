"""Leftovers of a results folder: what nothing needs any more, and no process uses."""

from collections.abc import Iterable, Set
from contextlib import suppress
from pathlib import Path

from rlnotes.simulation import cell_folder
from rlnotes.simulation.store import Store
from rlnotes.simulation.unfinished import abandoned, unfinished


def leftovers(store: Store, used: Set[str] | None) -> dict[Path, str]:
    """The files and folders that nothing needs, each with the reason; a locked one is not among them.

    These are unfinished folders of killed processes, checkpoints, cells that are damaged or have the files of an
    earlier version, the folder `.hydra` of an earlier version, and cells that are not among the `used` ones; None:
    these are unknown.
    """
    found = dict.fromkeys(abandoned(store.folder), "unfinished")
    for path in (*store.checkpoints.glob("*"), *store.every_cell(), *store.folder.glob(".hydra")):
        with suppress(OSError), store.lock(path.name, wait=False) as held:
            if held and path.parent != store.cells:
                found[path] = "a checkpoint" if path.parent == store.checkpoints else "of an earlier version"
            elif held and cell_folder.is_damaged(path):
                found[path] = "damaged, or of an earlier version"
            elif held and used is not None and path.name not in used:
                found[path] = "no comparison uses it"
    return found


def remove(store: Store, paths: Iterable[Path]) -> list[Path]:
    """Remove leftovers, and locks of killed processes; returns what is removed. What a process uses by now stays."""
    removed = store.remove_abandoned()
    for path in paths:
        with suppress(OSError), store.lock(path.name, wait=False) as held, unfinished(store.folder) as away:
            if held:
                path.rename(away / path.name)  # whole, so that no other process reads the half of a cell
                removed.append(path)
    with suppress(OSError):
        store.checkpoints.rmdir()
    return removed
