"""Activations 激活函数 [notes 3]: torch's own under the notes' names, and Maxout, which torch lacks."""

from contextlib import suppress
from math import isfinite
from typing import Any

import torch
from torch import Tensor, nn

from rlnotes.base.errors import SettingError
from rlnotes.nn.base.stack import linear
from rlnotes.nn.initialisation import initialise


class Logistic(nn.Sigmoid):
    """σ(x) = 1 / (1 + e^{−x}), with σ' = σ (1 − σ) [notes 3.1]. Any shape; torch's own."""


class Tanh(nn.Tanh):
    """tanh(x) = (e^x − e^{−x}) / (e^x + e^{−x}) = 2σ(2x) − 1, with tanh' = 1 − tanh² [notes 3.2]. Torch's own."""


class ReLU(nn.ReLU):
    """max(x, 0): its gradient does not vanish where x > 0 [notes 3.3]. Any shape; torch's own."""


class LeakyReLU(nn.LeakyReLU):
    """x where x ≥ 0, else γ x, of the slope γ = `negative_slope` [notes 3.4]. Any shape; torch's own."""


class Softplus(nn.Softplus):
    """log(1 + e^x), a smooth ReLU whose derivative is σ(x) [notes 3.5]. Any shape; torch's own."""


class Maxout(nn.Module):
    """A layer whose units take the greatest of k linear pieces [notes 3.6].

    max_k z_k,    z_k = w_kᵀ x + b_k

    [..., inputs] → [..., outputs]. It is an activation with weights of its own, `weight` [pieces, outputs, inputs] and
    `bias` [pieces, outputs], so it stands in the place of a linear layer and the activation after it.
    Source: Goodfellow et al., Maxout networks, ICML 2013.
    """

    def __init__(self, inputs: int, outputs: int, pieces: int = 2, initialisation: str = "auto") -> None:
        super().__init__()
        if pieces < 2:
            raise SettingError("pieces", pieces, "must be 2 or more")
        self.weight = nn.Parameter(torch.empty(pieces, outputs, inputs))
        self.bias = nn.Parameter(torch.zeros(pieces, outputs))
        for piece in self.weight.data:
            initialise(piece, initialisation, "maxout")

    def forward(self, x: Tensor) -> Tensor:
        z = linear(x, self.weight.flatten(-3, -2), self.bias.flatten(-2))
        return z.unflatten(-1, self.bias.shape[-2:]).amax(-2)

    def extra_repr(self) -> str:
        pieces, outputs, inputs = self.weight.shape[-3:]
        return f"{inputs}, {outputs}, pieces={pieces}"


ACTIVATIONS: dict[str, type[nn.Module]] = {
    "logistic": Logistic,
    "tanh": Tanh,
    "relu": ReLU,
    "leaky_relu": LeakyReLU,
    "softplus": Softplus,
    "maxout": Maxout,
}
"""the activations by name; `leaky_relu:0.2` has a slope of its own, `maxout:3` so many pieces"""


def activation_of(text: str) -> tuple[str, dict[str, Any]]:
    """The name of an activation and its parameter: `leaky_relu:0.2` has a slope, `maxout:3` pieces.

    Raises `SettingError` where there is no such activation, or it has no such parameter.
    """
    name, colon, number = str(text).partition(":")
    if name not in ACTIVATIONS:
        raise SettingError.choice("activation", text, ACTIVATIONS)
    if not colon:
        return name, {}
    with suppress(ValueError):
        if name == "leaky_relu" and isfinite(slope := float(number)):
            return name, {"negative_slope": slope}
        if name == "maxout" and (pieces := int(number)) >= 2:
            return name, {"pieces": pieces}
    raise SettingError("activation", text, "must be a name, leaky_relu:SLOPE or maxout:PIECES, 2 or more")
