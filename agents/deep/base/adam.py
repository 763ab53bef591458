"""Adam for the networks of all runs at once."""

from collections.abc import Iterable

import torch
from torch import Tensor, nn

from rlnotes.agents.deep.base.saved_state import Stateful


class Adam(Stateful):
    """Gradient descent on stacked networks, each run by itself.

    m ← β₁ m + (1 − β₁) g,    v ← β₂ v + (1 − β₂) g²,    θ ← θ − α m̂ / (√v̂ + ε)
    m̂ = m / (1 − β₁^t),       v̂ = v / (1 − β₂^t),         β₁ = .9, β₂ = .999

    The g of each network is first cut to a norm of at most `clip`. The parameters of a run are one row of a tensor
    [runs, numbers], so a step takes a handful of operations for any number of layers; the parameters of the networks
    become views of it. `name` begins the names of what is measured about its steps.
    Source: Kingma & Ba, Adam: a method for stochastic optimization (2015).
    """

    state_names = ("m", "v", "t")

    def __init__(self, networks: Iterable[nn.Module], clip: float, epsilon: float = 1e-5, name: str = "") -> None:
        parts = [[one for one in network.parameters() if one.requires_grad] for network in networks]
        self.parameters = [parameter for part in parts for parameter in part]
        self.widths = [sum(parameter[0].numel() for parameter in part) for part in parts]
        self.clip, self.epsilon, self.name, self.t = clip, epsilon, name, 0
        self.theta = rows(parameter.data for parameter in self.parameters)
        self.m, self.v = torch.zeros_like(self.theta), torch.zeros_like(self.theta)
        sizes = [parameter[0].numel() for parameter in self.parameters]
        for parameter, row in zip(self.parameters, self.theta.split(sizes, 1), strict=True):
            x = row.view(laid_out(parameter).shape)
            parameter.data = x.mT if is_transposed(parameter) else x

    def step(self, loss: Tensor, alpha: float) -> Tensor:
        """Take a step of size α down the loss [runs].

        Returns the norms of the gradients [runs, networks]; a norm is not finite if its gradient is not.
        """
        gradients = torch.autograd.grad(loss, self.parameters, torch.ones_like(loss))
        g = rows(gradients)
        norms = [torch.linalg.vector_norm(part, dim=1, keepdim=True) for part in g.split(self.widths, 1)]
        for part, norm in zip(g.split(self.widths, 1), norms, strict=True):
            part *= self.clip / norm.clamp(min=self.clip)
        self.t += 1
        self.m.lerp_(g, 0.1)
        self.v.lerp_(g.square_(), 0.001)
        deviation = (self.v / (1 - 0.999**self.t)).sqrt_().add_(self.epsilon)
        self.theta.addcdiv_(self.m, deviation, value=-alpha / (1 - 0.9**self.t))
        return torch.cat(norms, 1)


def rows(parts: Iterable[Tensor]) -> Tensor:
    """The numbers of all parameters, one row per run [runs, numbers]."""
    return torch.cat([laid_out(part).flatten(1) for part in parts], 1)


def laid_out(x: Tensor) -> Tensor:
    """The numbers of a parameter in the order of its row."""
    return x.mT if is_transposed(x) else x


def is_transposed(x: Tensor) -> bool:
    """Whether the matrices x [runs, outputs, inputs] lie as Wᵀ, by which a layer multiplies, so as their gradients.

    With fewer than 16 outputs, which do not fill a register of the processor, products are faster without it.
    """
    return x.dim() == 3 and x.shape[1] >= 16
