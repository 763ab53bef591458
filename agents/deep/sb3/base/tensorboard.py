"""Logs of models for TensorBoard."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

from stable_baselines3.common.base_class import BaseAlgorithm
from stable_baselines3.common.logger import Logger, configure

from rlnotes.base.errors import SettingError, install_hint

SILENT = Logger(None, [])
"""writes nothing"""


@contextmanager
def logs(models: Sequence[BaseAlgorithm], folders: Sequence[Path]) -> Iterator[None]:
    """While the context lasts, each model writes into its folder; raises `SettingError` if it cannot."""
    if find_spec("tensorboard") is None:
        raise SettingError("tensorboard", "true", f"needs the package of that name: {install_hint('tensorboard')}")
    try:
        for model, folder in zip(models, folders, strict=True):
            model.set_logger(configure(str(folder), ["tensorboard"]))
    except OSError as error:
        raise SettingError("tensorboard", "true", f"{folder} cannot be written ({error.strerror})") from None
    try:
        yield
    finally:
        for model in models:
            model.logger.close()
            model.set_logger(SILENT)
