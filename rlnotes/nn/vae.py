"""The variational autoencoder 变分自编码器 [notes 8.2 to 8.4]."""

from collections.abc import Sequence
from math import inf, log, pi

import torch
from torch import Tensor, nn

from rlnotes.base.errors import SettingError
from rlnotes.nn.base.checks import require_sizes
from rlnotes.nn.mlp import MLP


def reparameterise(mean: Tensor, deviation: Tensor, noise: Tensor) -> Tensor:
    """z = μ_I + σ_I ⊙ ε with `noise` ε ~ N(0, I): differentiable in μ_I and σ_I [notes 8.3]. Any shape."""
    return mean + deviation * noise


def kl_to_standard_normal(mean: Tensor, covariance: Tensor) -> Tensor:
    """KL(N(μ, Σ) ‖ N(0, I)) = ½ (tr Σ + μᵀμ − d − log|Σ|) [notes 8.4]. `mean` [..., d], `covariance` [..., d, d]."""
    trace = covariance.diagonal(dim1=-2, dim2=-1).sum(-1)
    return (trace + mean.square().sum(-1) - mean.shape[-1] - covariance.logdet()) / 2


def log_deviation_of(u: Tensor) -> Tensor:
    """log σ for σ = e^u if u ≤ 0, else 1 + u: above 0 for every u, smooth at 0, and without overflow. Any shape."""
    return torch.where(u > 0, u.clamp(min=0).log1p(), u)


def normal_log_density(x: Tensor, mean: Tensor, deviation: Tensor) -> Tensor:
    """log N(x; μ, σ² I), summed over the last axis."""
    return -(((x - mean) / deviation).square() / 2 + deviation.log() + log(2 * pi) / 2).sum(-1)


class VAE(nn.Module):
    """A generative model of data from a code, and a network that infers the code.

    q(z|x; φ) = N(μ_I, σ_I² I),    p(x|z; θ) = N(μ_G, σ_G² I),    with one σ_I² per dimension of the code
    ELBO = E_q[log p(x|z; θ)] − KL(q(z|x; φ) ‖ N(0, I)) ≤ log p(x) [notes 8.2]

    The code is z ~ N(0, I). `x` [batch, features]. `log_deviation_of` a number u without bounds gives σ_I and σ_G.
    Without a `deviation`, σ_G is learnt. With a fixed `deviation` σ_G, σ_G² ELBO is, up to a constant,
    −½‖x − μ_G‖² − λ KL with λ = σ_G²: reconstruction error and regulariser [notes 8.4].
    Raises `SettingError` if `deviation` is not above 0 and finite, or a size is below 1.
    Source: Kingma & Welling, Auto-encoding variational Bayes (2014).
    """

    def __init__(
        self,
        features: int,
        code: int,
        widths: Sequence[int] = (),
        activation: str = "tanh",
        deviation: float | None = None,
    ) -> None:
        super().__init__()
        require_sizes(features=features, code=code)
        sigma = 1.0 if deviation is None else deviation
        if not torch.finfo(torch.get_default_dtype()).tiny <= sigma < inf:
            raise SettingError("deviation", deviation, "must be above 0 and finite in the precision of the network")
        self.code = code
        self.inference = MLP(features, widths, 2 * code, activation)
        self.generation = MLP(code, [*reversed(widths)], features, activation)
        u = log(sigma) if sigma <= 1 else sigma - 1
        self.u_G = nn.Parameter(torch.tensor(u), requires_grad=deviation is None)

    def infer(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Infer μ_I and log σ_I [batch, code] of the code."""
        mean, u = self.inference(x).chunk(2, -1)
        return mean, log_deviation_of(u)

    @property
    def log_deviation(self) -> Tensor:
        """log σ_G."""
        return log_deviation_of(self.u_G)

    def elbo(self, x: Tensor) -> Tensor:
        """The evidence lower bound [batch] in nats; one code per sample estimates the expectation [notes 8.2]."""
        mean, log_deviation = self.infer(x)
        z = reparameterise(mean, log_deviation.exp(), torch.randn_like(mean))
        return normal_log_density(x, self.generation(z), self.log_deviation.exp()) - self.kl(mean, log_deviation)

    @staticmethod
    def kl(mean: Tensor, log_deviation: Tensor) -> Tensor:
        """`kl_to_standard_normal` [batch] for Σ = diag(σ²), from log σ [batch, code] [notes 8.4]."""
        return ((2 * log_deviation).exp() + mean.square() - 1 - 2 * log_deviation).sum(-1) / 2

    def sample(self, number: int) -> Tensor:
        """Draw codes from N(0, I) and return the means μ_G [number, features] of the data."""
        return self.generation(self.u_G.new_empty(number, self.code).normal_())
