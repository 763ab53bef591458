"""Checks of the sizes of layers and of what they receive."""

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from rlnotes.base.configured import is_whole
from rlnotes.base.errors import SettingError


def require_sizes(**sizes: int) -> None:
    """Raise `SettingError` unless every size is a whole number, 1 or more."""
    for name, size in sizes.items():
        if not are_sizes([size]):
            raise SettingError(name, size, "must be a whole number, 1 or more")


def are_sizes(values: Any) -> bool:
    """Whether `values` is a list of whole numbers, 1 or more each."""
    return isinstance(values, list | tuple) and all(is_whole(size) and size >= 1 for size in values)


def require_shape(name: str, x: Any, shape: Sequence[int]) -> None:
    """Raise `ValueError` unless `x` is a tensor of this shape."""
    if not isinstance(x, Tensor) or x.shape != torch.Size(shape):
        found = list(x.shape) if isinstance(x, Tensor) else f"a {type(x).__name__}"
        raise ValueError(f"{name} must be {list(shape)}, not {found}")


def require_samples(**batches: Tensor) -> None:
    """Raise `ValueError` if a batch is empty: it has no mean."""
    for name, x in batches.items():
        if not x.numel():
            raise ValueError(f"{name} must have samples, but its shape is {list(x.shape)}")
