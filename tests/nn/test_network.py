"""One description builds a network for any observations, and refuses wrong settings."""

import copy
import re
import sys

import numpy as np
import pytest
import torch
from gymnasium.spaces import Box, Dict, Discrete, MultiBinary, MultiDiscrete, Text, Tuple
from support.spaces import BATCH, IMAGES, SPACES, STEPS, sample
from torch.distributions import Distribution

from rlnotes.nn import __main__ as command
from rlnotes.nn.activations import ACTIVATIONS
from rlnotes.nn.convolution import parameters_of_feature_maps
from rlnotes.nn.initialisation import SCHEMES
from rlnotes.nn.network import BODIES, Network
from rlnotes.nn.normalisation import NORMALISATIONS

pytestmark = pytest.mark.usefixtures("double")


@pytest.mark.parametrize("body", BODIES)
@pytest.mark.parametrize("name", SPACES)
def test_every_body_takes_observations_of_every_space(name, body):
    """The output is a vector, values of actions, or a distribution. A cnn needs an image."""
    space, network = SPACES[name], Network(body=body, widths=[6, 8], heads=2, window=4)
    if body == "cnn" and name not in IMAGES:
        with pytest.raises(ValueError, match="body=cnn: needs an image"):
            network.vector(space, 2)
        return
    batch = (BATCH, STEPS) if network.remembers else (BATCH,)
    observation = sample(space, *batch)
    assert network.vector(space, 2)(observation)[0].shape == (*batch, 2)
    assert network.action_values(space, Discrete(5))(observation)[0].shape == (*batch, 5)
    vectors = Box(-1, 1, (3,)), MultiBinary(4), MultiDiscrete([2, 3], start=[1, 0])
    for actions, shape in ((Discrete(5), ()), *((vector, vector.shape) for vector in vectors)):
        policy, _ = network.policy(space, actions)(observation)
        assert isinstance(policy, Distribution)
        assert policy.sample().shape == (*batch, *shape)
        assert policy.log_prob(policy.sample()).shape == batch


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
        ({"body": "lsmt"}, r"body=lsmt: unknown \(did you mean lstm\?\); must be mlp, cnn, rnn"),
        ({"activation": "maxot"}, r"activation=maxot: unknown \(did you mean maxout\?\)"),
        (
            {"activation": "relu:2"},
            "activation=relu:2: must be a name, leaky_relu:SLOPE, or maxout:PIECES with 2 pieces or more",
        ),
        ({"activation": "leaky_relu:inf"}, "activation=leaky_relu:inf: must be a name"),
        ({"activation": "maxout:1"}, "activation=maxout:1: must be a name"),
        ({"activation": None}, "activation=None: unknown"),
        ({"body": "cnn", "activation": "maxout"}, "activation=maxout: replaces a dense layer and has no feature maps"),
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
        ({"body": "gru", "widths": []}, r"widths=\[\]: body gru needs at least one width"),
        ({"window": 0}, "window=0: must be a whole number, 1 or more"),
        ({"padding": -1}, "padding=-1: must be a whole number, 0 or more"),
        (
            {"body": "lstm", "normalisation": "batch"},
            "normalisation=batch: normalises a batch, and body lstm takes sequences; must be none",
        ),
    ],
)
def test_a_wrong_setting_is_refused(settings, message):
    with pytest.raises(ValueError, match=message):
        Network(**settings)


@pytest.mark.parametrize(
    ("settings", "space", "message"),
    [
        ({"body": "cnn", "kernel": 12}, "image", "kernel=12: does not fit into an input of 8, padded by 0 on both"),
        ({"body": "cnn", "maps": [4] * 4}, "image", "kernel=3: does not fit into an input of 2"),
    ],
)
def test_settings_that_do_not_fit_the_observations_are_refused(settings, space, message):
    with pytest.raises(ValueError, match=message):
        Network(**settings).vector(SPACES[space], 2)


def test_unsupported_spaces_are_refused():
    with pytest.raises(ValueError, match=r"observations=Text\(.*\): must be Box, Discrete, MultiDiscrete, MultiBinary"):
        Network().vector(Tuple([Discrete(2), Text(3)]), 2)
    with pytest.raises(ValueError, match=r"actions=Box\(.*\): must be Discrete, since every action has a value"):
        Network().action_values(SPACES["vector"], SPACES["vector"])
    with pytest.raises(
        ValueError, match=r"actions=Box\(.*\): .* a vector of MultiDiscrete, of MultiBinary or of a Box"
    ):
        Network().policy(SPACES["vector"], SPACES["image"])
    for outputs in (0, -1, 2.5):
        with pytest.raises(ValueError, match=f"outputs={outputs}: must be a whole number, 1 or more"):
            Network().vector(SPACES["vector"], outputs)
    for nothing in (Tuple([]), Dict({}), Box(0, 1, (0,))):
        with pytest.raises(ValueError, match="must have at least one element"):
            Network().vector(nothing, 2)


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


