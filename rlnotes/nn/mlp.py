"""Dense layers, from the notes' activations, initialisations and normalisations."""

from collections.abc import Sequence

from torch import Tensor, nn

from rlnotes.base.errors import SettingError
from rlnotes.nn.activations import ACTIVATIONS, Maxout, activation_of
from rlnotes.nn.base.stack import linear
from rlnotes.nn.initialisation import initialise
from rlnotes.nn.normalisation import NORMALISATIONS


class Linear(nn.Linear):
    """z = W x + b, with weights that fit the activation that follows and b = 0 [notes 4.1, 4.2, 4.3]. Torch's own."""

    def __init__(
        self, inputs: int, outputs: int, initialisation: str = "auto", activation: str = "none", bias: bool = True
    ) -> None:
        super().__init__(inputs, outputs, bias)
        prepare(self, initialisation, activation)

    def forward(self, x: Tensor) -> Tensor:
        return linear(x, self.weight, self.bias)


def prepare(layer: nn.Linear | nn.Conv2d, initialisation: str, activation: str) -> None:
    """Initialise the weight of a layer to fit the activation that follows, and its biases to 0."""
    name, parameter = activation_of(activation) if activation != "none" else ("none", {})
    slope = parameter.get("negative_slope", nn.LeakyReLU().negative_slope if name == "leaky_relu" else 0.0)
    initialise(layer.weight.data, initialisation, name, slope)
    if layer.bias is not None:
        nn.init.zeros_(layer.bias)


def dense(
    inputs: int, outputs: int, activation: str = "relu", initialisation: str = "auto", normalisation: str = "none"
) -> list[nn.Module]:
    """A linear layer, its normalisation and its activation; or maxout, linear itself, and its normalisation."""
    if normalisation not in NORMALISATIONS:
        raise SettingError.choice("normalisation", normalisation, NORMALISATIONS)
    name, parameter = activation_of(activation)
    norm = [] if normalisation == "none" else [NORMALISATIONS[normalisation][0](outputs)]
    if name == "maxout":
        return [Maxout(inputs, outputs, **parameter, initialisation=initialisation), *norm]
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
