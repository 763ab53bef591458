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


class Part:
    """A simple space inside the space of observations, and how its elements become numbers.

    `path`: the keys that lead to it through Tuple and Dict.
    Bytes of a Box become (x − low) / (high − low) by the bounds of the Box: from 0 to 1, and 0 where low = high. All
    other numbers stay as they are.
    """

    def __init__(self, path: tuple[Any, ...], space: Space[Any]) -> None:
        self.path, self.space = path, space
        self.low, self.extent = byte_range(space)

    def of(self, observation: Any, device: torch.device) -> Tensor:
        """This part of a batch of observations, as a tensor."""
        for key in self.path:
            observation = observation[key]
        if isinstance(observation, np.ndarray) and not observation.flags.writeable:
            observation = observation.copy()  # torch warns about arrays that are not writeable
        return torch.as_tensor(observation, device=device)

    def batch_shape(self, x: Tensor) -> torch.Size:
        """The batch axes of `x` [batch, ..., *shape of the space].

        Raises `ValueError` if the last axes of `x` do not have the shape of the space.
        """
        assert self.space.shape is not None
        axes = x.dim() - len(self.space.shape)
        if axes < 1 or x.shape[axes:] != self.space.shape:
            shape = ", ".join(["batch", "...", *map(str, self.space.shape)])
            raise ValueError(f"observations must be [{shape}], not {list(x.shape)}")
        return x.shape[:axes]

    def flat(self, x: Tensor, dtype: torch.dtype) -> Tensor:
        """Flatten a batch to vectors [batch, ..., features]: one-hot if discrete, else `scaled`."""
        batch, space = self.batch_shape(x), self.space
        if isinstance(space, Discrete):
            return one_hot(x.long() - int(space.start), int(space.n)).to(dtype)
        if isinstance(space, MultiDiscrete):
            numbers = (x.long() - torch.as_tensor(space.start, device=x.device)).reshape(*batch, space.nvec.size)
            hot = [one_hot(numbers[..., i], int(n)) for i, n in enumerate(space.nvec.ravel())]
            return torch.cat(hot, -1).to(dtype)
        assert space.shape is not None
        return self.scaled(x, dtype).reshape(*batch, prod(space.shape))

    def scaled(self, x: Tensor, dtype: torch.dtype) -> Tensor:
        """Numbers in another precision, bytes scaled by their bounds."""
        x = x.to(dtype)
        if self.low is not None:
            x = x - like(self.low, x)
        return x if self.extent is None else x / like(self.extent, x)


def parts(space: Space[Any]) -> list[Part]:
    """The simple spaces inside a space.

    Raises `SettingError` for a space of another kind.
    """
    if isinstance(space, Tuple | Dict):
        inner = space.spaces.items() if isinstance(space, Dict) else enumerate(space.spaces)
        return [Part((key, *part.path), part.space) for key, one in inner for part in parts(one)]
    if not isinstance(space, Box | Discrete | MultiDiscrete | MultiBinary):
        requirement = "must be Box, Discrete, MultiDiscrete, MultiBinary, or a Tuple or Dict of them"
        raise SettingError("observations", space, requirement)
    return [Part((), space)]


def byte_range(space: Space[Any]) -> tuple[Any, Any]:
    """What scales the bytes of a Box: low and high − low; None for what changes nothing.

    One number if it is the same for all elements, else an array.
    """
    if not isinstance(space, Box) or space.dtype != np.uint8:
        return None, None
    low, extent = space.low.astype(float), np.subtract(space.high, space.low, dtype=float)
    return changing(low, 0), changing(np.where(extent > 0, extent, 1), 1)


def changing(values: np.ndarray, neutral: float) -> Any:
    """None if all `values` are neutral, one number if all are the same, else the array."""
    if (values == neutral).all():
        return None
    return values.item(0) if (values == values.item(0)).all() else values


def like(value: Any, x: Tensor) -> Any:
    """An array as a tensor in the precision and on the device of `x`; a number stays a number."""
    return torch.as_tensor(value, dtype=x.dtype, device=x.device) if isinstance(value, np.ndarray) else value


def is_image(space: Space[Any]) -> bool:
    """Whether a simple space has images: a Box [height, width], or with channels first or last."""
    return isinstance(space, Box) and len(space.shape) in (2, 3)


CHANNELS = ("auto", "first", "last")


def channels_last(space: Space[Any], channels: str) -> bool:
    """Whether the last axis of an image has the channels, by the setting `channels`: auto, first or last.

    auto: the first or the last axis, if it is clearly shorter than the two sides: they are equal, or twice as long.
    Raises `SettingError` for auto if neither axis is.
    """
    assert space.shape is not None
    if len(space.shape) < 3:
        return False
    if channels != "auto":
        return channels == "last"
    first, middle, last = space.shape
    if clearly_shorter(last, first, middle):
        return True
    if clearly_shorter(first, middle, last):
        return False
    requirement = f"cannot tell which axis of an image {list(space.shape)} has the channels; must be first or last"
    raise SettingError("channels", channels, requirement)


def clearly_shorter(axis: int, *sides: int) -> bool:
    """Whether an axis is shorter than two sides that are equal, or at most half as long as each side."""
    return axis < min(sides) and (sides[0] == sides[1] or 2 * axis <= min(sides))
