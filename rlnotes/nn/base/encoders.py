"""Encoders: modules that turn observations into features [..., outputs]."""

from collections.abc import Sequence
from typing import Any

import torch
from gymnasium import Space
from gymnasium.spaces import flatdim
from torch import Tensor, nn

from rlnotes.base.errors import SettingError
from rlnotes.nn.activations import ACTIVATIONS, parse_activation
from rlnotes.nn.base.observations import Part, channels_last, is_image, parts
from rlnotes.nn.convolution import FeatureMaps, output_length
from rlnotes.nn.mlp import prepare
from rlnotes.nn.normalisation import INPUTS, NORMALISATIONS


class Encoder(nn.Module):
    """A module that turns observations into features [..., outputs].

    The features have the precision and the device of the network that contains the encoder.
    """

    outputs: int
    """number of features"""
    like: Tensor
    """an empty tensor with the precision and the device of the network"""

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("like", torch.empty(0), persistent=False)


class Flat(Encoder):
    """Flatten observations of any space to vectors [..., outputs].

    `inputs` normalises them by statistics of the observations seen so far [notes 5.1, 5.2].
    Raises `SettingError` if the space is unsupported or has no elements, or `inputs` is unknown.
    """

    def __init__(self, space: Space[Any], inputs: str = "none") -> None:
        super().__init__()
        if inputs not in INPUTS:
            raise SettingError.choice("inputs", inputs, INPUTS)
        self.parts = parts(space)
        self.outputs = sum(flatdim(part.space) for part in self.parts)
        if not self.outputs:
            raise SettingError("observations", space, "must have at least one element")
        self.norm = nn.Identity() if inputs == "none" else INPUTS[inputs](self.outputs)

    def forward(self, observation: Any) -> Tensor:
        vectors = [part.flat(part.of(observation, self.like.device), self.like.dtype) for part in self.parts]
        return self.norm(torch.cat(vectors, -1) if len(vectors) > 1 else vectors[0])

    def extra_repr(self) -> str:
        return f"{self.outputs}"


class Images(Encoder):
    """Layers of feature maps for one image of the observations [notes 6.6].

    Images [batch, ...] → vectors [batch, outputs].
    Raises `SettingError` if a kernel is larger than its padded input, or `channels` does not say which axis they are.
    """

    def __init__(
        self,
        space: Space[Any],
        channels: str,
        maps: Sequence[int],
        kernel: int,
        stride: int,
        padding: int,
        activation: str,
        initialisation: str,
        normalisation: str,
    ) -> None:
        super().__init__()
        self.part, self.channels_last = Part((), space), channels_last(space, channels)
        assert space.shape is not None
        channels_first = (*space.shape[-2:], space.shape[0] if len(space.shape) == 3 else 1)
        *sides, depth = space.shape if self.channels_last else channels_first
        name, parameter = parse_activation(activation)
        layers: list[nn.Module] = []
        for number in maps:
            sides = [output_length(side, kernel, padding, stride) for side in sides]
            layer = FeatureMaps(depth, number, kernel, stride, padding)
            prepare(layer, initialisation, activation)
            norm = [] if normalisation == "none" else [NORMALISATIONS[normalisation][1](number)]
            layers += [layer, *norm, ACTIVATIONS[name](**parameter)]
            depth = number
        self.maps = nn.Sequential(*layers, nn.Flatten(-3))
        self.outputs = depth * sides[0] * sides[1]

    def forward(self, image: Tensor) -> Tensor:
        batch, x = self.part.batch_shape(image), self.part.scaled(image, self.like.dtype)
        if self.channels_last:
            x = x.movedim(-1, -3)
        elif len(self.part.space.shape or ()) == 2:
            x = x.unsqueeze(-3)
        networks = batch[:1] if any(weight.dim() == 5 for weight in self.maps.parameters()) else ()
        return self.maps(x.reshape(*networks, -1, *x.shape[-3:])).reshape(*batch, self.outputs)


class FlatAndImages(Encoder):
    """Feature maps of every image of the observations, and the other parts flattened.

    All features are concatenated [..., outputs].
    Raises `SettingError` if the space has no image.
    """

    def __init__(self, space: Space[Any], inputs: str, **convolution: Any) -> None:
        super().__init__()
        self.parts = parts(space)
        if not any(is_image(part.space) for part in self.parts):
            raise SettingError("body", "cnn", f"needs an image, a Box [height, width] or with channels, not {space}")
        spaces = [part.space for part in self.parts]
        encoders = [Images(one, **convolution) if is_image(one) else Flat(one, inputs) for one in spaces]
        self.encoders, self.outputs = nn.ModuleList(encoders), sum(encoder.outputs for encoder in encoders)

    def forward(self, observation: Any) -> Tensor:
        found = (part.of(observation, self.like.device) for part in self.parts)
        return torch.cat([encoder(x) for encoder, x in zip(self.encoders, found, strict=True)], -1)
