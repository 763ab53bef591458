"""Generative adversarial networks 生成对抗网络 [notes 8.5 to 8.7]."""

import torch
from torch import Tensor, trapezoid
from torch.nn.functional import logsigmoid

from rlnotes.base.errors import SettingError
from rlnotes.nn.base.checks import require_samples


def discriminator_value(real: Tensor, fake: Tensor) -> Tensor:
    """E_{p_r}[log D(x; φ)] + E_{p_θ}[log(1 − D(x; φ))], a number that the discriminator maximises [notes 8.5].

    `real`, `fake`: logits of D for samples of the data and of the generator, so D = σ(logit). Both expectations have
    the weight 1, whatever the sizes of the batches: the condition 1:1. If as many samples are real as generated, this
    is −2 times their mean cross-entropy. If not, the cross-entropy has another optimum (`optimal_discriminator`).
    This and the losses below raise `ValueError` for an empty batch.
    Source: Goodfellow et al., Generative adversarial nets (2014).
    """
    require_samples(real=real, fake=fake)
    return logsigmoid(real).mean() + logsigmoid(-fake).mean()


def saturating_loss(fake: Tensor) -> Tensor:
    """E_{p_θ}[log(1 − D(x))], which the generator minimises.

    With D* it is, after adding E_{p_r}[log D*(x)], 2 JS(p_r, p_θ) − 2 log 2. Its gradient is 0 if the supports do not
    overlap [notes 8.6]. `fake`: logits of the generator's samples.
    """
    require_samples(fake=fake)
    return logsigmoid(-fake).mean()


def non_saturating_loss(fake: Tensor) -> Tensor:
    """−E_{p_θ}[log D(x)], which the generator can minimise instead [notes 8.7].

    Minimising it also minimises the reverse KL(p_θ ‖ p_r). Hence mode collapse: the generator loses little if it leaves
    out a part of the data. `fake`: logits of the generator's samples.
    """
    require_samples(fake=fake)
    return -logsigmoid(fake).mean()


def optimal_discriminator(real: Tensor, fake: Tensor, share: float = 0.5) -> Tensor:
    """D*(x) = p_r(x) / (p_r(x) + p_θ(x)), from the densities p_r `real` and p_θ `fake` [notes 8.5].

    It holds if half of the samples are real. With a `share` π of real samples the discriminator that minimises the
    cross-entropy of all samples is π p_r / (π p_r + (1 − π) p_θ). ½ where both densities are 0: no sample is there, so
    every value is optimal.
    Raises `SettingError` unless 0 < share < 1.
    """
    if not 0 < share < 1:
        raise SettingError("share", share, "must be between 0 and 1: the discriminator sees samples of both kinds")
    real, fake = 2 * share * real, 2 * (1 - share) * fake
    total = real + fake
    return torch.where(total == 0, 0.5, real / total.where(total != 0, 1))


def kl_divergence(p: Tensor, q: Tensor, x: Tensor) -> Tensor:
    """KL(p ‖ q) = ∫ p log(p / q) dx in nats, by the trapezoidal rule, with 0 log 0 = 0.

    `p`, `q` [..., points]: densities, 0 or more, at the increasing points `x` [points] → [...].
    The divergence is infinite if q = 0 where p has mass. A mass of at most ε, the rounding error of the numbers, does
    not count: q may be above 0 there, but too small for the numbers. The smallest positive number then replaces q.
    """
    unseen = q == 0
    mass = trapezoid(p * unseen, x) / trapezoid(p, x)
    negligible = unseen & (mass <= torch.finfo(p.dtype).eps).unsqueeze(-1)
    q = q.masked_fill(negligible, torch.finfo(p.dtype).tiny)
    nothing = p == 0
    log_ratio = p.masked_fill(nothing, 1).log() - q.masked_fill(nothing, 1).log()  # p / q can be too large
    return trapezoid(p * log_ratio, x)


def js_divergence(p: Tensor, q: Tensor, x: Tensor) -> Tensor:
    """JS(p, q) = ½ KL(p ‖ m) + ½ KL(q ‖ m) with m = ½ (p + q), from 0 to log 2 [notes 8.6]. As `kl_divergence`."""
    middle = (p + q) / 2
    return (kl_divergence(p, middle, x) + kl_divergence(q, middle, x)) / 2
