"""Dense layers: a linear map, its normalisation and its activation [notes 3, 4, 5]."""

from collections.abc import Sequence

from torch import Tensor, nn

from rlnotes.base.errors import SettingError
from rlnotes.nn.activations import ACTIVATIONS, Maxout, parse_activation
from rlnotes.nn.base.checks import are_sizes, require_sizes
from rlnotes.nn.base.stack import linear
from rlnotes.nn.initialisation import initialise
from rlnotes.nn.normalisation import NORMALISATIONS


class Linear(nn.Linear):
    """z = W x + b, with W initialised for the activation that follows, and b = 0.

    Initialisation of [notes 4.1, 4.2, 4.3]; its numbers are multiplied by `gain`, so Var(w) by the square of it.
    [..., inputs] → [..., outputs].
    Raises `SettingError` if the initialisation or the activation is unknown, or a size is below 1.
    """

    def __init__(
        self,
        inputs: int,
        outputs: int,
        initialisation: str = "auto",
        activation: str = "none",
        bias: bool = True,
        gain: float = 1.0,
    ) -> None:
        require_sizes(inputs=inputs, outputs=outputs)
        super().__init__(inputs, outputs, bias)
        prepare(self, initialisation, activation, gain)

    def forward(self, x: Tensor) -> Tensor:
        return linear(x, self.weight, self.bias)


def prepare(layer: nn.Linear | nn.Conv2d, initialisation: str, activation: str, gain: float = 1.0) -> None:
    """Initialise the weight of a layer for the activation that follows, times a `gain`, and its bias to 0."""
    name, parameter = parse_activation(activation) if activation != "none" else ("none", {})
    slope = parameter.get("negative_slope", nn.LeakyReLU().negative_slope if name == "leaky_relu" else 0.0)
    initialise(layer.weight.data, initialisation, name, slope)
    layer.weight.data *= gain
    if layer.bias is not None:
        nn.init.zeros_(layer.bias)


def dense(
    inputs: int, outputs: int, activation: str = "relu", initialisation: str = "auto", normalisation: str = "none"
) -> list[nn.Module]:
    """The modules of a dense layer: linear, normalisation and activation; or maxout and normalisation.

    Raises `SettingError` if the activation, the initialisation or the normalisation is unknown.
    """
    if normalisation not in NORMALISATIONS:
        raise SettingError.choice("normalisation", normalisation, NORMALISATIONS)
    name, parameter = parse_activation(activation)
    norm = [] if normalisation == "none" else [NORMALISATIONS[normalisation][0](outputs)]
    if name == "maxout":
        return [Maxout(inputs, outputs, **parameter, initialisation=initialisation), *norm]
    return [Linear(inputs, outputs, initialisation, activation), *norm, ACTIVATIONS[name](**parameter)]


class MLP(nn.Sequential):
    """Dense layers of these `widths`, then a linear layer if `outputs` is given.

    a^l = f(W^l a^{l−1} + b^l) [notes 3, 4, 5]

    [..., inputs] → [..., outputs], or [..., the last width] without `outputs`.
    Raises `SettingError` if the activation, the initialisation or the normalisation is unknown, or a size is below 1.
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
        if not are_sizes(list(widths)):
            raise SettingError("widths", widths, "must be a list of whole numbers, 1 or more each")
        layers: list[nn.Module] = []
        for width in widths:
            layers += dense(inputs, width, activation, initialisation, normalisation)
            inputs = width
        if outputs is not None:
            layers.append(Linear(inputs, outputs, initialisation))
        super().__init__(*layers)
        self.outputs = inputs if outputs is None else outputs
