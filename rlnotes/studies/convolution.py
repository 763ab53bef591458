"""Convolution and cross-correlation of one image [notes 6]."""

from dataclasses import dataclass

import torch
from matplotlib.figure import Figure

from rlnotes.experiments.drawing import image
from rlnotes.experiments.experiment import Measured
from rlnotes.nn.convolution import convolve, correlate
from rlnotes.studies.base.study import Study

PICTURE = (
    "..............",
    ".#............",
    "..............",
    "......####....",
    "......#.......",
    "......###.....",
    "......#.......",
    "......#.......",
    "..............",
)
"""a point and a letter"""
KERNELS = {"uneven": [[0.0, 1.0, 0.0], [0.0, 0.0, 2.0], [0.0, 0.0, 0.0]], "symmetric": [[1.0, 2.0, 1.0]] * 3}
"""kernels by name; turned by half a turn, the first is another one, and the second the same"""


@dataclass
class Convolution(Study):
    """Convolution and cross-correlation of one image with an uneven and with a symmetric kernel [notes 6.1, 6.2]."""

    def measure(self) -> Measured:
        x = torch.tensor([[float(pixel == "#") for pixel in row] for row in PICTURE])
        found = {"image": x}
        for name, kernel in KERNELS.items():
            w = torch.tensor(kernel)
            found |= {f"{name} kernel": w, f"{name}, correlation": correlate(w, x, padding=1)}
            found |= {f"{name}, convolution": convolve(w, x, padding=1)}
        return {name: pixels.numpy() for name, pixels in found.items()}

    def draw(self, figure: Figure, found: Measured) -> None:
        for row, name in zip(figure.subplots(2, 4), KERNELS, strict=True):
            image(row[0], found["image"], "image X")
            image(row[1], found[f"{name} kernel"], f"{name} kernel W")
            image(row[2], found[f"{name}, correlation"], "correlation W ⊗ X")
            image(row[3], found[f"{name}, convolution"], "convolution W * X")

    def conclude(self, found: Measured) -> str:
        def difference(name: str) -> float:
            return float(abs(found[f"{name}, correlation"] - found[f"{name}, convolution"]).max())

        turned = torch.tensor(found["uneven kernel"]).flip(0, 1)
        again = convolve(turned, torch.tensor(found["image"]), padding=1)
        rest = float((again - torch.tensor(found["uneven, correlation"])).abs().max())
        return (
            f"With the uneven kernel convolution and correlation differ by up to {difference('uneven'):g}, with the "
            f"symmetric one by {difference('symmetric'):g}; convolution with the kernel turned by half a turn is "
            f"correlation, with a difference of {rest:g}."
        )
