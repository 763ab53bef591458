"""Dense layers, from the notes' activations, initialisations and normalisations."""

from collections.abc import Sequence
from contextlib import suppress
from math import isfinite
from typing import Any

from torch import nn

from rlnotes.nn.activations import ACTIVATIONS, Maxout
from rlnotes.nn.errors import NetworkError, unknown
from rlnotes.nn.initialisation import initialise
from rlnotes.nn.normalisation import NORMALISATIONS


def activation_of(text: str) -> tuple[str, dict[str, Any]]:
    """The name of an activation and its parameter: `leaky_relu:0.2` has a slope, `maxout:3` pieces.

    Raises `NetworkError` where there is no such activation, or it has no such parameter.
    """
    name, colon, number = str(text).partition(":")
    if name not in ACTIVATIONS:
        raise unknown("activation", text, ACTIVATIONS)
    if not colon:
        return name, {}
    with suppress(ValueError):
        if name == "leaky_relu" and isfinite(slope := float(number)):
            return name, {"negative_slope": slope}
        if name == "maxout" and (pieces := int(number)) >= 2:
            return name, {"pieces": pieces}
    raise NetworkError("activation", text, "must be a name, leaky_relu:SLOPE or maxout:PIECES, 2 or more")


class Linear(nn.Linear):
    """z = W x + b, with weights that fit the activation that follows and b = 0 [notes 4.1, 4.2, 4.3]. Torch's own."""

    def __init__(
        self, inputs: int, outputs: int, initialisation: str = "auto", activation: str = "none", bias: bool = True
    ) -> None:
        super().__init__(inputs, outputs, bias)
        prepare(self, initialisation, activation)


def prepare(layer: nn.Linear | nn.Conv2d | Maxout, initialisation: str, activation: str) -> None:
    """Initialise the weight of a layer to fit the activation that follows, and its biases to 0."""
    name, parameter = activation_of(activation) if activation != "none" else ("none", {})
    slope = parameter.get("negative_slope", nn.LeakyReLU().negative_slope if name == "leaky_relu" else 0.0)
    for weight in layer.weight.data if isinstance(layer, Maxout) else [layer.weight.data]:
        initialise(weight, initialisation, name, slope)
    if layer.bias is not None:
        nn.init.zeros_(layer.bias)


def dense(
    inputs: int, outputs: int, activation: str = "relu", initialisation: str = "auto", normalisation: str = "none"
) -> list[nn.Module]:
    """A linear layer, its normalisation and its activation; or maxout, linear itself, and its normalisation."""
    if normalisation not in NORMALISATIONS:
        raise unknown("normalisation", normalisation, NORMALISATIONS)
    name, parameter = activation_of(activation)
    norm = [] if normalisation == "none" else [NORMALISATIONS[normalisation][0](outputs)]
    if name == "maxout":
        maxout = Maxout(inputs, outputs, **parameter)
        prepare(maxout, initialisation, activation)
        return [maxout, *norm]
    return [Linear(inputs, outputs, initialisation, activation), *norm, ACTIVATIONS[name](**parameter)]


class MLP(nn.Sequential):
    """Dense layers of the `widths`, and a linear one to the `outputs` where they are told [notes 3, 4, 5].

    a^l = f(W^l a^{l−1} + b^l),    [..., inputs] → [..., outputs], or the last of the widths
    """

    def __init__(
        self,
        inputs: int,
        widths: Sequence[int],
        outputs: int | None = None,
        activation: str = "relu",
        initialisation: str = "auto",
        normalisation: str = "none",
    ) -> None:
        layers: list[nn.Module] = []
        for width in widths:
            layers += dense(inputs, width, activation, initialisation, normalisation)
            inputs = width
        if outputs is not None:
            layers.append(Linear(inputs, outputs, initialisation))
        super().__init__(*layers)
        self.outputs = inputs if outputs is None else outputs
