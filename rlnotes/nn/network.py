"""One description that builds any approximator."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from gymnasium import Space
from gymnasium.spaces import Discrete
from torch import nn

from rlnotes.base.configured import Configured
from rlnotes.base.errors import SettingError
from rlnotes.nn.activations import activation_of
from rlnotes.nn.base.approximator import ActionDistribution, Approximator
from rlnotes.nn.base.bodies import RECURRENT, Dense, Recurrent, Window
from rlnotes.nn.base.encoders import Flat, FlatAndImages
from rlnotes.nn.initialisation import SCHEMES
from rlnotes.nn.mlp import MLP, Linear
from rlnotes.nn.normalisation import INPUTS, NORMALISATIONS

BODIES = ("mlp", "cnn", *RECURRENT, "attention", "transformer")


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
