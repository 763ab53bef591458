"""One description builds any approximator, for any observations, and refuses what cannot be."""

import copy
import re
import sys

import numpy as np
import pytest
import torch
from gymnasium.spaces import Box, Dict, Discrete, MultiBinary, MultiDiscrete, Text, Tuple, flatten
from gymnasium.vector.utils import batch_space
from torch.distributions import Distribution

from rlnotes.nn import __main__ as command
from rlnotes.nn.activations import ACTIVATIONS
from rlnotes.nn.convolution import parameters_of_feature_maps
from rlnotes.nn.encoders import Flat
from rlnotes.nn.initialisation import SCHEMES
from rlnotes.nn.network import BODIES, Network
from rlnotes.nn.normalisation import INPUTS, NORMALISATIONS
from rlnotes.nn.observations import flat
from rlnotes.nn.transformer import positional_encoding

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
        with pytest.raises(ValueError, match="body=cnn: needs an image"):
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
    torch.testing.assert_close(flat(Discrete(3, start=5), torch.tensor([5, 7]), torch.float64), torch.eye(3)[[0, 2]])


def test_the_table_counts_the_parameters_and_names_the_notes():
    network = Network(body="cnn", maps=[4], widths=[6], activation="tanh")
    made = network.vector(Box(0, 255, (5, 5, 3), np.uint8), 2)
    count = parameters_of_feature_maps(4, 3, 3, 3) + (36 * 6 + 6) + (6 * 2 + 2)
    assert sum(p.numel() for p in made.parameters()) == count
    printed = str(made)
    assert re.search(r"│ head +│ Linear.* │ 4.1, 4.2, 4.3 +│ +14 │", printed)
    assert re.search(r"│   mlp +│ MLP +│ 3, 4, 5 +│ +222 │", printed)
    for words in (f"{count}", "FeatureMaps(3, 4", "6.6", "Tanh", "3.2", "Linear(in_features=36", "4.1, 4.2, 4.3"):
        assert words in printed


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"body": "lsmt"}, r"body=lsmt: unknown \(did you mean lstm\?\); must be one of mlp, cnn"),
        ({"activation": "maxot"}, r"activation=maxot: unknown \(did you mean maxout\?\)"),
        ({"activation": "relu:2"}, "activation=relu:2: must be a name, leaky_relu:SLOPE or maxout:PIECES, 2 or more"),
        ({"activation": "leaky_relu:inf"}, "activation=leaky_relu:inf: must be a name"),
        ({"activation": "maxout:1"}, "activation=maxout:1: must be a name"),
        ({"activation": None}, "activation=None: unknown"),
        ({"body": "cnn", "activation": "maxout"}, "activation=maxout: has the weights of a dense layer"),
        ({"body": "attention", "heads": 3}, "heads=3: must divide the last of the widths, 64"),
        ({"activation": "maxout:many"}, "activation=maxout:many: must be a name"),
        ({"initialisation": "xavier"}, r"initialisation=xavier: unknown \(did you mean xavier_\w+\?\)"),
        ({"normalisation": "bach"}, r"normalisation=bach: unknown \(did you mean batch\?\)"),
        ({"inputs": "minmax"}, r"inputs=minmax: unknown \(did you mean min_max\?\)"),
        ({"widths": [8, 0]}, r"widths=\[8, 0\]: must be a list of whole numbers, 1 or more each"),
        ({"widths": 5}, "widths=5: must be a list of whole numbers"),
        ({"maps": [2.5]}, r"maps=\[2.5\]: must be a list of whole numbers"),
        ({"kernel": "3x3"}, "kernel=3x3: must be a whole number, 1 or more"),
        ({"stride": 0}, "stride=0: must be a whole number, 1 or more"),
        ({"blocks": 0}, "blocks=0: must be a whole number, 1 or more"),
        ({"body": "gru", "widths": []}, r"widths=\[\]: body gru needs one at least"),
        ({"window": 0}, "window=0: must be a whole number, 1 or more"),
        ({"padding": -1}, "padding=-1: must be a whole number, 0 or more"),
        ({"body": "lstm", "normalisation": "batch"}, "normalisation=batch: body lstm takes sequences"),
    ],
)
def test_a_description_that_cannot_be_is_refused(settings, message):
    with pytest.raises(ValueError, match=message):
        Network(**settings)


@pytest.mark.parametrize(
    ("settings", "space", "message"),
    [
        ({"body": "cnn", "kernel": 12}, "image", "kernel=12: does not fit into an input of 8, padded by 0 on both"),
        ({"body": "cnn", "maps": [4] * 4}, "image", "kernel=3: does not fit into an input of 2"),
    ],
)
def test_what_does_not_fit_is_refused_where_it_is_built(settings, space, message):
    with pytest.raises(ValueError, match=message):
        Network(**settings).vector(SPACES[space], 2)


