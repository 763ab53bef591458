"""The variational autoencoder 变分自编码器 [notes 8.2 to 8.4]."""

from collections.abc import Sequence
from math import inf, log, pi

import torch
from torch import Tensor, nn

from rlnotes.base.errors import SettingError
from rlnotes.nn.base.checks import require_sizes
from rlnotes.nn.base.stack import broadcast
from rlnotes.nn.mlp import MLP


def reparameterise(mean: Tensor, deviation: Tensor, noise: Tensor) -> Tensor:
    """z = μ_I + σ_I ⊙ ε with `noise` ε ~ N(0, I): differentiable in μ_I and σ_I [notes 8.3]. Any shape."""
    return mean + deviation * noise


def kl_to_standard_normal(mean: Tensor, covariance: Tensor) -> Tensor:
    """KL(N(μ, Σ) ‖ N(0, I)) = ½ (tr Σ + μᵀμ − d − log|Σ|) [notes 8.4]. `mean` [..., d], `covariance` [..., d, d]."""
    trace = covariance.diagonal(dim1=-2, dim2=-1).sum(-1)
    return (trace + mean.square().sum(-1) - mean.shape[-1] - covariance.logdet()) / 2


def kl_of_normals(mean_1: Tensor, covariance_1: Tensor, mean_2: Tensor, covariance_2: Tensor) -> Tensor:
    """KL(N(μ₁, Σ₁) ‖ N(μ₂, Σ₂)) [notes 8.4]. With μ₂ = 0 and Σ₂ = I it is `kl_to_standard_normal`.

    ½ (tr(Σ₂⁻¹ Σ₁) + (μ₂ − μ₁)ᵀ Σ₂⁻¹ (μ₂ − μ₁) − d + log(|Σ₂| / |Σ₁|))

    `mean_…` [..., d], `covariance_…` [..., d, d].
    """
    difference = (mean_2 - mean_1).unsqueeze(-1)
    trace = torch.linalg.solve(covariance_2, covariance_1).diagonal(dim1=-2, dim2=-1).sum(-1)
    distance = (difference * torch.linalg.solve(covariance_2, difference)).sum((-2, -1))
    return (trace + distance - mean_1.shape[-1] + covariance_2.logdet() - covariance_1.logdet()) / 2


def log_deviation_of(u: Tensor) -> Tensor:
    """log σ for σ = e^u if u ≤ 0, else 1 + u: above 0 for every u, smooth at 0, and without overflow. Any shape."""
    return torch.where(u > 0, u.clamp(min=0).log1p(), u)


def normal_log_density(x: Tensor, mean: Tensor, deviation: Tensor) -> Tensor:
    """log N(x; μ, σ² I), summed over the last axis."""
    return -(((x - mean) / deviation).square() / 2 + deviation.log() + log(2 * pi) / 2).sum(-1)


