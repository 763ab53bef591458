"""The variance of signals and gradients through many layers, by initialisation [notes 4]."""

from dataclasses import dataclass, field

import numpy as np
import torch
from matplotlib.figure import Figure

from rlnotes.experiments.drawing import curves
from rlnotes.experiments.experiment import Measured
from rlnotes.nn.base.checks import are_sizes
from rlnotes.nn.initialisation import initialise
from rlnotes.nn.mlp import MLP, Linear
from rlnotes.studies.base.study import Study

SCHEMES = {
    "1 / inputs": ("fan_in_normal", "none"),
    "1 / outputs": ("fan_out_normal", "none"),
    "Xavier": ("xavier_normal", "tanh"),
    "Xavier for logistic": ("xavier_normal", "logistic"),
    "He": ("he_normal", "relu"),
    "torch": ("torch", "none"),
}
"""scheme, and the activation that it fits, by label"""


@dataclass
class Initialisation(Study):
    """The size of units and gradients in every layer, by initialisation of the weights [notes 4.1, 4.2, 4.3].

    The layers narrow, so 1 / inputs and 1 / outputs differ. The size is a mean square.
    """

    size = (10.0, 6.0)

    widths: list[int] = field(default_factory=lambda: [400, 300, 225, 170, 127, 95, 71, 53, 40, 30])
    """units of the input and of each layer"""

    networks: int = 20
    """networks whose geometric mean is drawn"""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.require("widths", are_sizes(self.widths) and len(self.widths) > 1, "must be 2 whole numbers or more")
        self.require_whole("networks", 1)

    def measure(self) -> Measured:
        found: Measured = {}
        for activation in ("logistic", "tanh", "relu"):
            for label, (scheme, fits) in SCHEMES.items():
                forward, backward = squares(activation, scheme, fits, self.widths, self.networks)
                found |= {f"{activation}, forward, {label}": forward, f"{activation}, backward, {label}": backward}
        return found

    def draw(self, figure: Figure, found: Measured) -> None:
        panels = figure.subplots(2, 3, sharex=True)
        for row, (way, of) in zip(panels, {"forward": "input", "backward": "last layer"}.items(), strict=True):
            for axes, activation in zip(row, ("logistic", "tanh", "relu"), strict=True):
                ys = {label: found[f"{activation}, {way}, {label}"] for label in SCHEMES}
                curves(axes, range(len(self.widths)), ys, yscale="log", title=f"{activation}, {way}")
            row[0].set_ylabel(f"mean square of {'units' if way == 'forward' else 'gradients'},\nover that of the {of}")
        for axes in panels[1]:
            axes.set_xlabel("layer")
        figure.legend(*panels[0, 0].get_legend_handles_labels(), frameon=False, loc="outside lower center", ncols=6)

    def conclude(self, found: Measured) -> str:
        def change(activation: str, way: str, label: str) -> str:
            return f"{found[f'{activation}, {way}, {label}'][-1 if way == 'forward' else 0]:.2g}"

        return (
            f"Through {len(self.widths) - 1} ReLU layers, He's weights change the mean square of the units by a factor "
            f"of {change('relu', 'forward', 'He')} and torch's by {change('relu', 'forward', 'torch')}; through "
            f"logistic layers, Xavier's weights for tanh change that of the gradients by "
            f"{change('logistic', 'backward', 'Xavier')}, and weights with 16 times the variance by "
            f"{change('logistic', 'backward', 'Xavier for logistic')}."
        )


def squares(
    activation: str, scheme: str, fits: str, widths: list[int], networks: int = 1
) -> tuple[np.ndarray, np.ndarray]:
    """Mean squares of the units a^l over those of the input, and of ∂L/∂a^l over those of the last layer [layers + 1].

    The weights fit the activation `fits`; empty: that of the network. Inputs are small, N(0, 0.1²), so tanh is nearly
    linear, as the argument of [notes 4.1] assumes. Geometric means over networks.
    """
    forward: list[list[float]] = []
    backward: list[list[float]] = []
    for _ in range(networks):
        network = MLP(widths[0], widths[1:], activation=activation, initialisation=scheme)
        units = [(torch.randn(64, widths[0]) / 10).requires_grad_()]
        a = units[0]
        for layer in network:
            if isinstance(layer, Linear):
                initialise(layer.weight.data, scheme, fits or activation)
                a = layer(a)
            else:
                units.append(a := layer(a))
        gradients = torch.autograd.grad(a, units, torch.randn_like(a))
        for found, parts in ((forward, units), (backward, gradients)):
            found.append([part.detach().square().mean().log().item() for part in parts])
    first, last = np.mean(forward, axis=0), np.mean(backward, axis=0)
    return np.exp(first - first[0]), np.exp(last - last[-1])
