"""Tensors from observations of any Gymnasium space."""

from math import prod
from typing import Any

import numpy as np
import torch
from gymnasium import Space
from gymnasium.spaces import Box, Dict, Discrete, MultiBinary, MultiDiscrete, Tuple
from torch import Tensor
from torch.nn.functional import one_hot

from rlnotes.base.errors import SettingError


def parts(space: Space[Any]) -> list[tuple[tuple[Any, ...], Space[Any]]]:
    """The simple spaces inside a space, each with its path: the keys that lead to it through Tuple and Dict.

    Raises `SettingError` for a space of another kind.
    """
    if isinstance(space, Tuple | Dict):
        inner = space.spaces.items() if isinstance(space, Dict) else enumerate(space.spaces)
        return [((key, *path), part) for key, one in inner for path, part in parts(one)]
    if not isinstance(space, Box | Discrete | MultiDiscrete | MultiBinary):
        requirement = "must be Box, Discrete, MultiDiscrete, MultiBinary, or a Tuple or Dict of them"
        raise SettingError("observations", space, requirement)
    return [((), space)]


def part_at(observation: Any, path: tuple[Any, ...], device: torch.device) -> Tensor:
    """The part of a batch of observations at the end of a path, as a tensor."""
    for key in path:
        observation = observation[key]
    if isinstance(observation, np.ndarray) and not observation.flags.writeable:
        observation = observation.copy()  # torch warns about arrays that are not writeable
    return torch.as_tensor(observation, device=device)


def batch_shape(space: Space[Any], x: Tensor) -> torch.Size:
    """The batch axes of `x` [batch, ..., *shape of the space].

    Raises `ValueError` if the last axes of `x` do not have the shape of the space.
    """
    assert space.shape is not None
    axes = x.dim() - len(space.shape)
    if axes < 1 or x.shape[axes:] != space.shape:
        shape = ", ".join(["batch", "...", *map(str, space.shape)])
        raise ValueError(f"observations must be [{shape}], not {list(x.shape)}")
    return x.shape[:axes]


def flat(space: Space[Any], x: Tensor, dtype: torch.dtype) -> Tensor:
    """Flatten a batch of a simple space to vectors [batch, ..., features]: one-hot if discrete, bytes from 0 to 1."""
    batch = batch_shape(space, x)
    if isinstance(space, Discrete):
        return one_hot(x.long() - int(space.start), int(space.n)).to(dtype)
    if isinstance(space, MultiDiscrete):
        numbers = (x.long() - torch.as_tensor(space.start, device=x.device)).reshape(*batch, space.nvec.size)
        hot = [one_hot(numbers[..., i], int(n)) for i, n in enumerate(space.nvec.ravel())]
        return torch.cat(hot, -1).to(dtype)
    assert space.shape is not None
    return scaled(space, x, dtype).reshape(*batch, prod(space.shape))


def scaled(space: Space[Any], x: Tensor, dtype: torch.dtype) -> Tensor:
    """Numbers of a space in another precision; bytes are scaled to 0 to 1."""
    return x.to(dtype) / 255 if space.dtype == np.uint8 else x.to(dtype)


def is_image(space: Space[Any]) -> bool:
    """Whether a simple space has images: a Box [height, width], or with channels first or last."""
    return isinstance(space, Box) and len(space.shape) in (2, 3)


def channels_last(space: Space[Any]) -> bool:
    """Whether the last axis of an image has the channels: it does if it is shorter than the first."""
    assert space.shape is not None
    return len(space.shape) == 3 and space.shape[-1] < space.shape[0]
