"""Normalisation 规范化 [notes 5]: of inputs, by the samples seen so far, and of units inside a network."""

from abc import abstractmethod
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from rlnotes.base.errors import SettingError
from rlnotes.nn.base.checks import require_sizes
from rlnotes.nn.base.stack import broadcast


def min_max(x: Tensor, least: Tensor, greatest: Tensor) -> Tensor:
    """(x − min) / (max − min), or 0 for a constant feature [notes 5.1]. `x` [..., features], others [features]."""
    extent = greatest - least
    return torch.where(extent > 0, (x - least) / extent.where(extent > 0, 1), 0)


def standardise(x: Tensor, mean: Tensor, deviation: Tensor) -> Tensor:
    """(x − μ) / σ, or x − μ for a constant feature [notes 5.2]. `x` [..., features], others [features]."""
    return (x - mean) / deviation.where(deviation > 0, 1)


def batch_norm(z: Tensor, gamma: Tensor, beta: Tensor, epsilon: float = 1e-5) -> Tensor:
    """(z − E[z]) / √(Var[z] + ε) · γ + β over a batch `z` [batch, units], ε inside the root [notes 5.3].

    Var is the variance of the batch, divided by its size (not its size − 1). The formula of `BatchNorm`.
    Source: Ioffe & Szegedy (2015).
    """
    return (z - z.mean(0)) / (z.var(0, correction=0) + epsilon).sqrt() * gamma + beta


def layer_norm(z: Tensor, gamma: Tensor, beta: Tensor, epsilon: float = 1e-5) -> Tensor:
    """(z − μ) / √(σ² + ε) · γ + β over the M_l units of one sample, `z` [..., units] [notes 5.4].

    μ = 1/M_l Σ_i z_i,  σ² = 1/M_l Σ_i (z_i − μ)². The formula of `LayerNorm`.
    Source: Ba, Kiros & Hinton (2016).
    """
    mean, variance = z.mean(-1, keepdim=True), z.var(-1, keepdim=True, correction=0)
    return (z - mean) / (variance + epsilon).sqrt() * gamma + beta


