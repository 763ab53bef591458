"""Consecutive dense layers of a stack as one function.

For a small batch, most of the time is spent on calls of torch.
"""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from rlnotes.nn.base.dense_kernels import back_propagate, forward
from rlnotes.nn.base.stack import affine

Activation = Callable[[Tensor], Tensor]
NOTHING = np.empty((0, 0, 0), np.float32)


class DenseLayer(NamedTuple):
    """A layer: `weight` [networks, outputs, inputs], `bias` [networks, outputs], and the activation if any."""

    weight: Tensor
    bias: Tensor
    f: Activation | None = None


def dense_layers(rows: Tensor, layers: Sequence[DenseLayer]) -> Callable[[Tensor], Tensor]:
    """Layers of a stack with these `rows` as a function: [networks, batch, inputs] → [networks, batch, outputs].

    Compiled code computes layers with ReLU in single precision on a processor.
    """
    relu = all(layer.f is torch.relu for layer in layers[:-1]) and layers[-1].f in (None, torch.relu)
    if relu and rows.dtype == torch.float32 and rows.device.type == "cpu":
        return CompiledLayers(rows, layers)
    return layers_of_torch(layers)


def layers_of_torch(layers: Sequence[DenseLayer]) -> Callable[[Tensor], Tensor]:
    """The layers by torch, on any device, in any precision and with any activations."""
    parts = [f for layer in layers for f in (affine(layer.weight, layer.bias), layer.f) if f]

    def chain(x: Tensor) -> Tensor:
        for f in parts:
            x = f(x)
        return x

    return chain


class CompiledLayers:
    """Dense layers with ReLU, by compiled code, for tensors or arrays of any numbers.

    Their gradient is that of the `rows`, in one piece.
    """

    def __init__(self, rows: Tensor, layers: Sequence[DenseLayer]) -> None:
        self.rows = rows
        widths = np.array([layers[0].weight.shape[2], *(layer.weight.shape[1] for layer in layers)])
        places = np.array([layer.weight.storage_offset() for layer in layers])
        self.layers = rows.detach().numpy(), places, widths, layers[-1].f is not None
        self.units, self.outputs = int(widths[1:].sum()), int(widths[-1])
        self.whole = int((widths[1:] * (widths[:-1] + 1)).sum()) == rows.shape[1]

    def __call__(self, x: Tensor | np.ndarray) -> Tensor:
        if torch.is_grad_enabled():
            return Compiled.apply(x, self.rows, self)  # type: ignore[no-untyped-call]
        return torch.from_numpy(self.forward(x)[0])

    def forward(self, x: Tensor | np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """The outputs of the last layer, then the input and the outputs of all layers as the kernels read them."""
        given = np.ascontiguousarray(x.detach().numpy() if isinstance(x, Tensor) else x, np.float32)
        networks, batch, _ = given.shape
        a = np.empty((networks, batch * self.units), np.float32)
        forward(*self.layers, given, a)
        return a[:, -batch * self.outputs :].reshape(networks, batch, self.outputs), given, a


class Compiled(torch.autograd.Function):
    """`CompiledLayers` with gradients of its input and of the rows of the stack."""

    @staticmethod
    def forward(ctx: Any, x: Tensor | np.ndarray, rows: Tensor, layers: CompiledLayers) -> Tensor:
        y, ctx.x, ctx.a = layers.forward(x)
        ctx.layers = layers
        return torch.from_numpy(y)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, delta: Tensor) -> tuple[Tensor | None, ...]:
        of_x = np.empty_like(ctx.x) if ctx.needs_input_grad[0] else NOTHING
        layers: CompiledLayers = ctx.layers
        gradient = (np.empty if layers.whole else np.zeros)(layers.rows.shape, np.float32)
        back_propagate(*layers.layers, ctx.x, ctx.a, delta.contiguous().numpy(), gradient, of_x)
        return torch.from_numpy(of_x) if of_x.size else None, torch.from_numpy(gradient), None
