"""Commands on a folder of results: `why` compares two cells, `check` reads all of them, `clean` removes leftovers."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from rlnotes.base.errors import SettingError
from rlnotes.catalog import written
from rlnotes.simulation.cell_folder import failure
from rlnotes.simulation.store import Store


def command(name: str, *words: str) -> None:
    """Run `why A B`, `check [RESULTS]` or `clean [RESULTS]`. Raises `SettingError` for other words."""
    if name == "why" and len(words) == 2:
        why(*words)
    elif name == "check" and len(words) <= 1:
        check(*words)
    elif name == "clean" and len(words) <= 1:
        clean(*words)
    else:
        usage = "A B, the folders of two cells" if name == "why" else "RESULTS, one folder of results"
        raise SettingError(name, " ".join(words), f"must have {usage}")


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


def clean(results: str = "results") -> None:
    """Remove the leftovers from a results folder, and print their names."""
    removed = store_in(results).clean()
    for path in removed:
        print(f"removed {path}")
    print(f"{len(removed)} files and folders removed")


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
