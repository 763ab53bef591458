"""Commands on a folder of results; `rlnotes/cli/commands.py` lists them."""

import inspect
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import yaml

from rlnotes.base.errors import SettingError, suggestion
from rlnotes.catalog import written
from rlnotes.cli.commands import COMMANDS
from rlnotes.cli.evaluate import evaluate_command
from rlnotes.cli.play import play
from rlnotes.cli.saved_comparisons import comparisons, list_comparisons, show
from rlnotes.comparison import FILE
from rlnotes.simulation.cell_folder import failure
from rlnotes.simulation.leftovers import leftovers, remove
from rlnotes.simulation.store import Store


def command(name: str, *words: str) -> None:
    """Run one of `COMMANDS`. Raises `SettingError` for other words."""
    runs: dict[str, Callable[..., None]] = {
        "list": list_comparisons,
        "show": show,
        "play": play,
        "evaluate": evaluate_command,
        "why": why,
        "check": check,
        "clean": clean,
    }
    try:
        inspect.signature(runs[name]).bind(*words)
    except TypeError:
        raise SettingError(name, " ".join(words), "must have {}, {}".format(*COMMANDS[name][:2])) from None
    runs[name](*words)


def why(first: str, second: str) -> None:
    """Print what differs between two cells: settings, code and packages."""
    for line in differences(*(by_full_name(settings_of(Path(folder))) for folder in (first, second))):
        print(line)


def check(results: str = "results") -> None:
    """Read every cell of a results folder; raises `SettingError` if one is damaged."""
    folders = store_in(results).every_cell()
    damaged = [error for folder in folders if (error := failure(folder))]
    if damaged:
        print(*damaged, sep="\n")
        raise SettingError("results", results, f"{len(damaged)} of {len(folders)} cells are damaged")
    print(f"{len(folders)} cells are whole")


def clean(*words: str) -> None:
    """Print the leftovers of a results folder, and remove them after --yes, or after a question on a terminal."""
    folders = [word for word in words if not word.startswith("-")]
    if wrong := [word for word in words if word.startswith("-") and word != "--yes"] or folders[1:]:
        close = suggestion(wrong[0], ["--yes"])
        raise SettingError("clean", " ".join(words), "must have {}, {}{}".format(*COMMANDS["clean"][:2], close))
    store = store_in(*folders or ["results"])
    found = leftovers(store, used_cells(store))
    for path, reason in found.items():
        print(f"{path}: {reason}, {size(path) / 1e6:,.1f} MB")
    total = f"{len(found)} files and folders, {sum(map(size, found)) / 1e6:,.1f} MB"
    if not found:
        print("nothing to remove")
    elif "--yes" in words:
        print(f"removed {len(remove(store, found))} of {total}")
    elif sys.stdin.isatty() and confirmed(f"Remove {total}? [y/N] "):
        still = leftovers(store, used_cells(store))  # the answer may take minutes
        print(f"removed {len(remove(store, found.keys() & still.keys()))} of {total}")
    else:
        print(f"nothing is removed; with --yes it would be {total}")


def confirmed(question: str) -> bool:
    """Whether the user answers yes."""
    print(question, end="", flush=True)
    return sys.stdin.readline().strip().lower() in ("y", "yes")


def used_cells(store: Store) -> set[str] | None:
    """The names of the cells that comparisons use; None, with a line, if another one may use more."""
    known = dict(comparisons(store.folder))
    unknown = [file.parent for file in store.folder.glob(f"*/{FILE}") if file.parent not in known]
    if unknown or store.is_in_use():
        reason = f"{unknown[0]} is of another version" if unknown else f"another process computes in {store.folder}"
        print(f"cells that no comparison uses stay: {reason}")
        return None
    return {Path(cell).name for saved in known.values() for cell in saved.cells}


def size(path: Path) -> int:
    """Bytes of a file, or of all files in a folder."""
    return sum(file.stat().st_size for file in (path, *path.rglob("*")) if file.is_file())


def store_in(results: str) -> Store:
    """The store in a folder. Raises `SettingError` if the folder has no cells."""
    store = Store(results)
    if not store.every_cell():
        raise SettingError("results", results, "holds no cells")
    return store


def settings_of(folder: Path) -> dict[str, Any]:
    """The content of config.yaml of a cell."""
    try:
        settings: dict[str, Any] = yaml.safe_load((folder / "config.yaml").read_text(encoding="utf-8"))
        return dict(settings)
    except (OSError, TypeError, ValueError, yaml.YAMLError) as error:
        raise SettingError("why", folder, f"must be the folder of a cell ({' '.join(str(error).split())})") from None


def by_full_name(settings: dict[str, Any], owner: str = "") -> dict[str, Any]:
    """The settings by their full names."""
    found: dict[str, Any] = {}
    for key, value in settings.items():
        found |= by_full_name(value, f"{owner}{key}.") if isinstance(value, dict) else {f"{owner}{key}": value}
    return found


def differences(first: dict[str, Any], second: dict[str, Any]) -> Iterator[str]:
    """The settings in which two cells differ, in words."""
    for key in dict.fromkeys((*first, *second)):
        before, after = (settings.get(key, "absent") for settings in (first, second))
        if before != after and key.startswith("code."):
            change = "changed" if "absent" not in (before, after) else f"only in {'B' if before == 'absent' else 'A'}"
            yield f"{key}: {change}"
        elif before != after:
            yield f"{key}: {written(before)} → {written(after)}"
