"""Approximators: encoder → body → head; and the head of a policy."""

from typing import Any

import numpy as np
import torch
from gymnasium import Space
from gymnasium.spaces import Box, Discrete, MultiBinary
from rich.console import Console
from torch import Tensor, nn
from torch.distributions import Bernoulli, Categorical, Distribution, Independent, Normal

from rlnotes.base.errors import SettingError
from rlnotes.nn.base.stack import spread
from rlnotes.nn.base.summary import table
from rlnotes.nn.mlp import Linear


class Approximator(nn.Module):
    """Observations → body → head; `forward(observation, state)` gives the output and the next state.

    A body with a memory (rnn, lstm, gru, attention, transformer) takes sequences of observations [batch, time, ...],
    and one sequence gives the same, whole or in pieces, where the state of one piece is passed to the next; `begins`
    [batch, time] says where another begins. Others take [batch, ...], and have no state. Many networks on a `stack`
    take [networks, batch, ...].
    """

    def __init__(self, encoder: nn.Module, body: nn.Module, head: nn.Module) -> None:
        super().__init__()
        self.encoder, self.body, self.head = encoder, body, head

    def forward(self, observation: Any, state: Any = None, begins: Tensor | None = None) -> tuple[Any, Any]:
        features, state = self.body(self.encoder(observation), state, begins)
        return self.head(features), state

    def __str__(self) -> str:
        """Its parts, the notes that they are in, and their parameters."""
        console = Console(width=120, highlight=False)
        with console.capture() as printed:
            console.print(table(self))
        return printed.get()


class ActionDistribution(nn.Module):
    """π(a|s) over an action space: categorical, normal with a deviation that is learnt, or Bernoulli's.

    Discrete actions are numbered from 0, wherever their space starts.
    """

    def __init__(self, inputs: int, space: Space[Any], initialisation: str) -> None:
        super().__init__()
        shape, real = space.shape or (), isinstance(space, Box) and np.issubdtype(space.dtype, np.floating)
        if not isinstance(space, Discrete) and not ((real or isinstance(space, MultiBinary)) and len(shape) == 1):
            what = "must be Discrete, or a vector of MultiBinary or of a Box of real numbers"
            raise SettingError("actions", space, what)
        self.space = space
        numbers = int(space.n) if isinstance(space, Discrete) else shape[0]
        self.layer = Linear(inputs, numbers, initialisation)
        if isinstance(space, Box):
            self.log_deviation = nn.Parameter(torch.zeros(numbers))

    def forward(self, features: Tensor) -> Distribution:
        return self.distribution(self.layer(features))

    def distribution(self, numbers: Tensor) -> Distribution:
        """Of the numbers that a layer says."""
        if isinstance(self.space, Discrete):
            return Categorical(logits=numbers, validate_args=False)
        if isinstance(self.space, MultiBinary):
            return Independent(Bernoulli(logits=numbers), 1)
        deviation = spread(self.log_deviation.exp(), numbers).expand_as(numbers)
        return Independent(Normal(numbers, deviation), 1)
