"""A network as a list of functions: for a small batch, most of the time is spent on calls of modules."""

from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass
from functools import singledispatch
from itertools import groupby
from typing import Any

import numpy as np
import torch
from gymnasium.spaces import Box
from torch import Tensor, nn

from rlnotes.nn.activations import Logistic, ReLU, Tanh
from rlnotes.nn.base.approximator import ActionDistribution, Approximator
from rlnotes.nn.base.bodies import Dense
from rlnotes.nn.base.dense_layers import CompiledLayers, DenseLayer, dense_layers
from rlnotes.nn.base.encoders import Flat
from rlnotes.nn.base.observations import Part
from rlnotes.nn.base.stack import link, rows_of
from rlnotes.nn.mlp import Linear

Function = Callable[[Any], Any]
PLAIN: dict[type[nn.Module], Function] = {Logistic: torch.sigmoid, Tanh: torch.tanh, ReLU: torch.relu}


class Composed:
    """Apply a stack of networks to observations, in fewer calls if the body is dense.

    The outputs and gradients are the same to rounding. The parameters of `network` may change in place, but must not be
    replaced.
    """

    def __init__(self, network: Approximator) -> None:
        self.network = network
        dense = isinstance(network.body, Dense)
        found = [f for part in network.children() for f in functions(part)] if dense else []
        self.functions = joined(rows_of(network), found)
        only = self.functions[0] if len(self.functions) == 1 else None
        self.layers = only if isinstance(only, CompiledLayers) else None

    def __deepcopy__(self, memo: dict[int, Any]) -> "Composed":
        network = deepcopy(self.network, memo)
        link(network)
        return Composed(network)

    def __call__(self, observation: Any, state: Any = None, begins: Tensor | None = None) -> tuple[Any, Any]:
        if not self.functions:
            return self.network(observation, state, begins)
        for function in self.functions:
            observation = function(observation)
        return observation, None

    def numbers(self, observation: Any, state: Any = None, begins: Tensor | None = None) -> tuple[np.ndarray, Any]:
        """An output of numbers as an array, without a gradient, and the next state."""
        if self.layers:
            return self.layers.forward(observation)[0], None
        with torch.inference_mode():
            output, state = self(observation, state, begins)
        return output.cpu().numpy(), state


def joined(rows: Tensor, found: list[Any]) -> list[Function]:
    """The functions, in which layers and activations that follow each other are one function."""
    parts: list[Any] = []
    for f in found:
        if f in PLAIN.values() and parts and isinstance(parts[-1], DenseLayer):
            parts[-1] = parts[-1]._replace(f=f)
        else:
            parts.append(f)
    groups = groupby(parts, lambda part: isinstance(part, DenseLayer))
    functions = [f for dense, group in groups for f in ([dense_layers(rows, [*group])] if dense else group)]
    match functions:
        case [Vector(part=Part(path=())), CompiledLayers(), *_]:  # which take observations as they are
            return functions[1:]
    return functions


@singledispatch
def functions(module: nn.Module) -> list[Any]:
    """The functions, and the dense layers, that together compute a module of a stack, in order."""
    return [PLAIN.get(type(module), module)]


@functions.register
def _(module: nn.Sequential) -> list[Any]:
    return [f for part in module for f in functions(part)]


@functions.register
def _(module: Dense) -> list[Any]:
    return functions(module.mlp)


@functions.register
def _(module: Linear) -> list[Any]:
    return [DenseLayer(module.weight, module.bias)]


@functions.register
def _(module: ActionDistribution) -> list[Any]:
    return [*functions(module.layer), module.distribution]


@functions.register
def _(module: Flat) -> list[Function]:
    if not all(map(is_plain, module.parts)) or not isinstance(module.norm, nn.Identity):
        return [module]

    vectors = [Vector(part, module.like) for part in module.parts]
    if len(vectors) == 1:
        return [*vectors]
    return [lambda observation: torch.cat([vector(observation) for vector in vectors], -1)]


@dataclass
class Vector:
    """A part of the observations, a vector of numbers, as a tensor on the device and in the precision of `like`."""

    part: Part
    like: Tensor

    def __call__(self, observation: Any) -> Tensor:
        return self.part.of(observation, self.like.device).to(self.like.dtype)


def is_plain(part: Part) -> bool:
    """Whether a part of the observations is a vector of numbers that stay as they are."""
    return isinstance(part.space, Box) and len(part.space.shape) == 1 and part.space.dtype != np.uint8
