"""GAN, non-saturating GAN and WGAN-GP on mixtures of Gaussians [notes 8.5 to 8.9]."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from matplotlib.figure import Figure
from matplotlib.patches import Circle
from torch import Tensor

from rlnotes.experiments.experiment import Measured
from rlnotes.figures.style import frame
from rlnotes.nn.base.stack import stack
from rlnotes.nn.gan import discriminator_value, non_saturating_loss, saturating_loss
from rlnotes.nn.mlp import MLP
from rlnotes.nn.wgan import critic_loss, generator_loss
from rlnotes.studies.base.study import Study
from rlnotes.studies.base.training import Player, train

DEVIATION = 0.1
"""standard deviation of each Gaussian; their centres are 0.75 or more apart"""
WIDTHS = [64, 64]
BATCH = 128
FEWEST = 0.008
"""share of all samples that are good samples of a covered mode, at least; an even share is 1/8 or 1/25"""
METHODS = {"GAN": saturating_loss, "non-saturating GAN": non_saturating_loss, "WGAN-GP": generator_loss}
"""methods with the loss of their generator"""


@dataclass
class GAN(Study):
    """GAN, non-saturating GAN and WGAN-GP on eight Gaussians on a circle, or 25 on a grid [notes 8.5 to 8.9].

    A sample is good if it lies within three standard deviations of a centre. A mode is covered if at least 0.8 % of all
    samples are good ones of it. The networks of all seeds are trained at once. The picture has the seed of each
    method that covers the median number of modes; samples inside a circle are good.
    Source: Srivastava et al., VEEGAN, NeurIPS 2017 (the grid, and what a good sample is).
    """

    size = (10.0, 3.8)

    modes: int = 8
    """8 on a circle or 25 on a grid"""

    seeds: int = 10
    """networks of each method, trained at once"""

    samples: int = 2_500
    """samples of each generator by which it is judged, as many as there are modes or more"""

    steps: int = 2_000
    """steps of the generator"""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.require("modes", self.modes in (8, 25), "must be 8 or 25")
        self.require("samples", self.samples >= self.modes, f"must be {self.modes} or more: one for each mode")
        for setting in ("seeds", "steps"):
            self.require_whole(setting, 1)

    @property
    def centres(self) -> Tensor:
        """The centres of the Gaussians [modes, 2]."""
        if self.modes == 8:
            angle = torch.arange(8) * torch.pi / 4
            return 1.5 * torch.stack([angle.cos(), angle.sin()], 1)
        side = torch.linspace(-1.5, 1.5, 5)
        return torch.cartesian_prod(side, side)

    def measure(self) -> Measured:
        found = {"centres": self.centres}
        for name in METHODS:
            x = self.trained(name)
            good, covered = self.judged(x)
            found |= {name: x, f"{name}, good": good, f"{name}, covered": covered}
        return {name: values.numpy() for name, values in found.items()}

    def judged(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """The share of good samples, and the number of covered modes [seeds], of samples [seeds, samples, 2]."""
        distance, mode = torch.cdist(x, self.centres).min(-1)
        good = distance < 3 * DEVIATION
        counts = torch.stack([((mode == i) & good).sum(1) for i in range(self.modes)], 1)
        return good.float().mean(1), (counts >= FEWEST * x.shape[1]).sum(1)

    def trained(self, name: str) -> Tensor:
        """Samples [seeds, samples, 2] of the generators of a method after training."""
        generators, critics = (stack([MLP(2, WIDTHS, outputs) for _ in range(self.seeds)]) for outputs in (2, 1))

        def real() -> Tensor:
            centres = self.centres[torch.randint(self.modes, (self.seeds, BATCH))]
            return centres + DEVIATION * torch.randn_like(centres)

        def fake(number: int = BATCH) -> Tensor:
            return generators(torch.randn(self.seeds, number, 2))

        def critic() -> Tensor:
            if name != "WGAN-GP":
                return -discriminator_value(critics(real()), critics(fake().detach()))
            return critic_loss(of_all_seeds, real().flatten(0, 1), fake().detach().flatten(0, 1), weight=0.1)

        def of_all_seeds(x: Tensor) -> Tensor:
            return critics(x.unflatten(0, (self.seeds, BATCH)))

        loss: Callable[[Tensor], Tensor] = METHODS[name]
        turns, rate = (3, 5e-3) if name == "WGAN-GP" else (1, 2e-3)
        train([Player(critics, critic, turns), Player(generators, lambda: loss(critics(fake())))], self.steps, rate)
        with torch.no_grad():
            return fake(self.samples)

    def draw(self, figure: Figure, found: Measured) -> None:
        for axes, name in zip(figure.subplots(1, 3, sharex=True, sharey=True), METHODS, strict=True):
            covered, good = found[f"{name}, covered"], found[f"{name}, good"]
            middle = covered.argsort(kind="stable")[len(covered) // 2]
            axes.plot(*found[name][middle].T, ".", color="0.5", markersize=1.5, alpha=0.5)
            for centre in found["centres"]:
                axes.add_patch(Circle(centre, 3 * DEVIATION, fill=False, linewidth=1.2, zorder=3))
            words = f"{covered.mean():.1f} of {self.modes} modes, {good.mean():.0%} good"
            axes.set_title(f"{name}\n{words}", fontsize="medium")
            axes.set(xlim=(-2.3, 2.3), ylim=(-2.3, 2.3), aspect="equal")
            frame(axes)

    def conclude(self, found: Measured) -> str:
        def words(name: str) -> str:
            covered, good = found[f"{name}, covered"], found[f"{name}, good"]
            whole = (covered == self.modes).sum()
            return f"{name} {covered.mean():.1f} ({whole} seeds cover all, {good.mean():.0%} of the samples are good)"

        found_by = ", ".join(words(name) for name in METHODS)
        side = np.ptp(found["centres"], axis=0).max() + 6 * DEVIATION
        chance = self.modes * np.pi * (3 * DEVIATION) ** 2 / side**2
        return (
            f"Of {self.modes} modes, {self.seeds} seeds cover on average: {found_by}; of uniform samples in the square "
            f"around the modes {chance:.0%} are good."
        )
