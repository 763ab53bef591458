"""Numbers of generative models: divergences, their gradients, penalties."""

from fractions import Fraction
from functools import cache, partial
from math import log

import numpy as np
import torch
from torch import Tensor
from torch.distributions import Normal

from reproduced.layers import SAMPLES, identity, noise, numbers, sampled
from rlnotes.nn.gan import discriminator_value, js_divergence, kl_divergence
from rlnotes.nn.vae import kl_of_normals, kl_to_standard_normal, normal_log_density, reparameterise
from rlnotes.nn.wgan import gradient_penalty
from rlnotes.studies.mode_collapse import ModeCollapse

X = torch.linspace(-20, 20, 20_001, dtype=torch.float64)
P, Q = (Normal(centre, 1.0).log_prob(X).exp() for centre in numbers(0.0, 2.0))
"""densities of N(0, 1) and N(2, 1)"""
APART = tuple(((first <= X) & (first + 1 > X)).double() for first in (0, 3))
"""densities whose supports do not overlap"""


def log_ratio() -> Tensor:
    """log q(z) − log p(z) of z ~ q = N(1, ¼) and p = N(0, 1)."""
    one, half, zero = numbers(1.0), numbers(0.5), numbers(0.0)
    z = reparameterise(one, half, noise()[:, None])
    return normal_log_density(z, one, half) - normal_log_density(z, zero, one)


def pathwise_gradient() -> Tensor:
    """∂/∂μ (z + 1)³ of z = μ + σ ε, for μ = 0.5 and σ = 0.8."""
    centre = torch.full((SAMPLES,), 0.5, dtype=torch.float64, requires_grad=True)
    z = reparameterise(centre, numbers(0.8), noise())
    return torch.autograd.grad(((z + 1) ** 3).sum(), centre)[0]


def penalties(form: str = "two_sided") -> Tensor:
    """(‖∇f‖ − 1)², or another form, between 3 and 5, for f(x) = ½ x²; batches of one sample."""
    with torch.random.fork_rng():
        torch.manual_seed(0)
        pairs = (torch.full((1, 1), x, dtype=torch.float64) for x in (3.0, 5.0))
        real, fake = pairs
        return torch.stack([gradient_penalty(lambda x: x.square().sum(1) / 2, real, fake, form) for _ in range(4_000)])


@cache
def fitted() -> dict[str, np.ndarray]:
    """The study of normal distributions that are fitted to .6 N(3, 1) + .4 N(−3, 1)."""
    return ModeCollapse(fits=1).run()


def forward_fit(moment: int) -> float:
    """A moment of N(μ, σ²), fitted by gradient descent on the forward KL."""
    x, density = fitted()["x"], fitted()["KL(p_r ‖ p_θ), forward"][0]
    return float(np.trapezoid(density * x**moment, x))


GOODFELLOW = "Goodfellow et al. (2014), Theorem 1"
NUMBERS = [
    identity("KL(N(0, 1) ‖ N(2, 1))", "exact: ½ · 2²", 2.0, lambda: kl_divergence(P, Q, X), rounding=1e-6),
    identity(
        "2 JS − 2 log 2 of N(0, 1) and N(2, 1)",
        "quadrature; Goodfellow et al. (2014), (6)",
        "-0.7126",
        lambda: 2 * js_divergence(P, Q, X) - 2 * log(2),
    ),
    identity(
        "JS of distributions that do not overlap",
        "Arjovsky & Bottou, ICLR 2017; exact: log 2",
        log(2),
        lambda: js_divergence(*(p / torch.trapezoid(p, X) for p in APART), X),
        rounding=1e-6,
    ),
    identity(
        "value of a discriminator that says ½",
        f"{GOODFELLOW}: −log 4",
        -log(4),
        lambda: discriminator_value(numbers(0.0), numbers(0.0)),
    ),
    identity(
        "KL(N(1, ¼) ‖ N(0, 1))",
        "Kingma & Welling (2014), appendix B: ½ (σ² + μ² − 1 − log σ²)",
        0.125 + log(2),
        lambda: kl_to_standard_normal(numbers(1.0), numbers(0.25)[:, None]),
    ),
    identity(
        "KL(N(1, ¼) ‖ N(−1, 4))",
        "exact: ½ (σ₁²/σ₂² + (μ₂ − μ₁)²/σ₂² − 1 + log(σ₂²/σ₁²))",
        (1 / 16 + 1 - 1 + log(16)) / 2,
        lambda: kl_of_normals(numbers(1.0), numbers(0.25)[:, None], numbers(-1.0), numbers(4.0)[:, None]),
    ),
    identity(
        "fit of N(μ, σ²) to .6 N(3, 1) + .4 N(−3, 1) by forward KL: μ",
        "Bishop (2006), section 10.7: the mean of the mixture",
        0.6,
        lambda: forward_fit(1),
        rounding=1e-3,
    ),
    identity(
        "fit of N(μ, σ²) to .6 N(3, 1) + .4 N(−3, 1) by forward KL: second moment",
        "Bishop (2006), section 10.7: that of the mixture, 1 + 3²",
        10.0,
        lambda: forward_fit(2),
        rounding=0.01,
    ),
    sampled(
        "gradient penalty with the positive part of ½ x² between 3 and 5",
        "exact: E[x̂ − 1] = 3",
        3.0,
        partial(penalties, "positive_part"),
    ),
    sampled("KL(N(1, ¼) ‖ N(0, 1)), from samples", "Kingma & Welling (2014), appendix B", 0.125 + log(2), log_ratio),
    sampled(
        "∂/∂μ E(z + 1)³, z ~ N(0.5, 0.8²), reparameterised",
        "exact: 3 ((μ + 1)² + σ²)",
        3 * (1.5**2 + 0.8**2),
        pathwise_gradient,
    ),
    sampled(
        "gradient penalty of ½ x² between 3 and 5",
        "Gulrajani et al. (2017), (3); exact: (4³ − 2³)/6",
        Fraction(56, 6),
        penalties,
    ),
]
