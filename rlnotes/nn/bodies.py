"""What stands between observations and outputs: `forward(x, state)` gives features [..., outputs] and the next state.

Those with a memory take sequences [batch, time, ...]; their state is `None` at the start. Others take [batch, ...], and
have none.
"""

from collections.abc import Sequence
from typing import Any

import torch
from gymnasium import Space
from torch import Tensor, nn

from rlnotes.nn.activations import ACTIVATIONS
from rlnotes.nn.attention import MultiHeadAttention
from rlnotes.nn.convolution import FeatureMaps, output_length
from rlnotes.nn.initialisation import initialise
from rlnotes.nn.mlp import MLP, Linear, activation_of, prepare
from rlnotes.nn.normalisation import INPUTS, NORMALISATIONS
from rlnotes.nn.observations import at, channels_last, features, flat, is_image, parts, scaled
from rlnotes.nn.recurrent import GRU, LSTM, RNN
from rlnotes.nn.transformer import AddNorm, EncoderBlock, positional_encoding
from rlnotes.nn.unknown import unknown

RECURRENT: dict[str, type[nn.Module]] = {"rnn": RNN, "lstm": LSTM, "gru": GRU}


class Flat(nn.Module):
    """Observations of any space as vectors [..., outputs], normalised by those seen if asked [notes 5.1, 5.2]."""

    def __init__(self, space: Space[Any], inputs: str = "none") -> None:
        super().__init__()
        if inputs not in INPUTS:
            raise unknown("inputs", inputs, INPUTS)
        self.parts = parts(space)
        self.outputs = sum(features(part) for _, part in self.parts)
        self.norm = nn.Identity() if inputs == "none" else INPUTS[inputs](self.outputs)

    def forward(self, observation: Any) -> Tensor:
        return self.norm(torch.cat([flat(part, at(observation, way)) for way, part in self.parts], -1))

    def extra_repr(self) -> str:
        return f"{self.outputs}"


class Images(nn.Module):
    """One image among the observations, as feature maps in a vector [batch, outputs] [notes 6.6].

    Raises `ValueError` where a kernel is larger than what it is to be moved over.
    """

    def __init__(
        self,
        space: Space[Any],
        maps: Sequence[int],
        kernel: int,
        stride: int,
        padding: int,
        activation: str,
        initialisation: str,
        normalisation: str,
    ) -> None:
        super().__init__()
        self.space, self.last = space, channels_last(space)
        assert space.shape is not None
        *sides, depth = (
            space.shape if self.last else (*space.shape[-2:], space.shape[0] if len(space.shape) == 3 else 1)
        )
        name, parameter = activation_of(activation)
        if name == "maxout":
            raise ValueError("activation maxout has the weights of a dense layer; body cnn needs another")
        layers: list[nn.Module] = []
        for number in maps:
            sides = [output_length(side, kernel, padding, stride) for side in sides]
            layer = FeatureMaps(depth, number, kernel, stride, padding)
            prepare(layer, initialisation, activation)
            norm = [] if normalisation == "none" else [NORMALISATIONS[normalisation][1](number)]
            layers += [layer, *norm, ACTIVATIONS[name](**parameter)]
            depth = number
        self.maps = nn.Sequential(*layers, nn.Flatten())
        self.outputs = depth * sides[0] * sides[1]

    def forward(self, image: Tensor) -> Tensor:
        x = scaled(self.space, image)
        if self.last:
            x = x.movedim(-1, -3)
        elif len(self.space.shape or ()) == 2:
            x = x.unsqueeze(-3)
        batch = x.shape[:-3]
        return self.maps(x.flatten(0, -4) if len(batch) != 1 else x).reshape(*batch, self.outputs)


