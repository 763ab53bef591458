"""Generative adversarial networks 生成对抗网络 [notes 8.5 to 8.7]."""

from torch import Tensor, trapezoid
from torch.nn.functional import logsigmoid


def discriminator_value(real: Tensor, fake: Tensor) -> Tensor:
    """E_{p_r}[log D(x; φ)] + E_{p_θ}[log(1 − D(x; φ))], a number that the discriminator maximises [notes 8.5].

    `real`, `fake`: logits of D for samples of the data and of the generator, so D = σ(logit).
    Source: Goodfellow et al., Generative adversarial nets (2014).
    """
    return logsigmoid(real).mean() + logsigmoid(-fake).mean()


def saturating_loss(fake: Tensor) -> Tensor:
    """E_{p_θ}[log(1 − D(x))], which the generator minimises.

    With D* it is, after adding E_{p_r}[log D*(x)], 2 JS(p_r, p_θ) − 2 log 2. Its gradient is 0 if the supports do not
    overlap [notes 8.6]. `fake`: logits of the generator's samples.
    """
    return logsigmoid(-fake).mean()


def non_saturating_loss(fake: Tensor) -> Tensor:
    """−E_{p_θ}[log D(x)], which the generator can minimise instead [notes 8.7].

    Minimising it also minimises the reverse KL(p_θ ‖ p_r). Hence mode collapse: the generator loses little if it leaves
    out a part of the data. `fake`: logits of the generator's samples.
    """
    return -logsigmoid(fake).mean()


def optimal_discriminator(real: Tensor, fake: Tensor) -> Tensor:
    """D*(x) = p_r(x) / (p_r(x) + p_θ(x)), from the densities p_r `real` and p_θ `fake` [notes 8.5]."""
    return real / (real + fake)


def kl_divergence(p: Tensor, q: Tensor, x: Tensor) -> Tensor:
    """KL(p ‖ q) = ∫ p log(p / q) dx in nats, by the trapezoidal rule. `p`, `q`: densities above 0 at the points `x`."""
    return trapezoid(p * (p / q).log(), x)


def js_divergence(p: Tensor, q: Tensor, x: Tensor) -> Tensor:
    """JS(p, q) = ½ KL(p ‖ m) + ½ KL(q ‖ m) with m = ½ (p + q), from 0 to log 2 [notes 8.6]. As `kl_divergence`."""
    middle = (p + q) / 2
    return (kl_divergence(p, middle, x) + kl_divergence(q, middle, x)) / 2
