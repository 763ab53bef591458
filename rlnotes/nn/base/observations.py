"""Observations of any Gymnasium space as what a network takes in."""

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
    """The way to each simple space in a Tuple or Dict, and that space; `ValueError` where one cannot be taken in."""
    if isinstance(space, Tuple | Dict):
        inner = space.spaces.items() if isinstance(space, Dict) else enumerate(space.spaces)
        return [((key, *way), part) for key, one in inner for way, part in parts(one)]
    if not isinstance(space, Box | Discrete | MultiDiscrete | MultiBinary):
        what = "must be Box, Discrete, MultiDiscrete, MultiBinary, or a Tuple or Dict of them"
        raise SettingError("observations", space, what)
    return [((), space)]


def at(observation: Any, way: tuple[Any, ...], device: torch.device) -> Tensor:
    """The part of a batch of observations that is found on the way."""
    for key in way:
        observation = observation[key]
    if isinstance(observation, np.ndarray) and not observation.flags.writeable:
        observation = observation.copy()  # of which torch would warn
    return torch.as_tensor(observation, device=device)


def batch_shape(space: Space[Any], x: Tensor) -> torch.Size:
    """The sides of a batch of a simple space; `ValueError` where those of an observation are not those of the space."""
    assert space.shape is not None
    sides = x.dim() - len(space.shape)
    if sides < 1 or x.shape[sides:] != space.shape:
        what = ", ".join(["batch", "...", *map(str, space.shape)])
        raise ValueError(f"observations must be [{what}] there, not {list(x.shape)}")
    return x.shape[:sides]


def flat(space: Space[Any], x: Tensor, dtype: torch.dtype) -> Tensor:
    """A batch of a simple space as vectors [batch, ..., features]: one-hot for what is discrete, bytes from 0 to 1."""
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
    """The numbers of a space, those of bytes from 0 to 1."""
    return x.to(dtype) / 255 if space.dtype == np.uint8 else x.to(dtype)


def is_image(space: Space[Any]) -> bool:
    """Whether a simple space is one of images, Box of [height, width], or with channels first or last."""
    return isinstance(space, Box) and len(space.shape) in (2, 3)


def channels_last(space: Space[Any]) -> bool:
    """Whether an image's last side is that of the channels: the shorter one of the first and the last."""
    assert space.shape is not None
    return len(space.shape) == 3 and space.shape[-1] < space.shape[0]
