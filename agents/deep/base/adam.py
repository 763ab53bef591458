"""Adam for the networks of all runs at once."""

from collections.abc import Iterable, Sequence
from itertools import islice

import torch
from torch import Tensor, nn

from rlnotes.agents.deep.base.saved_state import Stateful
from rlnotes.nn.base.stack import in_rows, learnt_parameters, rows_of


class Adam(Stateful):
    """Gradient descent on stacked networks, each run by itself.

    m ← β₁ m + (1 − β₁) g,    v ← β₂ v + (1 − β₂) g²,    θ ← θ − α m̂ / (√v̂ + ε)
    m̂ = m / (1 − β₁^t),       v̂ = v / (1 − β₂^t),         β₁ = .9, β₂ = .999

    The g of each network is first cut to a norm of at most `clip`. The parameters of a network are one row in `rows_of`
    its stack, so a step takes a handful of operations for any number of layers. `name` begins the names of what is
    measured about its steps.
    Source: Kingma & Ba, Adam: a method for stochastic optimization (2015).
    """

    state_names = ("m", "v", "t")

    def __init__(self, networks: Iterable[nn.Module], clip: float, epsilon: float = 1e-5, name: str = "") -> None:
        self.clip, self.epsilon, self.name = clip, epsilon, name
        self.inputs = [[rows_of(network), *learnt_parameters(network)] for network in networks]
        self.all_inputs = [one for some in self.inputs for one in some]
        self.thetas = [inputs[0].detach() for inputs in self.inputs]
        self.m, self.v = ([torch.zeros_like(theta) for theta in self.thetas] for _ in range(2))
        self.t = [theta.new_zeros((), dtype=torch.float32) for theta in self.thetas]

    @property
    def theta(self) -> Tensor:
        """A copy of all numbers [runs, numbers]."""
        return torch.cat(self.thetas, 1)

    def step(self, loss: Tensor, alpha: float) -> Tensor:
        """Take a step of size α down the loss [runs].

        Returns the norms of the gradients [runs, networks]; a norm is not finite if its gradient is not.
        """
        found = iter(torch.autograd.grad(loss.sum(), self.all_inputs, allow_unused=True))
        gradients = [gradient(some, [*islice(found, len(some))]) for some in self.inputs]
        norms = [torch.linalg.vector_norm(g, dim=1, keepdim=True) for g in gradients]
        for g, norm in zip(gradients, norms, strict=True):
            g *= self.clip / norm.clamp(min=self.clip)
        torch._foreach_add_(self.t, 1)
        nothing: list[Tensor] = []
        torch._fused_adam_(
            *(self.thetas, gradients, self.m, self.v, nothing, self.t),
            lr=alpha,
            beta1=0.9,
            beta2=0.999,
            eps=self.epsilon,
            weight_decay=0.0,
            amsgrad=False,
            maximize=False,
        )
        return torch.cat(norms, 1)


def gradient(inputs: Sequence[Tensor], found: Sequence[Tensor | None]) -> Tensor:
    """The gradient [runs, numbers] of a network, `found` for its rows and for its parameters.

    Compiled layers give that of the rows, and other layers those of their parameters, which are parts of the rows.
    """
    whole, *parts = found
    if all(part is None for part in parts):
        return torch.zeros_like(inputs[0]) if whole is None else whole
    known = zip(inputs[1:], parts, strict=True)
    g = in_rows([torch.zeros_like(one) if part is None else part for one, part in known])
    return g if whole is None else g.add_(whole)
