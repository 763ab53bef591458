"""Networks as encoder → body → head, and the head of a policy."""

from typing import Any

import numpy as np
import torch
from gymnasium import Space
from gymnasium.spaces import Box, Discrete, MultiBinary
from rich.console import Console
from torch import Tensor, nn
from torch.distributions import Bernoulli, Categorical, Distribution, Independent, Normal

from rlnotes.base.errors import SettingError
from rlnotes.nn.base.bodies import Body
from rlnotes.nn.base.encoders import Encoder
from rlnotes.nn.base.stack import broadcast
from rlnotes.nn.base.summary import table
from rlnotes.nn.mlp import Linear


class Approximator(nn.Module):
    """A network: encoder → body → head.

    `forward(observation, state, begins)` computes the output and the next state. With a sequence body (rnn, lstm, gru,
    attention, transformer), observations are sequences [batch, time, ...], and `begins` [batch, time] is true at the
    first step of a new sequence. A sequence gives the same output whole or in pieces, if the state after one piece is
    passed to the next. With other bodies, observations are [batch, ...], and there is no state. A `stack` takes
    [networks, batch, ...].
    """

    def __init__(self, encoder: Encoder, body: Body, head: nn.Module) -> None:
        super().__init__()
        self.encoder, self.body, self.head = encoder, body, head

    def forward(self, observation: Any, state: Any = None, begins: Tensor | None = None) -> tuple[Any, Any]:
        features, state = self.body(self.encoder(observation), state, begins)
        return self.head(features), state

    def __str__(self) -> str:
        """A table of the parts, their notes and their numbers of parameters."""
        console = Console(width=120, highlight=False)
        with console.capture() as printed:
            console.print(table(self))
        return printed.get()


class ActionDistribution(nn.Module):
    """The head of a policy π(a|s): a distribution over an action space.

    Discrete: categorical. Box: normal, with a learnt deviation. MultiBinary: Bernoulli. Discrete actions are numbered
    from 0, even if their space starts elsewhere.
    Raises `SettingError` for another space.
    """

    def __init__(self, inputs: int, space: Space[Any], initialisation: str) -> None:
        super().__init__()
        shape, real = space.shape or (), isinstance(space, Box) and np.issubdtype(space.dtype, np.floating)
        if not isinstance(space, Discrete) and not ((real or isinstance(space, MultiBinary)) and len(shape) == 1):
            requirement = "must be Discrete, or a vector of MultiBinary or of a Box of real numbers"
            raise SettingError("actions", space, requirement)
        self.space = space
        size = int(space.n) if isinstance(space, Discrete) else shape[0]
        self.layer = Linear(inputs, size, initialisation)
        if isinstance(space, Box):
            self.log_deviation = nn.Parameter(torch.zeros(size))

    def forward(self, features: Tensor) -> Distribution:
        return self.distribution(self.layer(features))

    def distribution(self, parameters: Tensor) -> Distribution:
        """The distribution with the outputs of the linear layer as its parameters."""
        if isinstance(self.space, Discrete):
            return Categorical(logits=parameters, validate_args=False)
        if isinstance(self.space, MultiBinary):
            return Independent(Bernoulli(logits=parameters), 1)
        deviation = broadcast(self.log_deviation.exp(), parameters).expand_as(parameters)
        return Independent(Normal(parameters, deviation), 1)
