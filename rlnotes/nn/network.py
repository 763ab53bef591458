"""One description that builds any approximator."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from gymnasium import Space
from gymnasium.spaces import Box, Discrete, MultiBinary
from rich.console import Console
from torch import Tensor, nn
from torch.distributions import Bernoulli, Categorical, Distribution, Independent, Normal

from rlnotes.base.configured import Configured
from rlnotes.base.errors import SettingError
from rlnotes.nn.activations import activation_of
from rlnotes.nn.bodies import RECURRENT, Dense, Recurrent, Window
from rlnotes.nn.encoders import Flat, FlatAndImages
from rlnotes.nn.initialisation import SCHEMES
from rlnotes.nn.mlp import MLP, Linear
from rlnotes.nn.normalisation import INPUTS, NORMALISATIONS
from rlnotes.nn.stack import spread
from rlnotes.nn.summary import table

BODIES = ("mlp", "cnn", *RECURRENT, "attention", "transformer")


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


@dataclass
class Network(Configured):
    """The description of a network, from the layers of the notes, sections 3 to 9.

    Raises `SettingError` where it cannot be built, here or when it meets its observations.
    """

    body: str = "mlp"
    """mlp, cnn, rnn, lstm, gru, attention or transformer"""

    widths: list[int] = field(default_factory=lambda: [64, 64])
    """units of the dense layers; of a body with a memory the last one is what remembers"""

    activation: str = "relu"
    """of dense layers and feature maps: logistic, tanh, relu, leaky_relu or leaky_relu:SLOPE, softplus, maxout or
    maxout:PIECES"""

    initialisation: str = "auto"
    """auto, which fits the activation, xavier_uniform, xavier_normal, he_uniform, he_normal or torch"""

    normalisation: str = "none"
    """none, batch or layer, between a dense layer or feature maps and their activation"""

    inputs: str = "none"
    """none, min_max or standardise, by the observations seen while training"""

    maps: list[int] = field(default_factory=lambda: [16, 32])
    """feature maps of the layers of convolution of a cnn, before the dense ones"""

    kernel: int = 3
    """side of the kernels of a cnn"""

    stride: int = 1
    """step of the kernels of a cnn"""

    padding: int = 0
    """zeros around images and feature maps of a cnn"""

    window: int = 8
    """steps that attention and a transformer look back on, the present one among them; lstm and gru begin with gates
    that keep about so many"""

    heads: int = 4
    """heads of attention, which divide the last width"""

    blocks: int = 1
    """blocks of a transformer"""

    def __post_init__(self) -> None:
        known = {"body": BODIES, "initialisation": SCHEMES, "normalisation": NORMALISATIONS, "inputs": INPUTS}
        for name, names in known.items():
            if getattr(self, name) not in names:
                raise SettingError.choice(name, getattr(self, name), names)
        if activation_of(self.activation)[0] == "maxout" and self.body == "cnn":
            raise SettingError(
                "activation", self.activation, "has the weights of a dense layer; body cnn needs another"
            )
        for name in ("widths", "maps"):
            sizes = getattr(self, name)
            if not isinstance(sizes, list | tuple) or not all(isinstance(size, int) and size >= 1 for size in sizes):
                raise SettingError(name, sizes, "must be a list of whole numbers, 1 or more each")
        for name, least in {"kernel": 1, "stride": 1, "padding": 0, "window": 1, "heads": 1, "blocks": 1}.items():
            if not isinstance(getattr(self, name), int) or getattr(self, name) < least:
                raise SettingError(name, getattr(self, name), f"must be a whole number, {least} or more")
        if self.remembers and not self.widths:
            raise SettingError("widths", self.widths, f"body {self.body} needs one at least, what remembers")
        if self.remembers and self.normalisation == "batch":
            what = f"body {self.body} takes sequences, whose steps are no batch; use layer"
            raise SettingError("normalisation", "batch", what)

        if self.body in ("attention", "transformer") and self.widths[-1] % self.heads:
            raise SettingError("heads", self.heads, f"must divide the last of the widths, {self.widths[-1]}")

    @property
    def remembers(self) -> bool:
        """Whether what it says depends on earlier observations."""
        return self.body not in ("mlp", "cnn")

    def vector(self, observations: Space[Any], outputs: int) -> Approximator:
        """A network with `outputs` numbers at the end."""
        if not isinstance(outputs, int) or outputs < 1:
            raise SettingError("outputs", outputs, "must be a whole number, 1 or more")
        return self.build(observations, lambda width: Linear(width, outputs, self.initialisation))

    def action_values(self, observations: Space[Any], actions: Space[Any]) -> Approximator:
        """A network with a value for each of a finite set of actions at the end: Q(s, ·)."""
        if not isinstance(actions, Discrete):
            raise SettingError("actions", actions, "must be Discrete, for a value each")
        return self.vector(observations, int(actions.n))

    def policy(self, observations: Space[Any], actions: Space[Any]) -> Approximator:
        """A network with a distribution of actions at the end, one of torch's: π(·|s)."""
        return self.build(observations, lambda width: ActionDistribution(width, actions, self.initialisation))

    def build(self, observations: Space[Any], head: Callable[[int], nn.Module]) -> Approximator:
        """A network with a head, made for the width of what it is put on."""
        layers = {name: getattr(self, name) for name in ("activation", "initialisation", "normalisation")}
        if self.body == "cnn":
            sizes = {name: getattr(self, name) for name in ("maps", "kernel", "stride", "padding")}
            encoder: Flat | FlatAndImages = FlatAndImages(observations, self.inputs, **sizes, **layers)
        else:
            encoder = Flat(observations, self.inputs)
        mlp = MLP(encoder.outputs, self.widths[:-1] if self.remembers else self.widths, **layers)
        if self.body in RECURRENT:
            body: Dense | Recurrent | Window = Recurrent(
                self.body, mlp, self.widths[-1], self.window, self.initialisation
            )
        elif self.remembers:
            blocks = self.blocks if self.body == "transformer" else 0
            body = Window(mlp, self.widths[-1], self.heads, self.window, blocks, self.initialisation)
        else:
            body = Dense(mlp)
        return Approximator(encoder, body, head(body.outputs))
