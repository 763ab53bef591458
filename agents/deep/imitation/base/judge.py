"""The judge of steps: a network that tells the steps of an expert from those of a policy."""

from typing import Any

import torch
from gymnasium import Space
from gymnasium.spaces import Tuple
from torch import Tensor

from rlnotes.nn.base.approximator import Approximator
from rlnotes.nn.base.bodies import Dense
from rlnotes.nn.base.encoders import Encoder, Flat
from rlnotes.nn.mlp import MLP, Linear
from rlnotes.nn.network import Network


class StepEncoder(Encoder):
    """Steps (s, a) as vectors [..., outputs], standardised, with 1 more number: whether the state is absorbing.

    All other numbers of an absorbing state are 0. The statistics are of the steps seen in training.
    """

    def __init__(self, observations: Space[Any], actions: Space[Any]) -> None:
        super().__init__()
        self.step = Flat(Tuple((observations, actions)), "standardise")
        self.outputs = self.step.outputs + 1

    def forward(self, observation: Any, action: Any, absorbing: Tensor) -> Tensor:
        lives = ~absorbing.unsqueeze(-1)
        return torch.cat([self.step((observation, action)) * lives, absorbing.unsqueeze(-1).to(self.like.dtype)], -1)


def judge(network: Network, observations: Space[Any], actions: Space[Any]) -> Approximator:
    """A network with one number for a step, with the dense layers of a description; without memory."""
    encoder = StepEncoder(observations, actions)
    mlp = MLP(encoder.outputs, network.widths, **network.layers | {"normalisation": "none"})
    return Approximator(encoder, Dense(mlp), Linear(mlp.outputs, 1, network.initialisation))
