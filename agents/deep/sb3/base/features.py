"""The project's networks as what stable-baselines3 calls an extractor of features."""

from typing import Any

import numpy as np
import torch
from gymnasium import Space
from stable_baselines3.common.torch_layers import BaseFeaturesExtractor
from torch import Tensor, nn

from rlnotes.nn.base.approximator import Approximator
from rlnotes.nn.network import Network
from rlnotes.nn.normalisation import Seen


def headless(network: Network, space: Space[Any]) -> Approximator:
    """A network with nothing on it: it gives the features of observations, and its state."""
    return network.build(space, lambda width: nn.Identity())


class Features(BaseFeaturesExtractor):
    """Encoder and body of a `network` for observations of `observed`, which come as vectors [batch, numbers].

    What normalises inputs takes observations into account when it is told to `see` them, and not whenever something is
    learnt from them: a policy would change between what it played and what is learnt from that.
    """

    def __init__(self, space: Space[Any], network: Network, observed: Space[Any]) -> None:
        built = headless(network, observed)
        outputs: Any = built.body.outputs
        super().__init__(space, outputs)
        self.observed, self.encoder, self.body = observed, built.encoder, built.body

    def forward(self, x: Tensor) -> Tensor:
        return self.body(self.encoder(x.reshape(len(x), *self.observed.shape or ())))[0]

    def train(self, mode: bool = True, seeing: bool = False) -> "Features":
        super().train(mode)
        for module in self.modules():
            if isinstance(module, Seen):
                module.train(seeing)
        return self

    @torch.no_grad()
    def see(self, x: np.ndarray) -> None:
        """Take vectors of observations into account."""
        self.train(False, seeing=True)
        self(torch.as_tensor(x, dtype=torch.float32, device=next(self.parameters(), torch.empty(0)).device))
        self.train(False)
