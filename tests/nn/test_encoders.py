"""Encoders turn observations into the right features, and refuse other observations."""

import numpy as np
import pytest
import torch
from gymnasium.spaces import Box, Dict, Discrete, Tuple, flatten
from support.spaces import SPACES, sample
from torch import nn

from rlnotes.base.errors import SettingError
from rlnotes.nn.base.encoders import Flat
from rlnotes.nn.base.observations import Part
from rlnotes.nn.network import BODIES, Network
from rlnotes.nn.normalisation import INPUTS, NORMALISATIONS

pytestmark = pytest.mark.usefixtures("double")


@pytest.mark.parametrize("name", SPACES)
def test_observations_are_flattened_as_in_gymnasium(name):
    space = SPACES[name]
    one = sample(space)
    made = Flat(space)(batch_of(one))[0]
    parts = [part / 255 if sub.dtype == np.uint8 and isinstance(sub, Box) else part for sub, part in leaves(space, one)]
    expected = np.concatenate([np.ravel(part) for part in parts])
    np.testing.assert_allclose(made, expected)
    if space.dtype != np.uint8:
        np.testing.assert_allclose(made, flatten(space, one))


def batch_of(one):
    """A batch of one."""
    if isinstance(one, dict):
        return {key: batch_of(part) for key, part in one.items()}
    if isinstance(one, tuple):
        return tuple(batch_of(part) for part in one)
    return np.asarray(one)[None]


def leaves(space, one):
    """The simple spaces inside a space, each with its part of an observation, flattened by Gymnasium."""
    if isinstance(space, Dict | Tuple):
        inner = space.spaces.items() if isinstance(space, Dict) else enumerate(space.spaces)
        for key, sub in inner:
            yield from leaves(sub, one[key])
    else:
        yield space, flatten(space, one)


@pytest.mark.parametrize("inputs", INPUTS)
def test_inputs_are_normalised_as_the_setting_says(inputs):
    network = Network(inputs=inputs).vector(Box(-9, 9, (1,)), 1)
    made = network.encoder(torch.tensor([[1.0], [2.0], [6.0]]))[:, 0]
    expected = {"none": [1, 2, 6], "min_max": [0, 0.2, 1], "standardise": [-0.9258201, -0.4629100, 1.3887301]}
    torch.testing.assert_close(made, torch.tensor(expected[inputs], dtype=torch.float64), rtol=1e-6, atol=1e-6)


def test_images_are_the_same_with_channels_first_or_last_and_in_bytes():
    first, last, byte = Box(0, 1, (3, 8, 9)), Box(0, 1, (8, 9, 3)), Box(0, 255, (8, 9, 3), np.uint8)
    outputs, image = [], torch.randint(256, (2, 8, 9, 3))
    for space, x in ((first, image.movedim(-1, 1) / 255), (last, image / 255), (byte, image.to(torch.uint8))):
        torch.manual_seed(0)
        outputs.append(Network(body="cnn").vector(space, 4)(x)[0])
    torch.testing.assert_close(outputs[0], outputs[1])
    torch.testing.assert_close(outputs[1], outputs[2])


BOUNDS = {
    "one-hot": (0, 1, [0, 1, 1], [0, 1, 1]),
    "levels": (0, 4, [0, 1, 4], [0, 0.25, 1]),
    "from above 0": (100, 200, [100, 150, 200], [0, 0.5, 1]),
    "different elements": ([0, 10, 7], [1, 20, 7], [1, 15, 7], [1, 0.5, 0]),
    "all bytes": (0, 255, [0, 51, 255], [0, 0.2, 1]),
}


@pytest.mark.parametrize("name", BOUNDS)
def test_bytes_are_scaled_by_the_bounds_of_their_space(name):
    """(x − low) / (high − low), in vectors, in images and inside other spaces; other numbers are not scaled."""
    low, high, x, expected = (np.array(numbers) for numbers in BOUNDS[name])

    def box(shape, dtype):
        return Box(*(np.broadcast_to(side, (3,)).reshape(shape).astype(dtype) for side in (low, high)), dtype=dtype)

    def numbers(encoder, observation):
        return encoder(observation)[0].detach()

    byte, vector = np.uint8, torch.as_tensor(expected, dtype=torch.float64)
    torch.testing.assert_close(numbers(Flat(box((3,), byte)), x[None].astype(byte)), vector)
    inside = Dict(a=Discrete(2), b=Tuple([box((1, 3, 1), byte)]))
    batch = {"a": np.array([1]), "b": (x.reshape(1, 1, 3, 1).astype(byte),)}
    torch.testing.assert_close(numbers(Flat(inside), batch), torch.cat([torch.tensor([0.0, 1.0]), vector]))
    cnn = Network(body="cnn", channels="last", maps=[1], kernel=1, widths=[], activation="leaky_relu:1")
    network = cnn.vector(inside, 1)
    layer = network.encoder.encoders[1].maps[0]
    nn.init.ones_(layer.weight)
    torch.testing.assert_close(numbers(network.encoder, batch)[2:], vector)
    for dtype in (np.int32, np.float32):
        plain = torch.as_tensor(x, dtype=torch.float64)
        torch.testing.assert_close(numbers(Flat(box((3,), dtype)), x[None].astype(dtype)), plain)


