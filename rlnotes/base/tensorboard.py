"""The package that writes logs for TensorBoard."""

from importlib.util import find_spec
from pathlib import Path

from rlnotes.base.errors import SettingError, install_hint


def require_tensorboard() -> None:
    """Raise `SettingError` if the package is not installed."""
    if find_spec("tensorboard") is None:
        raise SettingError("tensorboard", "true", f"needs the package of that name: {install_hint('tensorboard')}")


def unwritable(folder: Path, error: OSError) -> SettingError:
    """The error of a folder that cannot be written."""
    return SettingError("tensorboard", "true", f"{folder} cannot be written ({error.strerror})")