class InputNormalisation(nn.Module):
    """Normalise inputs by statistics of all samples seen in training mode.

    [..., features] → the same shape. `state_dict` holds the statistics, in float64 for inputs of any precision.
    Raises `SettingError` if `features` is below 1, and `ValueError` if an input is infinite or NaN.
    """

    def __init__(self, features: int) -> None:
        super().__init__()
        require_sizes(features=features)
        self.features = features

    def _apply(self, fn: Any, recurse: bool = True) -> Any:
        """Move the statistics to another device; they keep their precision, since a half counts to 2048."""
        before = dict(self.named_buffers())
        super()._apply(fn, recurse)  # type: ignore[no-untyped-call]
        for name, buffer in before.items():
            setattr(self, name, exact(buffer, getattr(self, name)))
        return self

    def forward(self, x: Tensor) -> Tensor:
        x = x if x.is_floating_point() else x.to(torch.get_default_dtype())
        samples = x.detach().reshape(x.shape[:-1].numel(), self.features).double()
        if not (finite := samples.isfinite().all(0)).all():
            bad = int((~finite).nonzero()[0])
            raise ValueError(f"{type(self).__name__}: feature {bad} of the input is not a finite number")
        if self.training and len(samples):
            networks = next(self.buffers()).shape[:-1]
            samples = samples.reshape(*networks, len(samples) // networks.numel(), self.features)
            self.update(samples)
        return self.normalise(x).to(x.dtype)

    @abstractmethod
    def update(self, x: Tensor) -> None:
        """Update the statistics with the samples [..., n, features]."""

    @abstractmethod
    def normalise(self, x: Tensor) -> Tensor:
        """Normalise the input by the statistics."""

    def extra_repr(self) -> str:
        return f"{self.features}"


def exact(before: Tensor, after: Tensor) -> Tensor:
    """A moved buffer, in the precision that it had before."""
    return after if after.dtype == before.dtype else before.to(after.device)


class MinMax(InputNormalisation):
    """Scale inputs to [0, 1] by `min_max` with the extremes seen so far [notes 5.1]."""

    least: Tensor
    greatest: Tensor

    def __init__(self, features: int) -> None:
        super().__init__(features)
        self.register_buffer("least", torch.full((features,), torch.inf, dtype=torch.float64))
        self.register_buffer("greatest", torch.full((features,), -torch.inf, dtype=torch.float64))

    def update(self, x: Tensor) -> None:
        self.least.copy_(torch.minimum(self.least, x.amin(-2)))
        self.greatest.copy_(torch.maximum(self.greatest, x.amax(-2)))

    def normalise(self, x: Tensor) -> Tensor:
        return min_max(x, broadcast(self.least, x), broadcast(self.greatest, x))


class Standardise(InputNormalisation):
    """Scale inputs by `standardise` with the statistics seen so far [notes 5.2].

    The means and sums of squares of old and new samples are merged exactly.
    Source: Chan, Golub & LeVeque, American Statistician 37 (1983).
    """

    count: Tensor
    mean: Tensor
    squares: Tensor

    def __init__(self, features: int) -> None:
        super().__init__(features)
        self.register_buffer("count", torch.zeros(1, dtype=torch.float64))
        self.register_buffer("mean", torch.zeros(features, dtype=torch.float64))
        self.register_buffer("squares", torch.zeros(features, dtype=torch.float64))

    def update(self, x: Tensor) -> None:
        number, first = x.shape[-2], x[..., :1, :]
        mean = first + (x - first).mean(-2, keepdim=True)  # exact if all samples are equal
        share, difference = number / (self.count + number), mean.squeeze(-2) - self.mean
        self.squares.add_((x - mean).square().sum(-2) + difference.square() * self.count * share)
        self.mean.add_(difference * share)
        self.count.add_(number)

    def normalise(self, x: Tensor) -> Tensor:
        deviation = (self.squares / self.count.clamp(min=1)).sqrt()
        return standardise(x, broadcast(self.mean, x), broadcast(deviation, x))


class BatchNorm(nn.BatchNorm1d):
    """`batch_norm`: over the batch in training, else by running averages [notes 5.3].

    [batch, units] → the same. Implemented by torch.
    Raises `SettingError` for another shape, and for a batch of one in training.
    """

    def __init__(self, units: int, **settings: Any) -> None:
        require_sizes(units=units)
        super().__init__(units, **settings)

    def forward(self, z: Tensor) -> Tensor:
        if z.dim() != 1 + self.weight.dim() or (self.training and z.shape[-2] < 2):
            requirement = f"needs [batch, {self.num_features}] of 2 samples or more, not {list(z.shape)}"
            raise SettingError("normalisation", "batch", requirement)
        return super().forward(z) if self.weight.dim() == 1 else batch_norm_of_many(self, z)


class BatchNorm2d(nn.BatchNorm2d):
    """`batch_norm` per channel of images [notes 5.3].

    [batch, channels, height, width] → the same. Implemented by torch.
    """

    def __init__(self, channels: int, **settings: Any) -> None:
        require_sizes(channels=channels)
        super().__init__(channels, **settings)

    def forward(self, z: Tensor) -> Tensor:
        return super().forward(z) if self.weight.dim() == 1 else batch_norm_of_many(self, z)


def batch_norm_of_many(norm: nn.BatchNorm1d | nn.BatchNorm2d, z: Tensor) -> Tensor:
    """Apply the batch norm of each network of a stack to its `z` [networks, batch, units, ...], in one call."""
    parts: Any = norm.running_mean, norm.running_var, norm.weight, norm.bias
    mean, variance, gamma, beta = (part.flatten() for part in parts)
    how = norm.training, norm.momentum or 0.0, norm.eps
    y = functional.batch_norm(z.transpose(0, 1).flatten(1, 2), mean, variance, gamma, beta, *how)
    return y.unflatten(1, norm.weight.shape).transpose(0, 1)


class LayerNorm(nn.LayerNorm):
    """`layer_norm` over the units of each sample [notes 5.4].

    [..., units] → the same. Implemented by torch.
    """

    def __init__(self, units: int, **settings: Any) -> None:
        require_sizes(units=units)
        super().__init__(units, **settings)

    def forward(self, z: Tensor) -> Tensor:
        if self.weight.dim() == 1:
            return super().forward(z)
        normal = functional.layer_norm(z, self.normalized_shape, eps=self.eps)
        return normal * broadcast(self.weight, z) + broadcast(self.bias, z)


class LayerNorm2d(nn.GroupNorm):
    """`layer_norm` over a whole image, with γ and β per channel [notes 5.4].

    [batch, channels, height, width] → the same. Implemented by torch.
    """

    def __init__(self, channels: int) -> None:
        require_sizes(channels=channels)
        super().__init__(1, channels)

    def forward(self, z: Tensor) -> Tensor:
        if self.weight.dim() == 1:
            return super().forward(z)
        normal = functional.layer_norm(z, z.shape[-3:], eps=self.eps)
        scale, shift = (part[:, None, :, None, None] for part in (self.weight, self.bias))
        return normal * scale + shift


NORMALISATIONS: dict[str, tuple[type[nn.Module], type[nn.Module]]] = {
    "none": (nn.Identity, nn.Identity),
    "batch": (BatchNorm, BatchNorm2d),
    "layer": (LayerNorm, LayerNorm2d),
}
"""normalisations inside a network by name: of units, and of feature maps"""
INPUTS: dict[str, type[nn.Module]] = {"none": nn.Identity, "min_max": MinMax, "standardise": Standardise}
"""normalisations of inputs by name"""