def test_spaces_that_no_network_takes_are_refused():
    with pytest.raises(ValueError, match=r"observations=Text\(.*\): must be Box, Discrete, MultiDiscrete, MultiBinary"):
        Network().vector(Tuple([Discrete(2), Text(3)]), 2)
    with pytest.raises(ValueError, match=r"actions=Box\(.*\): must be Discrete, for a value each"):
        Network().action_values(SPACES["vector"], SPACES["vector"])
    with pytest.raises(
        ValueError, match=r"actions=Box\(.*\): must be Discrete, or a vector of MultiBinary or of a Box of real"
    ):
        Network().policy(SPACES["vector"], SPACES["image"])
    for outputs in (0, -1, 2.5):
        with pytest.raises(ValueError, match=f"outputs={outputs}: must be a whole number, 1 or more"):
            Network().vector(SPACES["vector"], outputs)
    for nothing in (Tuple([]), Dict({}), Box(0, 1, (0,))):
        with pytest.raises(ValueError, match="there is nothing to see"):
            Network().vector(nothing, 2)


@pytest.mark.parametrize("body", BODIES)
def test_observations_of_other_sides_are_refused(body):
    """Where they are not a batch, not sequences, or have not the sides of the space."""
    network = Network(body=body).vector(SPACES["planes"], 2)
    batch = torch.zeros(3, 4, 2, 8, 9) if Network(body=body).remembers else torch.zeros(4, 2, 8, 9)
    network(batch)
    for bad in (batch.reshape(*batch.shape[:-1], 3, 3), torch.zeros(2, 8, 9)):
        with pytest.raises(ValueError, match=r"observations must be \[batch, ..., 2, 8, 9\] there, not \["):
            network(bad)
    if Network(body=body).remembers:
        with pytest.raises(ValueError, match=r"takes sequences \[batch, time, ...\], here with \[3, 144\] features"):
            network(batch[:, 0])


def test_batch_norm_of_a_batch_of_one_is_refused_in_training_only():
    network = Network(normalisation="batch").vector(SPACES["vector"], 2)
    with pytest.raises(
        ValueError, match=r"normalisation=batch: needs \[batch, 64\] of 2 samples or more, not \[1, 64\]"
    ):
        network(sample(SPACES["vector"], 1))
    with pytest.raises(ValueError, match=r"needs \[batch, 64\] of 2 samples or more, not \[3, 4, 64\]"):
        network(sample(SPACES["vector"], 3, 4))
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
        (["widht=3"], r"rlnotes.nn: setting=widht: unknown \(did you mean widths\?\)"),
        (["body=rn"], r"rlnotes.nn: body=rn: unknown \(did you mean rnn\?\)"),
        (["widths=abc"], "rlnotes.nn: widths=abc: must be"),
        (["actions=two"], "rlnotes.nn: actions=two: must be"),
        (["widths=[64"], "rlnotes.nn: widths=\\[64: must be"),
        (["widths=${body}"], "rlnotes.nn: widths=mlp: must be a list of whole numbers"),
        (["actions=0"], "rlnotes.nn: actions=0: must be 1 or more"),
        (["widths=[1000000000000]"], "rlnotes.nn: the network is too large"),
        (["observation=0"], "rlnotes.nn: observation=0: must be sides"),
        (["observation=4y"], "rlnotes.nn: observation=4y: must be sides such as 4, or 84x84x3"),
    ],
)
def test_a_mistake_on_the_command_line_is_one_line(words, message, monkeypatch):
    monkeypatch.setattr(sys, "argv", ["rlnotes.nn", *words])
    with pytest.raises(SystemExit, match=message) as exit:
        command.main()
    assert "\n" not in str(exit.value)


def test_the_help_names_the_settings(monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["rlnotes.nn", "--help"])
    command.main()
    printed = capsys.readouterr().out
    for words in ("python -m rlnotes.nn [setting=value ...]", "body=mlp", "widths=[64, 64]", "actions=2"):
        assert words in printed


def test_a_policy_is_torchs_distribution_of_what_comes_out():
    """π(a|s), of the logits or the means; the deviation is learnt, and begins at 1."""
    observation = sample(SPACES["vector"], 4)
    for actions in (Discrete(3, start=5), MultiBinary(3), Box(-1, 1, (3,))):
        made = Network().policy(SPACES["vector"], actions)
        policy, numbers = made(observation)[0], made.head.layer(made.body(made.encoder(observation))[0])
        if isinstance(actions, Discrete):
            torch.testing.assert_close(policy.probs, numbers.softmax(-1))
        elif isinstance(actions, MultiBinary):
            torch.testing.assert_close(policy.mean, numbers.sigmoid())
        else:
            torch.testing.assert_close(policy.mean, numbers)
            torch.testing.assert_close(policy.stddev, torch.ones(4, 3))
            made.head.log_deviation.data += 1
            torch.testing.assert_close(made(observation)[0].stddev, torch.full((4, 3), np.e))


