"""Whether there is room."""

import psutil

from rlnotes.base.errors import SettingError

ROW, ENTRY = 40, 70
"""bytes of a model's row and of its entry while it is made"""


def reserve(setting: str, value: object, rows: int, entries: int) -> None:
    """Raise `SettingError`, with the size, where a model of so many rows and entries does not fit into memory."""
    require(setting, value, ROW * rows + ENTRY * entries)


def require(setting: str, value: object, size: int) -> None:
    """Raise `SettingError` where so many bytes do not fit into memory."""
    free = psutil.virtual_memory().available
    if size > free:
        raise SettingError(setting, value, f"needs {size / 1e9:,.1f} GB of memory, and {free / 1e9:,.1f} GB are free")
