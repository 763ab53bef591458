"""A stack of networks gives the outputs and gradients of its networks, to 1e-6."""

import subprocess
import sys

import pytest
import torch
from gymnasium.spaces import Box, Discrete, MultiBinary, MultiDiscrete
from support.closeness import same
from support.spaces import IMAGES, SPACES, sample

from rlnotes.nn.base.composed import Composed
from rlnotes.nn.base.stack import stack
from rlnotes.nn.network import BODIES, Network
from rlnotes.nn.transformer import Transformer
from rlnotes.nn.vae import VAE

pytestmark = pytest.mark.usefixtures("double")

NETWORKS, BATCH, TIME = 3, 4, 6


def check(networks, observation, *more):
    """Check that a stack has the outputs, gradients and statistics of its networks for observations [networks, ...]."""
    many = stack(networks)
    for _ in range(2):  # the second time with statistics from the first
        found, _ = many(observation, *more)
        found.square().sum().backward()
        for i, network in enumerate(networks):
            alone, _ = network(member(observation, i), *(member(part, i) for part in more))
            alone.square().sum().backward()
            same(found[i], alone)
        for name, parameter in many.named_parameters():
            for i, network in enumerate(networks):
                same(parameter.grad[i], network.get_parameter(name).grad)
        for name, buffer in many.state_dict().items():
            if buffer.is_floating_point():  # not the number of batches, which nothing uses
                same(buffer, torch.stack([network.state_dict()[name] for network in networks]))
    many.eval()
    for i, network in enumerate(networks):
        network.eval()
        same(many(observation, *more)[0][i], network(member(observation, i), *(member(part, i) for part in more))[0])


def member(observation, i):
    """The part of network i."""
    if isinstance(observation, dict):
        return {key: member(part, i) for key, part in observation.items()}
    if isinstance(observation, tuple):
        return tuple(member(part, i) for part in observation)
    return None if observation is None else observation[i]


def networks_of(space, **settings):
    """Three small networks, and observations for them; for a sequence body also `begins`."""
    network = Network(**settings, heads=2, window=4, maps=[2, 3])
    sides = (NETWORKS, BATCH, TIME) if network.remembers else (NETWORKS, BATCH)
    begins = (None, torch.rand(*sides) < 0.3) if network.remembers else ()
    return [network.vector(SPACES[space], 2) for _ in range(NETWORKS)], sample(SPACES[space], *sides), *begins


@pytest.mark.parametrize(
    ("body", "space"), [(body, space) for body in BODIES for space in SPACES if body != "cnn" or space in IMAGES]
)
def test_every_body_on_every_space(body, space):
    check(*networks_of(space, body=body, widths=[6, 8]))


@pytest.mark.parametrize("inputs", ["none", "min_max", "standardise"])
@pytest.mark.parametrize("normalisation", ["none", "batch", "layer"])
@pytest.mark.parametrize("body", ["mlp", "cnn"])
def test_every_normalisation(body, normalisation, inputs):
    check(*networks_of("dict", body=body, normalisation=normalisation, inputs=inputs, widths=[5, 6]))


@pytest.mark.parametrize("inputs", ["min_max", "standardise"])
def test_a_stack_takes_over_the_statistics_of_its_networks(inputs):
    networks, _ = networks_of("vector", inputs=inputs, normalisation="batch", widths=[5])
    for network in networks:
        network(torch.randn(7, 5))
    check(networks, sample(SPACES["vector"], NETWORKS, BATCH))


@pytest.mark.parametrize("activation", ["logistic", "tanh", "leaky_relu:0.3", "softplus", "maxout:3"])
def test_every_activation(activation):
    check(*networks_of("vector", activation=activation, normalisation="layer", widths=[5, 6]))


@pytest.mark.parametrize("body", [body for body in BODIES if Network(body=body).remembers])
def test_states_pass_from_one_piece_of_a_sequence_to_the_next(body):
    network = Network(body=body, widths=[6, 8], heads=2, window=4)
    many = stack([network.vector(SPACES["vector"], 2) for _ in range(NETWORKS)])
    observation = sample(SPACES["vector"], NETWORKS, BATCH, TIME)
    whole, _ = many(observation)
    first, state = many(observation[:, :, :2])
    second, _ = many(observation[:, :, 2:], state)
    same(torch.cat([first, second], 2), whole)


def test_parameters_that_are_not_learnt_stay_so():
    """The fixed deviation of a VAE; the others are learnt."""
    many = stack([VAE(3, 2, deviation=0.5) for _ in range(2)])
    assert [name for name, parameter in many.named_parameters() if not parameter.requires_grad] == ["u_G"]
    assert all(parameter.requires_grad for parameter in stack([VAE(3, 2)] * 2).parameters())


