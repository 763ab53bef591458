"""The Wasserstein GAN [notes 8.8, 8.9]."""

from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn.attention import SDPBackend, sdpa_kernel

from rlnotes.base.errors import SettingError
from rlnotes.nn.base.checks import require_samples, require_shape


def critic_value(real: Tensor, fake: Tensor) -> Tensor:
    """E_{p_r}[f] − E_{p_θ}[f], from the values of the critic f at samples of data and generator [notes 8.8].

    Its maximum over all f with ‖f‖_L ≤ 1 is the distance W(p_r, p_θ) (Kantorovich and Rubinstein); the generator
    minimises it.
    Raises `ValueError` for an empty batch.
    Source: Arjovsky, Chintala & Bottou (2017).
    """
    require_samples(real=real, fake=fake)
    return real.mean() - fake.mean()


def critic_loss(
    critic: Callable[[Tensor], Tensor],
    real: Tensor,
    fake: Tensor,
    weight: float = 10.0,
    form: str = "two_sided",
    generator: torch.Generator | None = None,
) -> Tensor:
    """−(E_{p_r}[f] − E_{p_θ}[f]) + λ `gradient_penalty`, which the critic minimises, with `weight` λ [notes 8.8, 8.9].

    `real`, `fake` [batch, ...]: samples. Raises what `critic_value` and `gradient_penalty` raise.
    Source: Gulrajani et al. (2017), (3).
    """
    return weight * gradient_penalty(critic, real, fake, form, generator) - critic_value(critic(real), critic(fake))


def generator_loss(fake: Tensor) -> Tensor:
    """−E_{p_θ}[f], which the generator minimises, from the values `fake` of the critic f at its samples [notes 8.8].

    It is the part of `critic_value` that depends on the generator. Raises `ValueError` for an empty batch.
    """
    require_samples(fake=fake)
    return -fake.mean()


PENALTIES: dict[str, Callable[[Tensor], Tensor]] = {
    "two_sided": lambda excess: excess.square(),
    "one_sided": lambda excess: excess.relu().square(),
    "positive_part": torch.relu,
}
"""penalties by form, from the excess ‖∇f‖ − 1: its square, the square of its positive part, and its positive part"""


def gradient_penalty(
    critic: Callable[[Tensor], Tensor],
    real: Tensor,
    fake: Tensor,
    form: str = "two_sided",
    generator: torch.Generator | None = None,
) -> Tensor:
    """E_x̂[(‖∇f(x̂)‖ − 1)²] with x̂ = t x₁ + (1 − t) x₂, t ~ U(0, 1) [notes 8.9].

    `form` one_sided has ((‖∇f(x̂)‖ − 1)⁺)², and positive_part has (‖∇f(x̂)‖ − 1)⁺, as the notes write. `real` x₁,
    `fake` x₂ [batch, ...]. The `generator` draws t, or torch's own. The critic maximises its value minus λ times the
    penalty. At the maximum the value is not the distance: if x₂ is x₁ shifted by Δ, the slope is 1 + Δ / (2λ) and the
    value Δ + Δ² / (2λ). The positive part without the square gives the slope 1 if λ > Δ, and no maximum if λ < Δ. In
    one dimension, training with the two-sided penalty can also end at a slope near −1, which has the wrong sign; with
    the others it cannot.
    Raises `SettingError` if the form is unknown, and `ValueError` for an empty batch, and unless real and fake samples
    have the same shape.
    Source: Gulrajani et al. (2017); one-sided: Petzka, Fischer & Lukovnikov (2018).
    """
    if form not in PENALTIES:
        raise SettingError.choice("form", form, PENALTIES)
    require_samples(real=real)
    require_shape("fake", fake, real.shape)
    shape = len(real), *[1] * (real.dim() - 1)
    t = torch.rand(shape, generator=generator, dtype=real.dtype, device=real.device)
    x = (t * real.detach() + (1 - t) * fake.detach()).requires_grad_()
    with sdpa_kernel(SDPBackend.MATH):  # torch's fused attention has no second derivative
        value = critic(x).sum()
    [gradient] = torch.autograd.grad(value, x, create_graph=True)
    return PENALTIES[form](gradient.flatten(1).norm(dim=1) - 1).mean()
