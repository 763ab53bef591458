"""Activations 激活函数 [notes 3]: those of torch under the names of the notes, and Maxout, which torch lacks."""

from contextlib import suppress
from math import isfinite
from typing import Any

import torch
from torch import Tensor, nn

from rlnotes.base.errors import SettingError
from rlnotes.nn.base.checks import require_sizes
from rlnotes.nn.base.stack import linear
from rlnotes.nn.initialisation import initialise


class Logistic(nn.Sigmoid):
    """σ(x) = 1 / (1 + e^{−x}), with σ' = σ (1 − σ) [notes 3.1].

    Any shape; implemented by torch.
    """


class Tanh(nn.Tanh):
    """tanh(x) = (e^x − e^{−x}) / (e^x + e^{−x}) [notes 3.2].

    tanh(x) = 2σ(2x) − 1, with tanh' = 1 − tanh². Any shape; implemented by torch.
    """


class ReLU(nn.ReLU):
    """max(x, 0): its gradient does not vanish for x > 0 [notes 3.3].

    Any shape; implemented by torch.
    """


class LeakyReLU(nn.LeakyReLU):
    """x if x ≥ 0, else γ x with the slope γ = `negative_slope` [notes 3.4].

    Any shape; implemented by torch.
    """


class Softplus(nn.Softplus):
    """log(1 + e^x), a smooth ReLU whose derivative is σ(x) [notes 3.5].

    Any shape; implemented by torch.
    """


class Maxout(nn.Module):
    """A layer in which every unit is the largest of k linear pieces [notes 3.6].

    max_k z_k,    z_k = w_kᵀ x + b_k

    [..., inputs] → [..., outputs]. Maxout has its own parameters, `weight` [pieces, outputs, inputs] and `bias`
    [pieces, outputs], so it replaces both a linear layer and the activation after it.
    Raises `SettingError` if `pieces` is below 2, or another size below 1.
    Source: Goodfellow et al., Maxout networks, ICML 2013.
    """

    def __init__(self, inputs: int, outputs: int, pieces: int = 2, initialisation: str = "auto") -> None:
        super().__init__()
        require_sizes(inputs=inputs, outputs=outputs)
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
"""the activations by name; `leaky_relu:0.2` sets the slope, `maxout:3` the number of pieces"""


def parse_activation(text: str) -> tuple[str, dict[str, Any]]:
    """Parse `relu`, `leaky_relu:0.2` or `maxout:3`: the name of the activation, and its parameter by keyword.

    Raises `SettingError` if the name is unknown, or the activation has no such parameter.
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
    raise SettingError("activation", text, "must be a name, leaky_relu:SLOPE, or maxout:PIECES with 2 pieces or more")
