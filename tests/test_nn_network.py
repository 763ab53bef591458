"""One description builds any approximator, for any observations, and refuses what cannot be."""

import sys

import numpy as np
import pytest
import torch
from gymnasium.spaces import Box, Dict, Discrete, MultiBinary, MultiDiscrete, Text, Tuple, flatten
from gymnasium.vector.utils import batch_space
from torch.distributions import Distribution

from rlnotes.nn import __main__ as command
from rlnotes.nn.activations import ACTIVATIONS
from rlnotes.nn.bodies import Flat
from rlnotes.nn.convolution import parameters_of_feature_maps
from rlnotes.nn.initialisation import SCHEMES
from rlnotes.nn.network import BODIES, Network
from rlnotes.nn.normalisation import INPUTS, NORMALISATIONS
from rlnotes.nn.observations import flat

pytestmark = pytest.mark.usefixtures("double")
SPACES = {
    "vector": Box(-1, 1, (5,)),
    "number": Box(-1, 1, ()),
    "image": Box(0, 255, (8, 9, 3), np.uint8),
    "planes": Box(0, 1, (2, 8, 9)),
    "grey": Box(0, 255, (8, 9), np.uint8),
    "discrete": Discrete(7, start=2),
    "multi_discrete": MultiDiscrete([3, 4], start=[1, -2]),
    "multi_binary": MultiBinary(4),
    "tuple": Tuple([Discrete(3), Box(0, 1, (2,))]),
    "dict": Dict(picture=Box(0, 1, (6, 6)), more=Tuple([Discrete(4), MultiDiscrete([[2, 3], [4, 5]])])),
}
IMAGES = {"image", "planes", "grey", "dict"}
STEPS, BATCH = 11, 3  # more steps than a window has


def sample(space, *batch):
    """A batch of random observations."""
    for size in reversed(batch):
        space = batch_space(space, size)
    space.seed(0)
    return space.sample()


def steps(observation, begin, end):
    """The steps from `begin` to `end` of a batch of sequences."""
    if isinstance(observation, dict):
        return {key: steps(part, begin, end) for key, part in observation.items()}
    if isinstance(observation, tuple):
        return tuple(steps(part, begin, end) for part in observation)
    return observation[:, begin:end]


@pytest.mark.parametrize("body", BODIES)
@pytest.mark.parametrize("name", SPACES)
def test_every_body_takes_every_observation(name, body):
    """With a vector, values or a distribution at the end; without an image there is nothing to convolve."""
    space, network = SPACES[name], Network(body=body, widths=[6, 8], heads=2, window=4)
    if body == "cnn" and name not in IMAGES:
        with pytest.raises(ValueError, match="body cnn needs an image"):
            network.vector(space, 2)
        return
    batch = (BATCH, STEPS) if network.remembers else (BATCH,)
    observation = sample(space, *batch)
    assert network.vector(space, 2)(observation)[0].shape == (*batch, 2)
    assert network.action_values(space, Discrete(5))(observation)[0].shape == (*batch, 5)
    for actions, shape in ((Discrete(5), ()), (Box(-1, 1, (3,)), (3,)), (MultiBinary(4), (4,))):
        policy, _ = network.policy(space, actions)(observation)
        assert isinstance(policy, Distribution)
        assert policy.sample().shape == (*batch, *shape)
        assert policy.log_prob(policy.sample()).shape == batch


@pytest.mark.parametrize("name", SPACES)
def test_observations_become_numbers_as_gymnasium_flattens_them(name):
    space = SPACES[name]
    space.seed(1)
    one = space.sample()
    made = Flat(space)(sample_of(one))[0]
    parts = [part / 255 if sub.dtype == np.uint8 and isinstance(sub, Box) else part for sub, part in leaves(space, one)]
    expected = np.concatenate([np.ravel(part) for part in parts])
    np.testing.assert_allclose(made, expected)
    if space.dtype != np.uint8:
        np.testing.assert_allclose(made, flatten(space, one))


def sample_of(one):
    """A batch of one."""
    if isinstance(one, dict):
        return {key: sample_of(part) for key, part in one.items()}
    if isinstance(one, tuple):
        return tuple(sample_of(part) for part in one)
    return np.asarray(one)[None]


