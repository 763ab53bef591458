"""The Wasserstein GAN [notes 8.8, 8.9]."""

from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn.attention import SDPBackend, sdpa_kernel

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


def gradient_penalty(critic: Callable[[Tensor], Tensor], real: Tensor, fake: Tensor, one_sided: bool = False) -> Tensor:
    """E_x̂[(‖∇f(x̂)‖ − 1)²] with x̂ = t x₁ + (1 − t) x₂, t ~ U(0, 1) [notes 8.9].

    The one-sided penalty has (‖∇f(x̂)‖ − 1)⁺ instead of the difference. `real` x₁, `fake` x₂ [batch, ...]. The critic
    maximises its value minus λ times the penalty. At the maximum the value is not the distance: if x₂ is x₁ shifted by
    Δ, the slope is 1 + Δ / (2λ) and the value Δ + Δ² / (2λ). In one dimension, training with the two-sided penalty can
    also end at a slope near −1, which has the wrong sign; with the one-sided penalty it cannot.
    Raises `ValueError` for an empty batch, and unless real and fake samples have the same shape.
    Source: Gulrajani et al. (2017); one-sided: Petzka, Fischer & Lukovnikov (2018).
    """
    require_samples(real=real)
    require_shape("fake", fake, real.shape)
    t = torch.rand(len(real), *[1] * (real.dim() - 1), dtype=real.dtype, device=real.device)
    x = (t * real.detach() + (1 - t) * fake.detach()).requires_grad_()
    with sdpa_kernel(SDPBackend.MATH):  # torch's fused attention has no second derivative
        value = critic(x).sum()
    [gradient] = torch.autograd.grad(value, x, create_graph=True)
    excess = gradient.flatten(1).norm(dim=1) - 1
    return (excess.relu() if one_sided else excess).square().mean()
