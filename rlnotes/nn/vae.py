"""The variational autoencoder 变分自编码器 [notes 8.2 to 8.4]."""

from collections.abc import Sequence
from math import log, pi

import torch
from torch import Tensor, nn

from rlnotes.base.errors import SettingError
from rlnotes.nn.mlp import MLP


def reparameterise(mean: Tensor, deviation: Tensor, noise: Tensor) -> Tensor:
    """z = μ_I + σ_I ⊙ ε with ε ~ N(0, I): differentiable in μ_I and σ_I [notes 8.3]. Any shape."""
    return mean + deviation * noise


def kl_to_standard_normal(mean: Tensor, covariance: Tensor) -> Tensor:
    """KL(N(μ, Σ) ‖ N(0, I)) = ½ (tr Σ + μᵀμ − d − log|Σ|) [notes 8.4]. `mean` [..., d], `covariance` [..., d, d]."""
    trace = covariance.diagonal(dim1=-2, dim2=-1).sum(-1)
    return (trace + mean.square().sum(-1) - mean.shape[-1] - covariance.logdet()) / 2


def normal_log_density(x: Tensor, mean: Tensor, deviation: Tensor) -> Tensor:
    """log N(x; μ, σ² I), the sum over the last axis."""
    return -(((x - mean) / deviation).square() / 2 + deviation.log() + log(2 * pi) / 2).sum(-1)


class VAE(nn.Module):
    """A model of data by a code z ~ N(0, I), and a network that infers the code [notes 8.2].

    q(z|x; φ) = N(μ_I, σ_I² I),    p(x|z; θ) = N(μ_G, σ_G² I),    σ_I² a number for each dimension of the code
    ELBO = E_q[log p(x|z; θ)] − KL(q(z|x; φ) ‖ N(0, I)) ≤ log p(x)

    `x` [batch, features]. σ_G is learnt where no `deviation` is told. Where it is, σ_G² ELBO is, but for a constant,
    −½‖x − μ_G‖² − λ KL with λ = σ_G²: reconstruction error and regulariser [notes 8.4].
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
        if deviation is not None and not deviation > 0:
            raise SettingError("deviation", deviation, "must be above 0")
        self.code = code
        self.inference = MLP(features, widths, 2 * code, activation)
        self.generation = MLP(code, [*reversed(widths)], features, activation)
        self.log_deviation = nn.Parameter(torch.tensor(log(deviation or 1)), requires_grad=deviation is None)

    def infer(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """μ_I and σ_I [batch, code]."""
        mean, log_deviation = self.inference(x).chunk(2, -1)
        return mean, log_deviation.exp()

    def elbo(self, x: Tensor) -> Tensor:
        """The evidence lower bound [batch] in nats, its expectation by one code a sample [notes 8.2]."""
        mean, deviation = self.infer(x)
        z = reparameterise(mean, deviation, torch.randn_like(mean))
        return normal_log_density(x, self.generation(z), self.log_deviation.exp()) - self.kl(mean, deviation)

    @staticmethod
    def kl(mean: Tensor, deviation: Tensor) -> Tensor:
        """`kl_to_standard_normal` [batch] of Σ = diag(σ²) [notes 8.4]."""
        return (deviation.square() + mean.square() - 1 - 2 * deviation.log()).sum(-1) / 2

    def sample(self, number: int) -> Tensor:
        """Means μ_G [number, features] of data from the model, for codes drawn from N(0, I)."""
        return self.generation(self.log_deviation.new_empty(number, self.code).normal_())