def leaves(space, one):
    """The simple spaces in a space, and Gymnasium's flat vector of what is in each."""
    if isinstance(space, Dict | Tuple):
        inner = space.spaces.items() if isinstance(space, Dict) else enumerate(space.spaces)
        for key, sub in inner:
            yield from leaves(sub, one[key])
    else:
        yield space, flatten(space, one)


@pytest.mark.parametrize("body", [body for body in BODIES if Network(body=body).remembers])
@pytest.mark.parametrize("cuts", [[1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1], [2, 5, 4], [11]])
def test_a_sequence_in_pieces_gives_what_it_gives_whole(body, cuts):
    space = SPACES["tuple"]
    network = Network(body=body, widths=[6, 8], heads=2, window=4, blocks=2).vector(space, 3)
    observation = sample(space, BATCH, STEPS)
    whole, _ = network(observation)
    state, begin, pieces = None, 0, []
    for length in cuts:
        piece, state = network(steps(observation, begin, begin + length), state)
        pieces.append(piece)
        begin += length
    torch.testing.assert_close(torch.cat(pieces, 1), whole)


@pytest.mark.parametrize("body", ["attention", "transformer"])
def test_attention_looks_back_a_window_and_no_further(body):
    """The last of 6 steps hangs on the 4 of its window, and on no step that follows it."""
    network = Network(body=body, widths=[6, 8], heads=2, window=4).vector(SPACES["vector"], 1)
    x = torch.randn(1, 8, 5, requires_grad=True)
    [gradient] = torch.autograd.grad(network(x)[0][0, 5].sum(), x)
    assert (gradient[0].abs().sum(1) > 0).tolist() == [False, False, True, True, True, True, False, False]


@pytest.mark.parametrize("activation", [*ACTIVATIONS, "leaky_relu:0.3", "maxout:4"])
@pytest.mark.parametrize("initialisation", SCHEMES)
@pytest.mark.parametrize("normalisation", NORMALISATIONS)
def test_every_activation_goes_with_every_initialisation_and_normalisation(activation, initialisation, normalisation):
    network = Network(activation=activation, initialisation=initialisation, normalisation=normalisation, widths=[6, 7])
    made = network.vector(SPACES["vector"], 2)
    made(sample(SPACES["vector"], 4))[0].sum().backward()
    assert all(p.grad is not None and p.grad.isfinite().all() for p in made.parameters())
    for name, parameter in made.named_parameters():
        if name.endswith("bias"):
            assert (parameter == 0).all()


@pytest.mark.parametrize("inputs", INPUTS)
def test_inputs_are_normalised_where_that_is_asked_for(inputs):
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


def test_a_state_is_one_hot():
    torch.testing.assert_close(flat(Discrete(3, start=5), torch.tensor([5, 7])), torch.eye(3)[[0, 2]])


def test_the_table_counts_the_parameters_and_names_the_notes():
    network = Network(body="cnn", maps=[4], widths=[6], activation="tanh")
    made = network.vector(Box(0, 255, (5, 5, 3), np.uint8), 2)
    count = parameters_of_feature_maps(4, 3, 3, 3) + (36 * 6 + 6) + (6 * 2 + 2)
    assert sum(p.numel() for p in made.parameters()) == count
    printed = str(made)
    for words in (f"{count}", "FeatureMaps(3, 4", "6.6", "Tanh", "3.2", "Linear(in_features=36", "4.1, 4.2, 4.3"):
        assert words in printed


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"body": "lsmt"}, r"body lsmt is unknown \(did you mean lstm\?\); there are mlp, cnn"),
        ({"activation": "maxot"}, r"activation maxot is unknown \(did you mean maxout\?\)"),
        ({"activation": "relu:2"}, "activation relu:2 is none: leaky_relu:SLOPE and maxout:PIECES have a number"),
        ({"activation": "maxout:many"}, "activation maxout:many is none"),
        ({"initialisation": "xavier"}, r"initialisation xavier is unknown \(did you mean xavier_\w+\?\)"),
        ({"normalisation": "bach"}, r"normalisation bach is unknown \(did you mean batch\?\)"),
        ({"inputs": "minmax"}, r"inputs minmax is unknown \(did you mean min_max\?\)"),
        ({"widths": [8, 0]}, r"widths \[8, 0\]: must be 1 or more each"),
        ({"body": "gru", "widths": []}, r"widths \[\]: body gru needs one at least"),
        ({"window": 0}, "window 0: must be 1 or more"),
        ({"padding": -1}, "padding -1: must be 0 or more"),
        ({"body": "lstm", "normalisation": "batch"}, "normalisation batch: body lstm takes sequences"),
    ],
)
def test_a_description_that_cannot_be_is_refused(settings, message):
    with pytest.raises(ValueError, match=message):
        Network(**settings)


