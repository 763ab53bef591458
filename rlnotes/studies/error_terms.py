"""How far gradients reach back through recurrent layers [notes 7.4]."""

from dataclasses import dataclass

import numpy as np
import torch
from matplotlib.figure import Figure

from rlnotes.experiments.drawing import curves
from rlnotes.experiments.experiment import Measured
from rlnotes.nn.base.bodies import RECURRENT, Recurrent
from rlnotes.nn.base.stack import stack
from rlnotes.nn.mlp import MLP
from rlnotes.nn.recurrent import error_terms
from rlnotes.studies.base.study import Study


@dataclass
class ErrorTerms(Study):
    """How the gradient of a loss at step t shrinks on its way back to step k, in recurrent layers [notes 7.4].

    ‖δ_{t,k}‖ of untrained layers, with Xavier's weights (He's for relu).
    """

    size = (6.4, 4.0)

    length: int = 100
    """steps of a sequence; the loss is at the last one"""

    units: int = 32
    """units of a layer"""

    window: int = 100
    """steps that the initial gates of lstm and gru retain"""

    networks: int = 10
    """networks whose geometric mean is drawn"""

    def __post_init__(self) -> None:
        super().__post_init__()
        for setting in ("length", "units", "window", "networks"):
            self.require_whole(setting, 1)

    def measure(self) -> Measured:
        found = {"distance": np.arange(self.length)}
        x, outer = torch.randn(self.networks, 16, self.length, 8).double(), torch.randn(16, self.units)
        for body in RECURRENT:
            made = [Recurrent(body, MLP(8, []), self.units, self.window, "auto").layer for _ in range(self.networks)]
            delta = error_terms(stack(made).double(), x, lambda h: (outer * h[..., -1, :]).sum())
            norm = delta.norm(dim=-1).clamp(min=1e-300).log().mean((0, 1)).flip(0)
            found[body] = (norm - norm[0]).exp().numpy()
        return found

    def draw(self, figure: Figure, found: Measured) -> None:
        axes = figure.subplots()
        ys = {body: found[body] for body in RECURRENT}
        curves(axes, found["distance"], ys, yscale="log", xlabel="steps back, t − k", ylabel="‖δ_{t,k}‖ / ‖δ_{t,t}‖")
        axes.set_ylim(1e-9, None)
        axes.legend(frameon=False)

    def conclude(self, found: Measured) -> str:
        ends = ", ".join(f"{found[body][-1]:.1g} ({body})" for body in RECURRENT)
        return (
            f"From the last step to {self.length - 1} steps before, the norm of δ changes by a factor of {ends}; the "
            f"gates begin so that they retain about {self.window} steps."
        )