def test_a_transformer_in_training_and_in_prediction():
    networks = [Transformer(5, width=8, heads=2, hidden=6) for _ in range(NETWORKS)]
    many, source, target = (
        stack(networks),
        torch.randint(5, (NETWORKS, BATCH, 6)),
        torch.randint(5, (NETWORKS, BATCH, 4)),
    )
    mask = (torch.rand(NETWORKS, BATCH, 1, 6) < 0.7) | (torch.arange(6) == 0)
    logits, said = many(source, target, mask), many.predict(source, 0, 7, mask)
    logits.square().sum().backward()
    for i, network in enumerate(networks):
        alone = network(source[i], target[i], mask[i])
        alone.square().sum().backward()
        same(logits[i], alone)
        assert (said[i] == network.predict(source[i], 0, 7, mask[i])).all()
        for name, parameter in many.named_parameters():
            same(parameter.grad[i], network.get_parameter(name).grad)


@pytest.mark.parametrize("actions", ["vector", "discrete", "multi_binary"])
def test_distributions_of_actions(actions):
    space = SPACES[actions]
    networks = [Network(widths=[5]).policy(SPACES["vector"], space) for _ in range(NETWORKS)]
    if actions == "vector":
        for network in networks:
            torch.nn.init.normal_(network.head.log_deviation)
    many, observation = stack(networks), sample(SPACES["vector"], NETWORKS, BATCH)
    distribution, _ = many(observation)
    taken = distribution.sample()
    for i, network in enumerate(networks):
        same(distribution.log_prob(taken)[i], network(observation[i])[0].log_prob(taken[i]))
        same(distribution.entropy()[i], network(observation[i])[0].entropy())


@pytest.mark.parametrize(
    ("space", "settings"),
    [
        *[("vector", {"body": body, "activation": "tanh"}) for body in BODIES if body != "cnn"],
        *[("vector", {"activation": activation}) for activation in ("relu", "logistic", "leaky_relu:0.3", "maxout")],
        *[("vector", {"normalisation": kind, "inputs": "standardise"}) for kind in ("none", "batch", "layer")],
        *[(space, {}) for space in SPACES],
        *[(space, {"body": "cnn"}) for space in sorted(IMAGES)],
    ],
)
def test_a_composed_stack_is_the_same_to_the_bit_before_and_after_learning(space, settings):
    networks, observation, *begins = networks_of(space, **{"widths": [6, 8]} | settings)
    many = stack(networks)
    composed, given, weights = Composed(many), (observation, None, *begins[1:]), list(many.parameters())
    for _ in range(2):
        found, expected = (networks(*given)[0] for networks in (composed, many.train()))
        assert (found == expected).all()
        for a, b in zip(*(torch.autograd.grad(x.square().sum(), weights) for x in (found, expected)), strict=True):
            assert (a == b).all()
            assert (a != 0).any()
        many.eval()
        assert (composed(*given)[0] == many(*given)[0]).all()
        with torch.no_grad():
            for weight in weights:
                weight.mul_(0.7)


@pytest.mark.parametrize("actions", [Discrete(3), Box(-1, 1, (2,)), MultiBinary(2), MultiDiscrete([2, 3])])
def test_a_composed_policy_is_the_same_to_the_bit(actions):
    many = stack([Network(widths=[6]).policy(SPACES["vector"], actions) for _ in range(NETWORKS)])
    observation = sample(SPACES["vector"], NETWORKS, BATCH)
    found, expected = (policy(observation)[0] for policy in (Composed(many), many))
    action = expected.sample()
    assert type(found) is type(expected)
    assert (found.log_prob(action) == expected.log_prob(action)).all()


@pytest.mark.skipif(sys.platform != "linux", reason="the allocator of Linux")
def test_the_memory_of_a_large_tensor_is_kept_for_the_next_one():
    """The pages of 24 MiB still belong to the process afterwards. By default, they go back to the system."""
    program = """
from pathlib import Path
import torch
from rlnotes.nn.base.stack import stack
stack([torch.nn.Linear(2, 2)])
place = torch.ones(6 * 2**20).data_ptr()
ranges = [line.split()[0].split("-") for line in Path("/proc/self/maps").read_text().splitlines()]
assert any(int(begin, 16) <= place < int(end, 16) for begin, end in ranges)
"""
    subprocess.run([sys.executable, "-c", program], check=True, timeout=60)