class FlatAndImages(nn.Module):
    """Feature maps of every image among the observations, and whatever else there is, side by side [..., outputs]."""

    def __init__(self, space: Space[Any], inputs: str, **convolution: Any) -> None:
        super().__init__()
        self.parts = parts(space)
        if not any(is_image(part) for _, part in self.parts):
            raise ValueError(
                f"body cnn needs an image, a Box [height, width] or with channels, among observations {space}"
            )
        encoders = [Images(part, **convolution) if is_image(part) else Flat(part, inputs) for _, part in self.parts]
        self.encoders, self.outputs = nn.ModuleList(encoders), sum(encoder.outputs for encoder in encoders)

    def forward(self, observation: Any) -> Tensor:
        found = (at(observation, way) for way, _ in self.parts)
        return torch.cat([encoder(part) for encoder, part in zip(self.encoders, found, strict=True)], -1)


class Dense(nn.Module):
    """An `MLP`, which has no state."""

    def __init__(self, mlp: MLP) -> None:
        super().__init__()
        self.mlp, self.outputs = mlp, mlp.outputs

    def forward(self, x: Tensor, state: None = None) -> tuple[Tensor, None]:
        return self.mlp(x), None


class Recurrent(nn.Module):
    """Dense layers, and a recurrent one of the last width [notes 7.1, 7.2, 7.3].

    The LSTM's forget gates begin with the bias 1: with 0 they would be about ½, and nothing be kept for long.
    Source: Gers, Schmidhuber & Cummins (2000).
    """

    def __init__(self, kind: str, mlp: MLP, units: int, initialisation: str) -> None:
        super().__init__()
        self.mlp, self.outputs = mlp, units
        self.layer = RECURRENT[kind](mlp.outputs, units)
        for name, parameter in self.layer.named_parameters():
            for number, gate in enumerate(parameter.data.split(units)):
                if "bias" in name:
                    nn.init.constant_(gate, kind == "lstm" and number == 1 and name == "bias_hh_l0")
                else:
                    initialise(gate, initialisation, "none")

    def forward(self, x: Tensor, state: Any = None) -> tuple[Tensor, Any]:
        return self.layer(self.mlp(x), state)


class Window(nn.Module):
    """Dense layers, and attention of every step to the last `window` steps, itself among them [notes 9.3, 9.4].

    With `blocks` = 0 one layer of attention with add & norm, else so many blocks of a Transformer's encoder; either is
    read at its last step. Positions are counted back from there. The state is what earlier steps left
    [batch, window − 1, width], and which of them there were [batch, window − 1].
    """

    positions: Tensor

    def __init__(self, mlp: MLP, width: int, heads: int, window: int, blocks: int, initialisation: str) -> None:
        super().__init__()
        if window < 1:
            raise ValueError(f"window {window}: must be 1 or more")
        self.mlp, self.outputs, self.window = mlp, width, window
        self.embed = Linear(mlp.outputs, width, initialisation)
        self.register_buffer("positions", positional_encoding(window, width).flip(0), persistent=False)
        self.blocks = nn.ModuleList(EncoderBlock(width, heads, 2 * width) for _ in range(blocks))
        if not blocks:
            self.attention, self.attended = MultiHeadAttention(width, heads), AddNorm(width)

    def forward(self, x: Tensor, state: tuple[Tensor, Tensor] | None = None) -> tuple[Tensor, tuple[Tensor, Tensor]]:
        x = self.embed(self.mlp(x))
        batch, _, width = x.shape
        before = self.window - 1
        past, known = state or (x.new_zeros(batch, before, width), x.new_zeros(batch, before, dtype=torch.bool))
        past, known = torch.cat([past, x], 1), torch.cat([known, known.new_ones(x.shape[:2])], 1)
        seen = past.unfold(1, self.window, 1).transpose(-1, -2) + self.positions
        mask = known.unfold(1, self.window, 1)[:, :, None]
        left = past[:, past.shape[1] - before :], known[:, known.shape[1] - before :]
        if not self.blocks:
            last = seen[:, :, -1:]
            return self.attended(last, self.attention(last, seen, seen, mask)).squeeze(2), left
        for block in self.blocks:
            seen = block(seen, mask)
        return seen[:, :, -1], left

    def extra_repr(self) -> str:
        return f"window={self.window}"
