"""The networks of this project as feature extractors of stable-baselines3."""

from typing import Any

import numpy as np
import torch
from gymnasium import Space
from stable_baselines3.common.torch_layers import BaseFeaturesExtractor
from torch import Tensor, nn

from rlnotes.nn.base.approximator import Approximator
from rlnotes.nn.network import Network
from rlnotes.nn.normalisation import InputNormalisation


def headless(network: Network, space: Space[Any]) -> Approximator:
    """A network without a head: its output is the features of the observations."""
    return network.build(space, lambda width: nn.Identity())


class Features(BaseFeaturesExtractor):
    """Encoder and body of a `network`, for observations as vectors [batch, numbers].

    `observed` is the space of the observations before they become vectors.
    The statistics of normalised inputs change only in `see`, not during training: otherwise the policy would change
    between the steps that it played and the learning from them.
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
            if isinstance(module, InputNormalisation):
                module.train(seeing)
        return self

    @torch.no_grad()
    def see(self, x: np.ndarray) -> None:
        """Update the statistics of normalised inputs by observations as vectors."""
        self.train(False, seeing=True)
        self(torch.as_tensor(x, dtype=torch.float32, device=next(self.parameters(), torch.empty(0)).device))
        self.train(False)