@pytest.mark.parametrize(
    ("settings", "space", "message"),
    [
        ({"body": "cnn", "kernel": 12}, "image", "a kernel of 12 does not fit into an input of 8, padded by 0 on both"),
        ({"body": "cnn", "maps": [4] * 4}, "image", "a kernel of 3 does not fit into an input of 2"),
        ({"body": "cnn", "activation": "maxout"}, "image", "activation maxout has the weights of a dense layer"),
        ({"body": "attention", "heads": 3}, "vector", "3 heads do not divide a width of 64"),
        ({"activation": "maxout:1"}, "vector", "maxout takes the greatest of 2 pieces or more, not 1"),
    ],
)
def test_what_does_not_fit_is_refused_where_it_is_built(settings, space, message):
    with pytest.raises(ValueError, match=message):
        Network(**settings).vector(SPACES[space], 2)


def test_spaces_that_no_network_takes_are_refused():
    with pytest.raises(ValueError, match=r"observations Text\(.*\): must be Box, Discrete, MultiDiscrete, MultiBinary"):
        Network().vector(Tuple([Discrete(2), Text(3)]), 2)
    with pytest.raises(ValueError, match=r"actions Box\(.*\): must be Discrete, for a value each"):
        Network().action_values(SPACES["vector"], SPACES["vector"])
    with pytest.raises(ValueError, match=r"actions Box\(.*\): must be Discrete, or a vector Box or MultiBinary"):
        Network().policy(SPACES["vector"], SPACES["image"])


def test_batch_norm_of_a_batch_of_one_is_refused_in_training_only():
    network = Network(normalisation="batch").vector(SPACES["vector"], 2)
    with pytest.raises(
        ValueError, match=r"more than 1 value per channel when training, got input size torch.Size\(\[1, 64"
    ):
        network(sample(SPACES["vector"], 1))
    network.eval()
    assert network(sample(SPACES["vector"], 1))[0].shape == (1, 2)


def test_an_observation_that_is_no_number_is_refused_where_inputs_are_normalised():
    network = Network(inputs="standardise").vector(SPACES["vector"], 2)
    with pytest.raises(ValueError, match="feature 3 of the input is not a finite number"):
        network(torch.tensor([[0, 0, 0, torch.nan, 0]]))


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], ["body=mlp", "Linear(in_features=4", "ReLU", "3.3", "4,610"]),
        (["body=lstm", "widths=[8]", "actions=3"], ["LSTM(4, 8", "7.2", "out_features=3"]),
        (["body=cnn", "observation=10x10x1"], ["FeatureMaps(1, 16", "6.6"]),
        (["body=transformer", "activation=maxout:3"], ["Maxout(4, 64, pieces=3)", "EncoderBlock", "9.4"]),
    ],
)
def test_the_command_shows_a_network(words, said, capsys):
    command.show(words)
    printed = capsys.readouterr().out
    for word in said:
        assert word in printed


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["widht=3"], r"rlnotes.nn: setting widht is unknown \(did you mean widths\?\)"),
        (["body=rn"], r"rlnotes.nn: body rn is unknown \(did you mean rnn\?\)"),
        (["widths=abc"], "rlnotes.nn: widths=abc: must be"),
        (["actions=two"], "rlnotes.nn: actions=two: must be"),
        (["observation=4y"], "rlnotes.nn: observation 4y: must be sides such as 4, or 84x84x3"),
    ],
)
def test_a_mistake_on_the_command_line_is_one_line(words, message, monkeypatch):
    monkeypatch.setattr(sys, "argv", ["rlnotes.nn", *words])
    with pytest.raises(SystemExit, match=message) as exit:
        command.main()
    assert "\n" not in str(exit.value)
