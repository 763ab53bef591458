"""Many networks as one: parameters and what was seen have a first side of networks, and so have inputs and outputs.

Every layer knows by the sides of its weight whether it is one or many. So the small networks of many runs take one step
together, without what `torch.vmap` costs over single ones.
"""

from collections.abc import Callable, Sequence
from copy import deepcopy
from typing import TypeVar

import torch
from torch import Tensor, nn
from torch.nn import functional

Module = TypeVar("Module", bound=nn.Module)


def stack(networks: Sequence[Module]) -> Module:
    """One module of networks that are built alike: it takes [networks, batch, ...] and gives [networks, batch, ...].

    Number i of what comes out is what network i would make of number i of what goes in.
    """
    many = deepcopy(networks[0])
    states = [network.state_dict() for network in networks]
    for path, module in many.named_modules():
        kept = {**module._parameters, **module._buffers}
        for name in kept:
            key = f"{path}.{name}" if path else name
            if key not in states[0]:  # a constant, the same for all
                continue
            values = torch.stack([state[key] for state in states])
            setattr(module, name, nn.Parameter(values) if name in module._parameters else values)
    return many


def linear(x: Tensor, W: Tensor, b: Tensor | None = None) -> Tensor:
    """W x + b, of `x` [..., inputs], `W` [outputs, inputs]; of many [networks, batch, ..., inputs] likewise."""
    if W.dim() == 2:
        return functional.linear(x, W, b)
    rows = x if x.dim() == 3 else x.flatten(1, -2)
    y = rows @ W.mT if b is None else affine(W, b)(rows)
    return y if x.dim() == 3 else y.reshape(*x.shape[:-1], -1)


def affine(W: Tensor, b: Tensor) -> Callable[[Tensor], Tensor]:
    """The function W x + b of many, `W` [networks, outputs, inputs], of `x` [networks, batch, inputs]."""
    b, W = b.unsqueeze(1), W.mT
    return lambda x: torch.baddbmm(b, x, W)


def spread(parameter: Tensor, x: Tensor) -> Tensor:
    """A parameter of the units [units] as it is; that of many [networks, units] so that it fits `x` [networks, ...]."""
    if parameter.dim() == 1:
        return parameter
    return parameter.reshape(len(parameter), *[1] * (x.dim() - 2), -1)
