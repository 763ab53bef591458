"""Commands on a folder of results: `why` compares two cells, `check` reads all of them."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from rlnotes.base.errors import SettingError
from rlnotes.catalog import written
from rlnotes.simulation.store import load


def command(name: str, *words: str) -> None:
    """Run `why A B` or `check [RESULTS]`. Raises `SettingError` for other words."""
    if name == "why" and len(words) == 2:
        why(*words)
    elif name == "check" and len(words) <= 1:
        check(*words)
    else:
        usage = "A B, the folders of two cells" if name == "why" else "RESULTS, one folder of results"
        raise SettingError(name, " ".join(words), f"must have {usage}")


def why(first: str, second: str) -> None:
    """Print what differs between two cells: settings, code and packages."""
    for line in differences(*(by_full_name(settings_of(Path(folder))) for folder in (first, second))):
        print(line)


def check(results: str = "results") -> None:
    """Read every cell of a results folder; raises `SettingError` if one is damaged."""
    folders = [folder for folder in sorted(Path(results).glob("cells/*")) if folder.is_dir()]
    if not folders:
        raise SettingError("results", results, "holds no cells")
    damaged = []
    for folder in folders:
        try:
            load(folder)
        except ValueError as error:
            damaged.append(str(error))
    if damaged:
        print(*damaged, sep="\n")
        raise SettingError("results", results, f"{len(damaged)} of {len(folders)} cells are damaged")
    print(f"{len(folders)} cells are whole")


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
