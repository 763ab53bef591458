"""Normalisation 规范化 [notes 5]: of inputs by what was seen so far, and of the units inside a network."""

from abc import abstractmethod

import torch
from torch import Tensor, nn

from rlnotes.nn.errors import NetworkError


def min_max(x: Tensor, least: Tensor, greatest: Tensor) -> Tensor:
    """(x − min) / (max − min), and 0 where a feature is constant [notes 5.1]. `x` [..., features], min [features]."""
    extent = greatest - least
    return torch.where(extent > 0, (x - least) / extent.where(extent > 0, 1), 0)


def standardise(x: Tensor, mean: Tensor, deviation: Tensor) -> Tensor:
    """(x − μ) / σ, and x − μ where a feature is constant [notes 5.2]. `x` [..., features], others [features]."""
    return (x - mean) / deviation.where(deviation > 0, 1)


def batch_norm(z: Tensor, gamma: Tensor, beta: Tensor, epsilon: float = 1e-5) -> Tensor:
    """(z − E[z]) / √(Var[z] + ε) · γ + β over a batch `z` [batch, units], ε inside the root [notes 5.3].

    Var is that of the batch itself, over its size. The formula of `BatchNorm`.
    Source: Ioffe & Szegedy (2015).
    """
    return (z - z.mean(0)) / (z.var(0, correction=0) + epsilon).sqrt() * gamma + beta


def layer_norm(z: Tensor, gamma: Tensor, beta: Tensor, epsilon: float = 1e-5) -> Tensor:
    """(z − μ) / √(σ² + ε) · γ + β over the M_l units of one sample, `z` [..., units] [notes 5.4].

    μ = 1/M_l Σ_i z_i,  σ² = 1/M_l Σ_i (z_i − μ)². The formula of `LayerNorm`. Source: Ba, Kiros & Hinton (2016).
    """
    mean, variance = z.mean(-1, keepdim=True), z.var(-1, keepdim=True, correction=0)
    return (z - mean) / (variance + epsilon).sqrt() * gamma + beta


class Seen(nn.Module):
    """Normalises [..., features] by the samples that it saw while training, which `state_dict` keeps.

    Raises `ValueError` where an input is not a number.
    """

    def __init__(self, features: int) -> None:
        super().__init__()
        self.features = features

    def forward(self, x: Tensor) -> Tensor:
        x = x if x.is_floating_point() else x.to(torch.get_default_dtype())
        samples = x.detach().reshape(x.shape[:-1].numel(), self.features).double()
        if not (finite := samples.isfinite().all(0)).all():
            bad = int((~finite).nonzero()[0])
            raise ValueError(f"{type(self).__name__}: feature {bad} of the input is not a finite number")
        if self.training and len(samples):
            self.see(samples)
        return self.normalise(x).to(x.dtype)

    @abstractmethod
    def see(self, x: Tensor) -> None:
        """Take the samples [n, features] into account."""

    @abstractmethod
    def normalise(self, x: Tensor) -> Tensor:
        """The input, normalised."""

    def extra_repr(self) -> str:
        return f"{self.features}"


class MinMax(Seen):
    """To [0, 1] by the least and the greatest that was seen; 0 where a feature is constant [notes 5.1]."""

    least: Tensor
    greatest: Tensor

    def __init__(self, features: int) -> None:
        super().__init__(features)
        self.register_buffer("least", torch.full((features,), torch.inf, dtype=torch.float64))
        self.register_buffer("greatest", torch.full((features,), -torch.inf, dtype=torch.float64))

    def see(self, x: Tensor) -> None:
        self.least.copy_(torch.minimum(self.least, x.amin(0)))
        self.greatest.copy_(torch.maximum(self.greatest, x.amax(0)))

    def normalise(self, x: Tensor) -> Tensor:
        return min_max(x, self.least, self.greatest)


class Standardise(Seen):
    """To mean 0 and variance 1 of what was seen; to 0 where a feature is constant [notes 5.2].

    Means and sums of squares of two samples are merged. Source: Chan, Golub & LeVeque, American Statistician 37 (1983).
    """

    count: Tensor
    mean: Tensor
    squares: Tensor

    def __init__(self, features: int) -> None:
        super().__init__(features)
        self.register_buffer("count", torch.zeros((), dtype=torch.float64))
        self.register_buffer("mean", torch.zeros(features, dtype=torch.float64))
        self.register_buffer("squares", torch.zeros(features, dtype=torch.float64))

    def see(self, x: Tensor) -> None:
        mean = x[0] + (x - x[0]).mean(0)  # without rounding where all are the same
        share, difference = len(x) / (self.count + len(x)), mean - self.mean
        self.squares.add_((x - mean).square().sum(0) + difference.square() * self.count * share)
        self.mean.add_(difference * share)
        self.count.add_(len(x))

    def normalise(self, x: Tensor) -> Tensor:
        deviation = (self.squares / self.count.clamp(min=1)).sqrt()
        return standardise(x, self.mean, deviation)


class BatchNorm(nn.BatchNorm1d):
    """`batch_norm` over a batch [batch, units] while training, then by what was seen [notes 5.3]. Torch's own.

    Raises `ValueError` of another shape, and of a batch of one while training.
    """

    def forward(self, z: Tensor) -> Tensor:
        if z.dim() != 2 or (self.training and len(z) < 2):
            what = f"needs [batch, {self.num_features}] of 2 samples or more, not {list(z.shape)}"
            raise NetworkError("normalisation", "batch", what)
        return super().forward(z)


class BatchNorm2d(nn.BatchNorm2d):
    """`batch_norm` of every channel of images [batch, channels, height, width] [notes 5.3]. Torch's own."""


class LayerNorm(nn.LayerNorm):
    """`layer_norm` over the units of each sample [..., units] [notes 5.4]. Torch's own."""


class LayerNorm2d(nn.GroupNorm):
    """`layer_norm` over a whole image [batch, channels, height, width], γ, β a channel [notes 5.4]. Torch's own."""

    def __init__(self, channels: int) -> None:
        super().__init__(1, channels)


NORMALISATIONS: dict[str, tuple[type[nn.Module], type[nn.Module]]] = {
    "none": (nn.Identity, nn.Identity),
    "batch": (BatchNorm, BatchNorm2d),
    "layer": (LayerNorm, LayerNorm2d),
}
"""normalisations of a layer by name: of units, of feature maps"""
INPUTS: dict[str, type[nn.Module]] = {"none": nn.Identity, "min_max": MinMax, "standardise": Standardise}
"""normalisations of the input by name"""