SHAPES = [
    ((84, 84, 3), "last"),
    ((3, 84, 84), "first"),
    ((210, 160, 3), "last"),
    ((10, 10, 7), "last"),
    ((9, 10, 10), "first"),
    ((10, 10, 10), None),
    ((8, 8, 16), None),
    ((16, 8, 8), None),
    ((4, 6, 8), None),
    ((84, 3, 84), None),
]


@pytest.mark.parametrize(("shape", "clear"), SHAPES)
def test_the_channels_of_an_image_are_on_the_axis_that_is_set_or_clear(shape, clear):
    space, x = Box(0, 1, shape), torch.rand(2, *shape)

    def made(channels, space, x):
        torch.manual_seed(0)
        return Network(body="cnn", channels=channels, kernel=2).vector(space, 2)(x)[0]

    moved = Box(0, 1, (shape[-1], *shape[:-1]))
    last, first = made("last", space, x), made("first", space, x)
    torch.testing.assert_close(last, made("first", moved, x.movedim(-1, 1)))
    assert (first - last).abs().min() > 0
    if clear:
        torch.testing.assert_close(made("auto", space, x), {"first": first, "last": last}[clear])
    else:
        with pytest.raises(SettingError, match=r"channels=auto: cannot tell which axis of an image \["):
            made("auto", space, x)


def test_a_state_is_one_hot():
    torch.testing.assert_close(
        Part((), Discrete(3, start=5)).flat(torch.tensor([5, 7]), torch.float64), torch.eye(3)[[0, 2]]
    )


@pytest.mark.parametrize("body", BODIES)
def test_observations_of_another_shape_are_refused(body):
    """Observations must be a batch, or sequences, and have the shape of the space."""
    network = Network(body=body).vector(SPACES["planes"], 2)
    batch = torch.zeros(3, 4, 2, 8, 9) if Network(body=body).remembers else torch.zeros(4, 2, 8, 9)
    network(batch)
    for bad in (batch.reshape(*batch.shape[:-1], 3, 3), torch.zeros(2, 8, 9)):
        with pytest.raises(ValueError, match=r"observations must be \[batch, ..., 2, 8, 9\], not \["):
            network(bad)
    if Network(body=body).remembers:
        with pytest.raises(ValueError, match=r"takes sequences \[batch, time, ...\]; the features are \[3, 144\]"):
            network(batch[:, 0])


def test_normalisation_of_inputs_refuses_an_observation_that_is_not_finite():
    network = Network(inputs="standardise").vector(SPACES["vector"], 2)
    with pytest.raises(ValueError, match="feature 3 of the input is not a finite number"):
        network(torch.tensor([[0, 0, 0, torch.nan, 0]]))


@pytest.mark.parametrize("normalisation", NORMALISATIONS)
def test_feature_maps_are_normalised_before_their_activation(normalisation):
    """The activation also has the slope of its setting."""
    network = Network(body="cnn", maps=[4], widths=[3], normalisation=normalisation, activation="leaky_relu:0.5")
    made = network.vector(SPACES["planes"], 2)
    layers = list(made.encoder.encoders[0].maps)[:-1]
    x = torch.rand(6, 2, 8, 9)
    z = layers[0](x)
    if normalisation != "none":
        axes = (0, 2, 3) if normalisation == "batch" else (1, 2, 3)
        z = (z - z.mean(axes, keepdim=True)) / (z.var(axes, keepdim=True, correction=0) + 1e-5).sqrt()
    torch.testing.assert_close(made.encoder(x), torch.where(z > 0, z, z / 2).flatten(1))
    made(x)


def test_building_a_network_does_not_draw_from_the_space():
    spaces = Box(-1, 1, (4,), seed=0), Box(-1, 1, (4,), seed=0)
    Network().vector(spaces[0], 2)
    np.testing.assert_array_equal(spaces[0].sample(), spaces[1].sample())
