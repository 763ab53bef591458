"""Logs of models for TensorBoard."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from stable_baselines3.common.base_class import BaseAlgorithm
from stable_baselines3.common.logger import Logger, configure

from rlnotes.base.tensorboard import require_tensorboard, unwritable

SILENT = Logger(None, [])
"""writes nothing"""


@contextmanager
def logs(models: Sequence[BaseAlgorithm], folders: Sequence[Path]) -> Iterator[None]:
    """While the context lasts, each model writes into its folder; raises `SettingError` if it cannot."""
    require_tensorboard()
    try:
        for model, folder in zip(models, folders, strict=True):
            model.set_logger(configure(str(folder), ["tensorboard"]))
    except OSError as error:
        raise unwritable(folder, error) from None
    try:
        yield
    finally:
        for model in models:
            model.logger.close()
            model.set_logger(SILENT)