@pytest.mark.parametrize(
    ("words", "printed"),
    [
        ([], ["body=mlp", "Linear(in_features=4", "ReLU", "3.3", "4,610"]),
        (["body=lstm", "widths=[8]", "actions=3"], ["LSTM(4, 8", "7.2", "out_features=3"]),
        (["body=cnn", "observation=10x10x1"], ["FeatureMaps(1, 16", "6.6"]),
        (["body=transformer", "activation=maxout:3"], ["Maxout(4, 64, pieces=3)", "EncoderBlock", "9.4"]),
    ],
)
def test_the_command_shows_a_network(words, printed, capsys):
    command.show(words)
    output = capsys.readouterr().out
    for part in printed:
        assert part in output


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["widht=3"], r"rlnotes.nn: widht=3: unknown \(did you mean widths\?\); a network has actions, activation"),
        (["body=rn"], r"rlnotes.nn: body=rn: unknown \(did you mean rnn\?\)"),
        (["widths=abc"], "rlnotes.nn: widths=abc: must be a list of whole numbers, 1 or more each"),
        (["actions=two"], "rlnotes.nn: actions=two: must be a whole number, 1 or more"),
        (["widths=[64"], r"rlnotes.nn: widths=\[64: must be a value such as \[64, 64\]"),
        (["widths=${body}"], r"rlnotes.nn: widths=\${body}: must be a list of whole numbers"),
        (["widths=[1,true]"], r"rlnotes.nn: widths=\[1,true\]: must be a list of whole numbers, 1 or more each"),
        (["body=null"], "rlnotes.nn: body=null: unknown; must be mlp, cnn"),
        (["actions=0"], "rlnotes.nn: actions=0: must be a whole number, 1 or more"),
        (["widths=[1000000000000]"], "rlnotes.nn: the network is too large"),
        (["observation=0"], "rlnotes.nn: observation=0: must be a shape"),
        (["observation=4y"], "rlnotes.nn: observation=4y: must be a shape such as 4, or 84x84x3"),
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


def test_a_policy_is_a_distribution_with_the_outputs_as_parameters():
    """The outputs are the logits or the means of π(a|s); the deviation is learnt and starts at 1."""
    observation = sample(SPACES["vector"], 4)
    for actions in (Discrete(3, start=5), MultiBinary(3), Box(-1, 1, (3,))):
        made = Network().policy(SPACES["vector"], actions)
        policy, outputs = made(observation)[0], made.head.layer(made.body(made.encoder(observation))[0])
        if isinstance(actions, Discrete):
            torch.testing.assert_close(policy.probs, outputs.softmax(-1))
        elif isinstance(actions, MultiBinary):
            torch.testing.assert_close(policy.mean, outputs.sigmoid())
        else:
            torch.testing.assert_close(policy.mean, outputs)
            torch.testing.assert_close(policy.stddev, torch.ones(4, 3))
            made.head.log_deviation.data += 1
            torch.testing.assert_close(made(observation)[0].stddev, torch.full((4, 3), np.e))


def test_a_policy_of_several_choices_has_the_probabilities_and_entropies_of_its_components():
    """π(a|s) = Π_i π_i(a_i|s): with the outputs log 1, log 3 | log 1, log 2, log 5, π_1 = ¼, ¾ and π_2 = ⅛, ¼, ⅝."""
    made = Network(widths=[4]).policy(SPACES["vector"], MultiDiscrete([2, 3], start=[7, -1]))
    made.head.layer.weight.data.zero_()
    made.head.layer.bias.data = torch.tensor([1, 3, 1, 2, 5]).log()
    policy, _ = made(sample(SPACES["vector"], 1))
    for action, probability in (([0, 0], 1 / 32), ([1, 0], 3 / 32), ([0, 2], 5 / 32), ([1, 1], 6 / 32)):
        assert policy.log_prob(torch.tensor([action])).exp().item() == pytest.approx(probability, rel=1e-5)
    components = (1 / 4, 3 / 4), (1 / 8, 1 / 4, 5 / 8)
    entropy = -sum(p * np.log(p) for component in components for p in component)
    assert policy.entropy().item() == pytest.approx(entropy, rel=1e-5)
    (policy.log_prob(torch.tensor([[1, 1]])) + policy.entropy()).sum().backward()
    slope = [p - q for p, q in zip([0, 1, 0, 1, 0], [*components[0], *components[1]], strict=True)]
    for i, p in enumerate([*components[0], *components[1]]):  # ∂H/∂θ_i = −p_i (log p_i + H of the component)
        own = components[i >= 2]
        slope[i] -= p * (np.log(p) - sum(q * np.log(q) for q in own))
    np.testing.assert_allclose(made.head.layer.bias.grad, slope, atol=1e-6)


@pytest.mark.parametrize("body", BODIES)
def test_a_network_can_change_its_precision_and_be_copied(body):
    """Its precision may differ from torch's default; `state_dict` holds everything it has learnt."""
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
    torch.set_default_dtype(torch.float32)  # as outside these tests; the fixture restores it
    for body in BODIES:
        network = Network(body=body, widths=[6, 8], heads=2)
        made = network.vector(SPACES["dict"], 2)
        output, _ = made(sample(SPACES["dict"], 3, 5) if network.remembers else sample(SPACES["dict"], 3))
        assert output.dtype == torch.float32
