"""The description of a network, which builds it for any observations."""

from collections.abc import Callable
from dataclasses import dataclass, field
from math import inf
from typing import Any

from gymnasium import Space
from gymnasium.spaces import Discrete
from torch import nn

from rlnotes.base.configured import Configured, is_real
from rlnotes.base.errors import SettingError
from rlnotes.nn.activations import parse_activation
from rlnotes.nn.base.approximator import ActionDistribution, Approximator
from rlnotes.nn.base.bodies import RECURRENT, Body, Dense, Recurrent, WindowAttention
from rlnotes.nn.base.checks import are_sizes, require_sizes
from rlnotes.nn.base.encoders import Encoder, Flat, FlatAndImages
from rlnotes.nn.base.observations import CHANNELS
from rlnotes.nn.initialisation import SCHEMES
from rlnotes.nn.mlp import MLP, Linear
from rlnotes.nn.normalisation import INPUTS, NORMALISATIONS

BODIES = ("mlp", "cnn", *RECURRENT, "attention", "transformer")


@dataclass
class Network(Configured):
    """The description of a network that is built from the layers of the notes.

    encoder → body → head [notes 3 to 9]

    Raises `SettingError` if a setting is wrong; `vector`, `action_values` and `policy` also raise it if the settings do
    not fit the observations or the actions.
    """

    body: str = "mlp"
    """mlp, cnn, rnn (tanh), rnn_logistic, rnn_relu, lstm, gru, attention or transformer"""

    widths: list[int] = field(default_factory=lambda: [64, 64])
    """units of the dense layers; the last width of a sequence body is that of its recurrent or attention layer"""

    activation: str = "relu"
    """of dense layers and feature maps: logistic, tanh, relu, leaky_relu or leaky_relu:SLOPE, softplus, maxout or
    maxout:PIECES"""

    initialisation: str = "auto"
    """auto (chosen for the activation), xavier_uniform, xavier_normal, he_uniform, he_normal, fan_in_uniform,
    fan_in_normal, fan_out_uniform, fan_out_normal or torch"""

    policy_gain: float = 0.01
    """factor of the initial weights of the last layer of a policy, above 0; small: the actions begin near uniform, or
    near the middle of their range"""

    normalisation: str = "none"
    """none, batch or layer; it comes before the activation of a dense layer or of feature maps"""

    inputs: str = "none"
    """none, min_max or standardise; the statistics are of the observations seen in training"""

    channels: str = "auto"
    """axis of an image that has the channels, for a cnn: first, last, or auto: the axis that is clearly the shortest"""

    maps: list[int] = field(default_factory=lambda: [16, 32])
    """numbers of feature maps of the convolution layers of a cnn, which come before its dense layers"""

    kernel: int = 3
    """side length of the kernels of a cnn"""

    stride: int = 1
    """step of the kernels of a cnn"""

    padding: int = 0
    """zeros added on each side of images and feature maps of a cnn"""

    window: int = 8
    """steps that attention and transformer look back on, including the present one; the initial gates of lstm and gru
    retain about this many steps"""

    heads: int = 4
    """heads of attention; must divide the last width"""

    blocks: int = 1
    """blocks of a transformer"""

    def __post_init__(self) -> None:
        self.require_choice("body", BODIES)
        self.require_choice("initialisation", SCHEMES)
        self.require_choice("normalisation", list(NORMALISATIONS))
        self.require_choice("inputs", list(INPUTS))
        self.require_choice("channels", CHANNELS)
        maxout = parse_activation(self.activation)[0] == "maxout"
        requirement = "replaces a dense layer and has no feature maps; body cnn needs another activation"
        self.require("activation", not (maxout and self.body == "cnn"), requirement)
        self.require("widths", are_sizes(self.widths), "must be a list of whole numbers, 1 or more each")
        self.require("maps", are_sizes(self.maps), "must be a list of whole numbers, 1 or more each")
        fits = is_real(self.policy_gain) and 0 < self.policy_gain < inf
        self.require("policy_gain", fits, "must be a number above 0")
        for setting in ("kernel", "stride", "window", "heads", "blocks"):
            self.require_whole(setting, 1)
        self.require_whole("padding", 0)
        if self.remembers:
            self.require("widths", len(self.widths) > 0, f"body {self.body} needs at least one width")
            requirement = f"normalises a batch, and body {self.body} takes sequences; must be none or layer"
            self.require("normalisation", self.normalisation != "batch", requirement)
        if self.body in ("attention", "transformer"):
            divides = self.widths[-1] % self.heads == 0
            self.require("heads", divides, f"must divide the last of the widths, {self.widths[-1]}")

    @property
    def remembers(self) -> bool:
        """Whether the output depends on earlier observations: whether the body takes sequences."""
        return self.body not in ("mlp", "cnn")

    def vector(self, observations: Space[Any], outputs: int) -> Approximator:
        """Build a network with `outputs` numbers as its output."""
        require_sizes(outputs=outputs)
        return self.build(observations, lambda width: Linear(width, outputs, self.initialisation))

    def action_values(self, observations: Space[Any], actions: Space[Any]) -> Approximator:
        """Build a network for Q(s, ·): its output is one value per action of a finite set."""
        if not isinstance(actions, Discrete):
            raise SettingError("actions", actions, "must be Discrete, since every action has a value")
        return self.vector(observations, int(actions.n))

    def policy(self, observations: Space[Any], actions: Space[Any]) -> Approximator:
        """Build a network for π(·|s): its output is a distribution of torch over the actions."""
        return self.build(observations, lambda width: ActionDistribution(width, actions, *self.last_of_policy))

    @property
    def last_of_policy(self) -> tuple[str, float]:
        """Initialisation and gain of the last layer of a policy."""
        return self.initialisation, self.policy_gain

    def build(self, observations: Space[Any], head: Callable[[int], nn.Module]) -> Approximator:
        """Build a network; `head` makes its last part from the number of features."""
        encoder = self.encoder(observations)
        body = self.make_body(encoder.outputs)
        return Approximator(encoder, body, head(body.outputs))

    def scalar(self, features: int) -> nn.Module:
        """Build body and head of a network without memory, for one number as its output: [..., features] → [..., 1]."""
        mlp = MLP(features, self.widths, **self.layers)
        return nn.Sequential(mlp, Linear(mlp.outputs, 1, self.initialisation))

    def encoder(self, observations: Space[Any]) -> Encoder:
        """The encoder of observations."""
        if self.body != "cnn":
            return Flat(observations, self.inputs)
        convolution: dict[str, Any] = {"channels": self.channels, "maps": self.maps}
        convolution |= {"kernel": self.kernel, "stride": self.stride, "padding": self.padding}
        return FlatAndImages(observations, self.inputs, **convolution, **self.layers)

    def make_body(self, features: int) -> Body:
        """The body, for this number of features from the encoder."""
        mlp = MLP(features, self.widths[:-1] if self.remembers else self.widths, **self.layers)
        if not self.remembers:
            return Dense(mlp)
        if self.body in RECURRENT:
            return Recurrent(self.body, mlp, self.widths[-1], self.window, self.initialisation)
        blocks = self.blocks if self.body == "transformer" else 0
        return WindowAttention(mlp, self.widths[-1], self.heads, self.window, blocks, self.initialisation)

    @property
    def layers(self) -> dict[str, Any]:
        """The settings of every layer."""
        return {
            "activation": self.activation,
            "initialisation": self.initialisation,
            "normalisation": self.normalisation,
        }
