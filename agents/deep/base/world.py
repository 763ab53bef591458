"""The networks of a world model: codes of images, their memory, what follows an action, and its value."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import torch
from gymnasium import Space
from torch import Tensor, nn
from torch.nn.functional import one_hot

from rlnotes.nn.base.approximator import Approximator
from rlnotes.nn.base.bodies import Body
from rlnotes.nn.base.encoders import Encoder, Flat
from rlnotes.nn.mlp import MLP
from rlnotes.nn.vae import VAE, log_deviation_of, normal_log_density, reparameterise


class Codes(Encoder):
    """Encode images as the means μ_I [..., code] of the codes of a VAE [notes 8.2].

    `deviation` is the σ_G of every pixel.
    """

    def __init__(self, space: Space[Any], code: int, widths: Sequence[int], activation: str, deviation: float) -> None:
        super().__init__()
        self.pixels = Flat(space)
        self.vae, self.outputs = VAE(self.pixels.outputs, code, widths, activation, deviation), code

    def forward(self, image: Any) -> Tensor:
        return self.vae.infer(self.pixels(image))[0]


class Prediction(NamedTuple):
    """What follows an action: the next code, the reward, and whether the episode terminates.

    p(z'|h, a) = Σ_k π_k N(z'; μ_k, σ_k² I)
    """

    log_weight: Tensor
    """log π_k [..., k]"""
    mean: Tensor
    """μ_k [..., k, code]"""
    deviation: Tensor
    """σ_k [..., k, 1]"""
    reward: Tensor
    """mean reward [...]"""
    end: Tensor
    """log-odds of the end [...]"""

    def log_density(self, code: Tensor) -> Tensor:
        """log p(z'|h, a) [...] of codes z' [..., code]."""
        return (self.log_weight + normal_log_density(code.unsqueeze(-2), self.mean, self.deviation)).logsumexp(-1)

    def sample(self) -> Tensor:
        """Codes z' [..., code] drawn from p(z'|h, a) by torch's random numbers."""
        noise = torch.empty_like(self.log_weight).exponential_()
        k = (self.log_weight - noise.log()).argmax(-1)[..., None, None]  # log π + Gumbel noise is largest at k with π_k
        mean, deviation = (part.take_along_dim(k, -2).squeeze(-2) for part in (self.mean, self.deviation))
        return reparameterise(mean, deviation, torch.randn_like(mean))


class LatentModel(nn.Module):
    """A mixture density network: the `Prediction` for a memory h [..., units] of codes and an action a [...].

    `outcomes` is the number of normals in the mixture. Actions count from 0.
    Source: Bishop, Mixture density networks (1994); Ha & Schmidhuber, World models (2018).
    """

    def __init__(
        self, units: int, actions: int, code: int, outcomes: int, widths: Sequence[int], **layers: Any
    ) -> None:
        super().__init__()
        self.actions, self.code, self.sizes = actions, code, [outcomes, outcomes * code, outcomes, 1, 1]
        self.mlp = MLP(units + actions, widths, sum(self.sizes), **layers)

    def forward(self, memory: Tensor, action: Tensor) -> Prediction:
        output = self.mlp(torch.cat([memory, one_hot(action, self.actions).to(memory.dtype)], -1))
        weight, mean, u, reward, end = output.split(self.sizes, -1)
        means, deviation = mean.unflatten(-1, (-1, self.code)), log_deviation_of(u).exp().unsqueeze(-1)
        return Prediction(weight.log_softmax(-1), means, deviation, reward.squeeze(-1), end.squeeze(-1))


class World(Approximator):
    """Q(h, ·) of a memory h of codes of images, and the model of what follows.

    image x → code z (`encoder`) → memory h (`body`) → Q(h, ·) (`head`), and h, a → `Prediction` (`model`)
    """

    encoder: Codes

    def __init__(self, encoder: Codes, body: Body, head: nn.Module, model: LatentModel) -> None:
        super().__init__(encoder, body, head)
        self.model = model

    def imagine(self, memory: Tensor, action: Tensor, state: Any) -> tuple[Prediction, Tensor, Any]:
        """What follows actions [...], and memory and state after a code drawn from it; `memory` is [..., units]."""
        then = self.model(memory, action)
        features, state = self.body(then.sample().unsqueeze(-2), state)
        return then, features.squeeze(-2), state