@pytest.mark.parametrize("body", BODIES)
@pytest.mark.parametrize(("initialisation", "over"), [("xavier_normal", None), ("he_normal", 2), ("torch", 1 / 3)])
def test_every_weight_of_a_network_has_the_variance_that_is_asked_for(body, initialisation, over):
    """He's 2 / inputs, torch's 1 / (3 inputs), Xavier's 2 / (inputs + outputs), of the gates of a layer one by one.

    Each is within 7 of its standard deviations.
    """
    space = SPACES["planes"] if body == "cnn" else Box(-1, 1, (30,))
    network = Network(body=body, widths=[32, 40], maps=[8, 16], initialisation=initialisation, activation="tanh")
    made = network.policy(space, Discrete(20))
    weights = [(name, p) for name, p in made.named_parameters() if p.dim() > 1]
    assert len(weights) >= 3
    for name, weight in weights:
        for gate in weight.split(40) if "_l0" in name else [weight]:
            inputs, outputs = gate[0].numel(), len(gate) * gate[0, 0].numel()
            expected = 2 / (inputs + outputs) if over is None else over / inputs
            assert gate.var().item() == pytest.approx(expected, rel=7 * (2 / gate.numel()) ** 0.5), name


def test_gates_begin_so_that_they_keep_a_window():
    """The biases log(window) of the gate that keeps, −log(window) of an LSTM's that lets in, 0 of all others."""
    for body, signs in {"lstm": [-1, 1, 0, 0], "gru": [0, 1, 0], "rnn": [0]}.items():
        made = Network(body=body, widths=[3], window=20).vector(SPACES["vector"], 1)
        bias = sum(p for name, p in made.body.layer.named_parameters() if "bias" in name)
        torch.testing.assert_close(bias, torch.tensor(signs).repeat_interleave(3) * np.log(20))


@pytest.mark.parametrize("body", ["attention", "transformer"])
def test_attention_is_over_the_last_steps_by_how_long_ago_they_were(body):
    """The window of each step, written out; positions are counted from its last step back."""
    made = Network(body=body, widths=[6, 8], heads=2, window=4, blocks=2).vector(SPACES["vector"], 3)
    x, window = torch.randn(1, 7, 5), made.body
    tokens = window.embed(window.mlp(made.encoder(x)))[0]
    for t in range(7):
        seen = tokens[max(0, t - 3) : t + 1]
        seen = (seen + positional_encoding(4, 8)[: len(seen)].flip(0))[None]
        if body == "attention":
            made_of = window.attended(seen[:, -1:], window.attention(seen[:, -1:], seen, seen))
        else:
            for block in window.blocks:
                seen = block(seen)
            made_of = seen[:, -1:]
        torch.testing.assert_close(made.head(made_of)[0, 0], made(x)[0][0, t])


@pytest.mark.parametrize("normalisation", NORMALISATIONS)
def test_feature_maps_are_normalised_before_their_activation(normalisation):
    """Then the activation of images has the same mean as that of normalised maps, and the slope that it was told."""
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


@pytest.mark.parametrize("body", BODIES)
def test_a_network_can_be_of_either_precision_and_be_copied(body):
    """Whatever torch's default is; its state says all that it knows."""
    space = SPACES["dict"]
    network = Network(body=body, inputs="standardise", widths=[6, 8], heads=2)
    observation = sample(space, 3, 5) if network.remembers else sample(space, 3)
    made = network.vector(space, 2)
    made(observation)
    made.eval()
    again = network.vector(space, 2).eval()
    again.load_state_dict(made.state_dict())
    torch.testing.assert_close(again(observation)[0], made(observation)[0])
    torch.testing.assert_close(copy.deepcopy(made)(observation)[0], made(observation)[0])
    single = made.float()(observation)[0]
    assert single.dtype == torch.float32
    torch.testing.assert_close(single.double(), again(observation)[0], rtol=1e-4, atol=1e-4)
    single.sum().backward()


def test_a_network_of_single_precision_learns_in_single_precision():
    torch.set_default_dtype(torch.float32)  # as it is outside these tests
    for body in BODIES:
        network = Network(body=body, widths=[6, 8], heads=2)
        made = network.vector(SPACES["dict"], 2)
        output, _ = made(sample(SPACES["dict"], 3, 5) if network.remembers else sample(SPACES["dict"], 3))
        assert output.dtype == torch.float32


def test_building_a_network_leaves_the_luck_of_the_space_alone():
    spaces = Box(-1, 1, (4,), seed=0), Box(-1, 1, (4,), seed=0)
    Network().vector(spaces[0], 2)
    np.testing.assert_array_equal(spaces[0].sample(), spaces[1].sample())


@pytest.mark.parametrize("body", ["mlp", "cnn", "gru", "attention", "transformer"])
def test_many_networks_can_be_computed_at_once(body):
    """Stacked, each as it is alone, and their gradients too."""
    space, network = SPACES["planes"], Network(body=body, widths=[6, 8], heads=2)
    models = [network.vector(space, 2) for _ in range(3)]
    x = torch.rand(3, 4, 5, 2, 8, 9) if network.remembers else torch.rand(3, 4, 2, 8, 9)
    parameters, buffers = torch.func.stack_module_state(models)

    def loss(parameters, buffers, x):
        return torch.func.functional_call(models[0], (parameters, buffers), (x,))[0].square().sum()

    gradients = torch.vmap(torch.func.grad(loss))(parameters, buffers, x)
    for i, model in enumerate(models):
        model(x[i])[0].square().sum().backward()
        for name, parameter in model.named_parameters():
            torch.testing.assert_close(gradients[name][i], parameter.grad)