class VAE(nn.Module):
    """A generative model of data from a code, and a network that infers the code.

    q(z|x; φ) = N(μ_I, σ_I² I),    p(x|z; θ) = N(μ_G, σ_G² I)
    ELBO = E_q[log p(x|z; θ)] − KL(q(z|x; φ) ‖ N(0, I)) ≤ log p(x) [notes 8.2]

    The code is z ~ N(0, I). `x` [..., batch, features]. `log_deviation_of` a number u without bounds gives σ_I and σ_G.
    If `isotropic`, σ_I is one number for the whole code, as the notes write; else one per dimension.
    Without a `deviation`, σ_G is learnt. With a fixed `deviation` σ_G, σ_G² ELBO is, up to a constant, the `objective`
    with λ = σ_G² [notes 8.4].
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
        isotropic: bool = False,
    ) -> None:
        super().__init__()
        require_sizes(features=features, code=code)
        sigma = 1.0 if deviation is None else deviation
        if not torch.finfo(torch.get_default_dtype()).tiny <= sigma < inf:
            raise SettingError("deviation", deviation, "must be above 0 and finite in the precision of the network")
        self.code = code
        self.inference = MLP(features, widths, code + (1 if isotropic else code), activation)
        self.generation = MLP(code, [*reversed(widths)], features, activation)
        u = log(sigma) if sigma <= 1 else sigma - 1
        self.u_G = nn.Parameter(torch.tensor([u]), requires_grad=deviation is None)

    def infer(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Infer μ_I and log σ_I [..., batch, code] of the code."""
        parameters = self.inference(x)
        mean, u = parameters[..., : self.code], parameters[..., self.code :]
        return mean, log_deviation_of(u).expand_as(mean)

    @property
    def log_deviation(self) -> Tensor:
        """log σ_G [1]."""
        return log_deviation_of(self.u_G)

    def elbo(self, x: Tensor, samples: int = 1) -> Tensor:
        """The evidence lower bound [..., batch] in nats, whose expectation M codes estimate [notes 8.2].

        1/M Σ_m log p(x|z_m; θ) − KL(q(z|x; φ) ‖ N(0, I)),    z_m = μ_I + σ_I ⊙ ε_m
        """
        mean, log_deviation = self.infer(x)
        _, likelihood = self.explain(x, mean, log_deviation, samples)
        return likelihood.mean(-1) - self.kl(mean, log_deviation)

    def importance_weighted_bound(self, x: Tensor, samples: int) -> Tensor:
        """A bound on log p(x) [..., batch] that is tighter with more codes, z_m ~ q(z|x; φ) [notes 8.2].

        log 1/M Σ_m p(x|z_m; θ) p(z_m) / q(z_m|x; φ);    ELBO ≤ E[bound of M] ≤ E[bound of M + 1] ≤ log p(x)

        With M = 1 its expectation is the ELBO.
        Source: Burda, Grosse & Salakhutdinov, Importance weighted autoencoders (2016), Theorem 1.
        """
        mean, log_deviation = self.infer(x)
        z, likelihood = self.explain(x, mean, log_deviation, samples)
        mean, deviation = mean.unsqueeze(-2), log_deviation.exp().unsqueeze(-2)
        prior = normal_log_density(z, torch.zeros_like(z), torch.ones_like(z))
        weight = likelihood + prior - normal_log_density(z, mean, deviation)
        return weight.logsumexp(-1) - log(samples)

    def objective(self, x: Tensor, weight: float) -> Tensor:
        """−½‖x − μ_G‖² − λ KL(q(z|x; φ) ‖ N(0, I)) [..., batch] with `weight` λ, which training maximises [notes 8.4].

        Reconstruction error and regulariser, with one code per sample. σ_G has no part in it.
        """
        mean, log_deviation = self.infer(x)
        z = reparameterise(mean, log_deviation.exp(), torch.randn_like(mean))
        return -(x - self.generation(z)).square().sum(-1) / 2 - weight * self.kl(mean, log_deviation)

    def explain(self, x: Tensor, mean: Tensor, log_deviation: Tensor, samples: int) -> tuple[Tensor, Tensor]:
        """Codes z_m [..., batch, samples, code] drawn from q(z|x), and log p(x|z_m) [..., batch, samples]."""
        require_sizes(samples=samples)
        mean, deviation = (part.unsqueeze(-2) for part in (mean, log_deviation.exp()))
        z = reparameterise(mean, deviation, mean.new_empty(*x.shape[:-1], samples, self.code).normal_())
        made = self.generation(z)
        return z, normal_log_density(x.unsqueeze(-2), made, broadcast(self.log_deviation.exp(), made))

    @staticmethod
    def kl(mean: Tensor, log_deviation: Tensor) -> Tensor:
        """`kl_to_standard_normal` [batch] for Σ = diag(σ²), from log σ [batch, code] [notes 8.4]."""
        return ((2 * log_deviation).exp() + mean.square() - 1 - 2 * log_deviation).sum(-1) / 2

    def sample(self, number: int) -> Tensor:
        """Draw codes from N(0, I) and return the means μ_G [..., number, features] of the data."""
        return self.generation(self.u_G.new_empty(*self.u_G.shape[:-1], number, self.code).normal_())
