"""Kernel regression by bandwidth [notes 9.1]."""

from dataclasses import dataclass

import numpy as np
import torch
from matplotlib.figure import Figure
from torch import Tensor

from rlnotes.experiments.drawing import curves
from rlnotes.experiments.experiment import Measured
from rlnotes.nn.attention import kernel_attention
from rlnotes.studies.base.study import Study


@dataclass
class KernelRegression(Study):
    """Nadaraya–Watson regression of a noisy curve, by bandwidth of the kernel [notes 9.1].

    A narrow kernel repeats the noise, a wide one loses the curve.
    Σ_i K((x − x_i) / h) y_i / Σ_j K((x − x_j) / h) with the bandwidth h, for y_i = sin x_i + ε_i, ε_i ~ N(0, noise²).
    """

    samples: int = 60
    """points (x_i, y_i)"""

    noise: float = 0.4
    """standard deviation of ε, 0 or more"""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.require_whole("samples", 2)
        self.require_at_least("noise", 0)

    def measure(self) -> Measured:
        k = 2 * torch.pi * torch.rand(self.samples).sort().values
        v = k.sin() + self.noise * torch.randn(self.samples)
        q, bandwidth = torch.linspace(0, 2 * torch.pi, 400), torch.logspace(-2, 1, 61)
        fits = torch.stack([regression(q, k, v, h) for h in bandwidth])
        others = ~torch.eye(self.samples, dtype=torch.bool)
        k_others, v_others = (part.expand(self.samples, -1)[others].view(self.samples, -1) for part in (k, v))
        left_out = torch.stack([regression(k[:, None], k_others, v_others, h)[:, 0] for h in bandwidth])
        found = {"k": k, "v": v, "q": q, "bandwidth": bandwidth, "fits": fits}
        found["error"] = (fits - q.sin()).square().mean(1).sqrt()
        found["left-out error"] = (left_out - v).square().mean(1).sqrt()
        return {name: values.numpy() for name, values in found.items()}

    def draw(self, figure: Figure, found: Measured) -> None:
        axes, errors = figure.subplots(1, 2)
        bandwidth, chosen = found["bandwidth"], found["left-out error"].argmin()
        shown = [np.searchsorted(bandwidth, 0.05), chosen, np.searchsorted(bandwidth, 3.0)]
        axes.plot(found["k"], found["v"], ".", color="0.6")
        curves(axes, found["q"], {f"h = {bandwidth[i]:.2f}": found["fits"][i] for i in shown}, xlabel="x", ylabel="y")
        axes.plot(found["q"], np.sin(found["q"]), color="0.3", linewidth=0.8, label="sin x")
        axes.legend(frameon=False)
        ys = {"to sin x": found["error"], "to each y from the others": found["left-out error"]}
        curves(
            errors, bandwidth, ys, xscale="log", xlabel="bandwidth h", ylabel="root mean square error", ylim=(0, None)
        )
        errors.axvline(bandwidth[chosen], color="0.6", linewidth=0.8)
        errors.legend(frameon=False)

    def conclude(self, found: Measured) -> str:
        chosen, best = found["left-out error"].argmin(), found["error"].argmin()
        return (
            f"Leaving out one point at a time chooses h = {found['bandwidth'][chosen]:.2f}, with an error of "
            f"{found['error'][chosen]:.3f} to the curve; the best, h = {found['bandwidth'][best]:.2f}, has "
            f"{found['error'][best]:.3f}, the narrowest {found['error'][0]:.3f}, the widest {found['error'][-1]:.3f}."
        )


def regression(q: Tensor, k: Tensor, v: Tensor, h: Tensor) -> Tensor:
    """`kernel_attention` with the bandwidth h: `q` [..., n], `k`, `v` [..., m] → [..., n]."""
    return kernel_attention(q / h, k / h, v[..., None])[..., 0]
