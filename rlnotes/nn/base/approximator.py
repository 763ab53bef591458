"""Networks as encoder → body → head, and the head of a policy."""

from functools import cached_property
from typing import Any

import numpy as np
import torch
from gymnasium import Space
from gymnasium.spaces import Box, Discrete, MultiBinary, MultiDiscrete, flatdim
from rich.console import Console
from torch import Tensor, nn
from torch.distributions import Bernoulli, Categorical, Distribution, Independent, Normal
from torch.nn.functional import pad

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


class Choice(Categorical):
    """The categorical distribution of `scores` [..., choices], which need not be normalised.

    log π = scores − log Σ exp(scores), computed when it is asked for, since a draw does not need it.
    """

    def __init__(self, scores: Tensor) -> None:
        self.scores, self._num_events = scores, scores.shape[-1]
        Distribution.__init__(self, scores.shape[:-1], validate_args=False)

    @cached_property
    def logits(self) -> Tensor:
        return self.scores - self.scores.logsumexp(-1, keepdim=True)


class ActionDistribution(nn.Module):
    """The head of a policy π(a|s): a distribution over an action space.

    Discrete: categorical. Box: normal, with a learnt deviation. MultiBinary: Bernoulli. MultiDiscrete: one categorical
    per component. Components are independent: log π(a|s) = Σ_i log π_i(a_i|s), and the entropies add up too.
    Discrete actions are numbered from 0, even if their space starts elsewhere. `gain` multiplies the initial weights.
    Raises `SettingError` for another space.
    """

    at: np.ndarray
    """output of each action of each component of MultiDiscrete [components, actions]; one past the last: no action"""

    def __init__(self, inputs: int, space: Space[Any], initialisation: str, gain: float = 1.0) -> None:
        super().__init__()
        shape, real = space.shape or (), isinstance(space, Box) and np.issubdtype(space.dtype, np.floating)
        vector = len(shape) == 1 and (real or isinstance(space, MultiBinary | MultiDiscrete))
        if not isinstance(space, Discrete) and not vector:
            requirement = "must be Discrete, or a vector of MultiDiscrete, of MultiBinary or of a Box of real numbers"
            raise SettingError("actions", space, requirement)
        self.space, size = space, flatdim(space)
        self.layer = Linear(inputs, size, initialisation, gain=gain)
        if isinstance(space, Box):
            self.log_deviation = nn.Parameter(torch.zeros(size))
        if isinstance(space, MultiDiscrete):
            number, first = np.arange(space.nvec.max()), np.cumsum(space.nvec) - space.nvec
            self.at = np.where(number < space.nvec[:, None], first[:, None] + number, size)

    def forward(self, features: Tensor) -> Distribution:
        return self.distribution(self.layer(features))

    def distribution(self, parameters: Tensor) -> Distribution:
        """The distribution with the outputs of the linear layer as its parameters."""
        if isinstance(self.space, Discrete):
            return Choice(parameters)
        if isinstance(self.space, MultiDiscrete):
            logits = pad(parameters, (0, 1), value=-torch.inf)[..., self.at]
            return Independent(Choice(logits), 1)
        if isinstance(self.space, MultiBinary):
            return Independent(Bernoulli(logits=parameters), 1)
        deviation = broadcast(self.log_deviation.exp(), parameters).expand_as(parameters)
        return Independent(Normal(parameters, deviation), 1)
