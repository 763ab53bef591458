"""Activations and their derivatives [notes 3]."""

from dataclasses import dataclass
from itertools import pairwise

import torch
from matplotlib.figure import Figure

from rlnotes.experiments.drawing import curves
from rlnotes.experiments.experiment import Measured
from rlnotes.nn.activations import LeakyReLU, Logistic, ReLU, Softplus, Tanh
from rlnotes.studies.base.study import Study


@dataclass
class Activations(Study):
    """Activations and their derivatives, by automatic differentiation [notes 3.1 to 3.5]."""

    slope: float = 0.1
    """slope of leaky ReLU for x < 0"""

    layers: int = 10
    """layers of a network for which the sentence multiplies the largest derivatives"""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.require_whole("layers", 1)

    def measure(self) -> Measured:
        x = torch.linspace(-5, 5, 1_001).requires_grad_()
        functions = {
            "logistic": Logistic(),
            "tanh": Tanh(),
            "ReLU": ReLU(),
            "leaky ReLU": LeakyReLU(self.slope),
            "softplus": Softplus(),
        }
        found = {"x": x.detach().numpy()}
        for name, f in functions.items():
            y = f(x)
            [slope] = torch.autograd.grad(y.sum(), x)
            found |= {name: y.detach().numpy(), f"{name}, derivative": slope.numpy()}
        return found

    def draw(self, figure: Figure, found: Measured) -> None:
        values, slopes = figure.subplots(1, 2)
        _, *names = found
        pairs = list(pairwise(names))[::2]
        curves(
            values, found["x"], {value: found[value] for value, _ in pairs}, title="f(x)", xlabel="x", ylim=(-1.5, 3)
        )
        curves(slopes, found["x"], {value: found[slope] for value, slope in pairs}, title="f'(x)", xlabel="x")
        values.legend(frameon=False)

    def conclude(self, found: Measured) -> str:
        steepest = {name: found[f"{name}, derivative"].max() for name in ("logistic", "tanh", "ReLU")}
        shares = ", ".join(f"{slope**self.layers:.2g} for {name}" for name, slope in steepest.items())
        return (
            f"The largest derivative is {steepest['logistic']:.2f} for logistic and {steepest['tanh']:.2f} for tanh "
            f"and ReLU, so {self.layers} activations multiply a gradient by at most {shares}."
        )
