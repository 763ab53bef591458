"""A stack: many networks as one module. Its parameters, buffers, inputs and outputs have a first axis of networks.

A layer sees from the number of axes of its weight whether it is single or stacked. So the small networks of many runs
take a step together, without the overhead of `torch.vmap`.
"""

from collections.abc import Callable, Sequence
from copy import deepcopy
from typing import TypeVar

import torch
from torch import Tensor, nn
from torch.nn import functional

Module = TypeVar("Module", bound=nn.Module)
BLOCK = 2**25 - 2**16
"""bytes, a little less than 32 MiB, the largest block that has an effect"""


def stack(networks: Sequence[Module]) -> Module:
    """Combine networks of the same structure into one module: [networks, batch, ...] → [networks, batch, ...].

    Output i is the output of network i for input i.
    """
    keep_freed_memory()
    many = deepcopy(networks[0])
    states = [network.state_dict() for network in networks]
    for path, module in many.named_modules():
        for name in {**module._parameters, **module._buffers}:
            key = f"{path}.{name}" if path else name
            if key not in states[0]:  # a constant, the same in all networks
                continue
            values = torch.stack([state[key] for state in states])
            if (parameter := module._parameters.get(name)) is not None:
                values = nn.Parameter(values, parameter.requires_grad)
            setattr(module, name, values)
    many.rows = in_rows([parameter.data for parameter in learnt_parameters(many)]).requires_grad_()
    link(many)
    return many


def keep_freed_memory() -> None:
    """Let the allocator keep the memory of large tensors for the next ones.

    The allocator of Linux, glibc, returns free memory to the system if it is more than twice the largest block that was
    freed so far. Then every step of a stack gets its memory anew, at the cost of a page fault per 4 KiB. So a block is
    allocated and freed. Nobody writes into it, so it takes no time.
    """
    torch.empty(BLOCK, dtype=torch.uint8)


def link(network: nn.Module) -> None:
    """Make the learnt parameters of a stack views of its `rows_of`, also in a copy."""
    learnt = learnt_parameters(network)
    sizes = [parameter[0].numel() for parameter in learnt]
    for parameter, part in zip(learnt, rows_of(network).detach().split(sizes, 1), strict=True):
        parameter.data = transposed(part.view(transposed(parameter).shape))


def learnt_parameters(network: nn.Module) -> list[nn.Parameter]:
    """The parameters that learn, in the order of their numbers in a row."""
    return [parameter for parameter in network.parameters() if parameter.requires_grad]


def rows_of(network: nn.Module) -> Tensor:
    """The learnt numbers of a stack, one row per network [networks, numbers]; its parameters are views of it."""
    assert isinstance(network.rows, Tensor)
    return network.rows


def in_rows(parts: Sequence[Tensor]) -> Tensor:
    """The numbers of parameters of a stack, or of their gradients, as such rows."""
    return torch.cat([transposed(part).flatten(1) for part in parts], 1)


def transposed(x: Tensor) -> Tensor:
    """The matrix of each network of a stack as a layer reads it, which multiplies by Wᵀ; a vector is unchanged."""
    return x.mT if x.dim() == 3 else x


def linear(x: Tensor, W: Tensor, b: Tensor | None = None) -> Tensor:
    """W x + b for `x` [..., inputs], `W` [outputs, inputs]; for a stack, both have a first axis of networks."""
    if W.dim() == 2:
        return functional.linear(x, W, b)
    rows = x if x.dim() == 3 else x.flatten(1, -2)
    y = rows @ W.mT if b is None else affine(W, b)(rows)
    return y if x.dim() == 3 else y.reshape(*x.shape[:-1], W.shape[-2])


def affine(W: Tensor, b: Tensor) -> Callable[[Tensor], Tensor]:
    """The function x ↦ W x + b of a stack: `x` [networks, batch, inputs], `W` [networks, outputs, inputs]."""
    b, W = b.unsqueeze(1), W.mT
    return lambda x: torch.baddbmm(b, x, W)


def broadcast(parameter: Tensor, x: Tensor) -> Tensor:
    """Reshape the parameter [networks, units] of a stack to match `x` [networks, ..., units]; leave [units] alone."""
    if parameter.dim() == 1:
        return parameter
    return parameter.reshape(len(parameter), *[1] * (x.dim() - 2), -1)
