"""An autoencoder on images of digits, beside principal components [notes 8.1]."""

from dataclasses import dataclass, field

import torch
from matplotlib.figure import Figure

from rlnotes.experiments.drawing import image, tiles
from rlnotes.experiments.experiment import Measured
from rlnotes.nn.autoencoder import Autoencoder
from rlnotes.nn.base.checks import are_sizes
from rlnotes.nn.base.stack import stack
from rlnotes.studies.base.digits import SIDE, digits
from rlnotes.studies.base.study import Study
from rlnotes.studies.base.training import Player, train

SHOWN = 12


@dataclass
class DigitsAutoencoder(Study):
    """An autoencoder on digits of 64 pixels: new digits, from a code of a few numbers [notes 8.1].

    As many principal components are the best linear autoencoder.
    """

    size = (9.0, 4.2)

    code: int = 10
    """numbers of a code, 64 or fewer"""

    widths: list[int] = field(default_factory=lambda: [64])
    """layers between image and code, and, reversed, between code and image"""

    steps: int = 8_000
    """batches of 256 images"""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.require("code", 1 <= self.code <= SIDE**2, f"must be from 1 to {SIDE**2}")
        self.require("widths", are_sizes(self.widths), "must be a list of whole numbers, 1 or more each")
        self.require_whole("steps", 1)

    def measure(self) -> Measured:
        known, new = digits("autoencoder")
        model = stack([Autoencoder(SIDE**2, self.code, self.widths)])
        train([Player(model, lambda: model.loss(known[torch.randint(len(known), (1, 256))]).mean())], self.steps, 1e-2)
        mean = known.mean(0)
        _, axes = torch.linalg.eigh((known - mean).T @ (known - mean))
        components = axes[:, -self.code :]
        made = {"mean": mean.expand_as(new), "principal components": mean + (new - mean) @ components @ components.T}
        with torch.no_grad():
            made["autoencoder"] = model(new[None])[0]
        return {"digits": new.numpy()} | {name: images.numpy() for name, images in made.items()}

    def draw(self, figure: Figure, found: Measured) -> None:
        names = ["digits", "principal components", "autoencoder"]
        for axes, name in zip(figure.subplots(3, 1), names, strict=True):
            image(axes, tiles(found[name][None, :SHOWN], SIDE), vmin=0, vmax=1)
            axes.set_ylabel(name.replace(" ", "\n"), rotation=0, ha="right", va="center")

    def conclude(self, found: Measured) -> str:
        error = {name: ((found[name] - found["digits"]) ** 2).sum(1).mean() for name in list(found)[1:]}
        return (
            f"With a code of {self.code} numbers, the mean squared error ‖x − x'‖² on new digits is "
            f"{error['autoencoder']:.2f} for the autoencoder and {error['principal components']:.2f} for as many "
            f"principal components; the mean image has {error['mean']:.2f}."
        )
