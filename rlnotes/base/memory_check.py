"""The check that an array fits into memory."""

import psutil

from rlnotes.base.errors import SettingError

ROW_BYTES, ENTRY_BYTES = 40, 70
"""memory for a row and an entry of a model while the model is made"""


def require_memory_for_model(setting: str, value: object, rows: int, entries: int) -> None:
    """Raise `SettingError` if a model with these numbers of rows and entries does not fit into memory."""
    require_memory(setting, value, ROW_BYTES * rows + ENTRY_BYTES * entries)


def require_memory(setting: str, value: object, size: int) -> None:
    """Raise `SettingError` if `size` bytes do not fit into memory."""
    free = psutil.virtual_memory().available
    if size > free:
        raise SettingError(setting, value, f"needs {size / 1e9:,.1f} GB of memory, and {free / 1e9:,.1f} GB are free")
