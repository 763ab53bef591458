"""Mode collapse: a normal distribution fitted to two modes, by forward and by reverse divergence [notes 8.7]."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
import torch
from matplotlib.figure import Figure
from torch import Tensor, nn
from torch.distributions import Normal

from rlnotes.experiments.drawing import curves
from rlnotes.experiments.experiment import Measured
from rlnotes.nn.base.stack import stack
from rlnotes.nn.gan import js_divergence, kl_divergence
from rlnotes.studies.base.study import Study
from rlnotes.studies.base.training import Player, train

Divergence = Callable[[Tensor, Tensor, Tensor], Tensor]
OBJECTIVES: dict[str, Divergence] = {
    "KL(p_r ‖ p_θ), forward": kl_divergence,
    "KL(p_θ ‖ p_r), reverse": lambda p, q, x: kl_divergence(q, p, x),
    "JS(p_r, p_θ)": js_divergence,
}


_, REVERSE, _ = OBJECTIVES


def right_of_0(density: np.ndarray, x: np.ndarray) -> np.ndarray:
    """The probability of x > 0 of densities [..., points]."""
    return np.trapezoid(np.where(x > 0, density, 0), x)


class Fit(nn.Module):
    """The normal distribution p_θ = N(μ, σ²)."""

    def __init__(self, mean: float) -> None:
        super().__init__()
        self.mean, self.log_deviation = nn.Parameter(torch.tensor([mean])), nn.Parameter(torch.zeros(1))

    def forward(self, x: Tensor) -> Tensor:
        """The density at `x` [points]."""
        return Normal(self.mean, self.log_deviation.exp()).log_prob(x).exp()


@dataclass
class ModeCollapse(Study):
    """A normal distribution fitted to two modes, by forward KL, reverse KL and JS [notes 8.7].

    The forward divergence is least for a fit that covers both modes, the reverse one for a fit to a single mode.
    The densities are on a grid, so nothing but the start of the mean is random.
    """

    distance: float = 6.0
    """distance of the two modes, whose standard deviations are 1; from 0 to 12"""

    share: float = 0.6
    """probability of the right mode"""

    fits: int = 20
    """fits, from means that are spread evenly over both modes"""

    steps: int = 2_000
    """steps of each fit"""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.require("distance", 0 <= self.distance <= 12, "must be from 0 to 12")
        self.require_probability("share")
        for setting in ("fits", "steps"):
            self.require_whole(setting, 1)

    def measure(self) -> Measured:
        x = torch.linspace(-14, 14, 561, dtype=torch.float64)
        left, right = (Normal(mean, 1.0).log_prob(x).exp() for mean in (-self.distance / 2, self.distance / 2))
        p = (1 - self.share) * left + self.share * right
        found = {"x": x, "p": p}
        for name, divergence in OBJECTIVES.items():
            starts = torch.linspace(-self.distance / 2, self.distance / 2, self.fits + 1)[:-1] + 0.1
            fits = stack([Fit(float(mean)).double() for mean in starts])
            train([Player(fits, partial(self.mean_of, divergence, fits, p, x))], self.steps, 0.1)
            found[name] = fits(x).detach()
            found[f"{name}, value"] = divergence(p, found[name], x)
        return {name: values.numpy() for name, values in found.items()}

    def mean_of(self, divergence: Divergence, fits: nn.Module, p: Tensor, x: Tensor) -> Tensor:
        """The mean divergence of the fits."""
        return divergence(p.expand(self.fits, -1), fits(x), x).mean()

    def draw(self, figure: Figure, found: Measured) -> None:
        for axes, name in zip(figure.subplots(1, 3, sharey=True), OBJECTIVES, strict=True):
            axes.fill_between(found["x"], found["p"], color="0.85", label="p_r, two modes")
            best = found[f"{name}, value"].argmin()
            curves(axes, found["x"], {"p_θ, best fit": found[name][best]}, title=name, xlabel="x", xlim=(-9, 9))
            thin = axes.plot(found["x"], found[name].T, color="0.35", linestyle=":", linewidth=1, zorder=1)
            thin[0].set_label(f"p_θ, all {self.fits} fits")
        figure.axes[0].legend(frameon=False, loc="upper left")
        figure.axes[0].set_ylabel("density")

    def conclude(self, found: Measured) -> str:
        def covering(name: str) -> int:
            mass = right_of_0(found[name], found["x"])
            return int(((mass > 0.1) & (mass < 0.9)).sum())

        counts = ", ".join(f"{covering(name)} with {name}" for name in OBJECTIVES)
        return (
            f"Of {self.fits} fits, these have at least a tenth of their mass on each side of 0: {counts}; the reverse "
            f"divergence is least, {found[f'{REVERSE}, value'].min():.2f}, for a fit that has "
            f"{right_of_0(found[REVERSE][found[f'{REVERSE}, value'].argmin()], found['x']):.0%} at the right mode."
        )
