"""The one path that fits a pattern."""

from glob import glob, has_magic
from pathlib import Path

from rlnotes.base.errors import SettingError, enumerated


def one_path(setting: str, place: str | Path) -> Path:
    """The path that fits the value of a setting, such as `results/datasets/ppo-*`; a value without * is that path.

    Raises `SettingError` if none fits, or several.
    """
    if not has_magic(str(place)) or Path(place).exists():
        return Path(place)
    found = sorted(glob(str(place)))
    if len(found) != 1:
        requirement = f"must fit one path, and fits {enumerated(found, 'and') if found else 'none'}"
        raise SettingError(setting, place, requirement)
    return Path(found[0])
