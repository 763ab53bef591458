"""A causal Transformer over steps of three tokens: what it sees, and that pieces, stacks and episodes do not matter."""

import numpy as np
import pytest
import torch
from gymnasium.spaces import Box, Discrete

from rlnotes.nn.base.approximator import Approximator
from rlnotes.nn.base.encoders import Flat
from rlnotes.nn.base.stack import stack
from rlnotes.nn.base.step_tokens import CausalTransformer, Given, StepTokens
from rlnotes.nn.mlp import MLP, Linear
from rlnotes.nn.transformer import positional_encoding

WIDTH, BATCH, WINDOW = 8, 2, 6


def network(window=WINDOW):
    """A network for two numbers and three actions."""
    observed = Flat(Box(-9, 9, (2,)))
    tokens = StepTokens(observed, MLP(2, []), Discrete(3), WIDTH, "auto")
    return Approximator(tokens, CausalTransformer(WIDTH, 2, 2, window, "auto"), Linear(WIDTH, 3)).eval()


def steps(time=WINDOW, seed=0):
    """Random steps of an episode [BATCH, time]."""
    rng = np.random.default_rng(seed)
    number = np.tile(np.arange(time), (BATCH, 1))
    observation = rng.normal(size=(BATCH, time, 2)).astype(np.float32)
    return Given(rng.integers(3, size=(BATCH, time)), rng.normal(size=(BATCH, time)), number, observation)


def part(given, where):
    """Some of the steps."""
    return Given(*(field[:, where] for field in given))


def changed(given, name, where, by=1):
    """The steps with another value of a field in some of them."""
    field = getattr(given, name).copy()
    field[:, where] += by
    return given._replace(**{name: field % 3 if name == "action" else field})


@torch.no_grad()
def output(net, given, state=None, begins=None):
    """The outputs [BATCH, time, 3] and the state."""
    return net(given, state, None if begins is None else torch.as_tensor(begins))


def test_a_token_is_a_scaled_linear_map_plus_its_position_normalised():
    net, given = network(), steps()
    with torch.no_grad():
        found = net.encoder(given)[0, 4, WIDTH : 2 * WIDTH]
        linear = net.encoder.embed["to_go"]
        x = WIDTH**0.5 * (linear.weight[:, 0] * given.to_go[0, 4] + linear.bias) + positional_encoding(5, WIDTH)[4]
    expected = (x - x.mean()) / (x.var(correction=0) + 1e-5).sqrt()
    torch.testing.assert_close(found, expected.float(), rtol=1e-4, atol=1e-5)


def test_the_return_to_go_is_in_its_unit():
    net, given = network(), steps()
    doubled = given._replace(to_go=2 * given.to_go)
    before = output(net, given)[0]
    net.encoder.unit.fill_(2)
    torch.testing.assert_close(output(net, doubled)[0], before)


@pytest.mark.parametrize("name", ["action", "to_go", "observation"])
def test_a_step_sees_itself_and_the_steps_before(name):
    net, given = network(), steps()
    difference = (output(net, given)[0] - output(net, changed(given, name, 3))[0]).abs().sum(-1)
    assert (difference[:, :3] == 0).all()
    assert (difference[:, 3:] > 1e-4).all()


def test_the_first_step_has_no_action_before_it():
    net, given = network(), steps()
    first = output(net, given)[0]
    assert (output(net, changed(given, "action", 0))[0] == first).all()
    none = part(given, slice(1))._replace(action=None)
    torch.testing.assert_close(output(net, none)[0], first[:, :1])


def test_a_sequence_has_the_same_output_whole_and_in_pieces():
    net, given = network(), steps()
    whole, state = output(net, given)[0], None
    for t in range(WINDOW):
        found, state = output(net, part(given, slice(t, t + 1)), state)
        torch.testing.assert_close(found[:, 0], whole[:, t], rtol=1e-4, atol=1e-5)
    found, _ = output(net, part(given, slice(2, 6)), output(net, part(given, slice(2)))[1])
    torch.testing.assert_close(found, whole[:, 2:], rtol=1e-4, atol=1e-5)


def test_a_step_sees_the_last_steps_of_its_window_and_no_others():
    net, given, last = network(window=3), steps(time=8), []
    for seen in (given, changed(given, "observation", 4), changed(given, "observation", 5)):
        state = None
        for t in range(8):
            found, state = output(net, part(seen, slice(t, t + 1)), state)
        last.append(found)
    torch.testing.assert_close(last[1], last[0])
    assert (last[2] - last[0]).abs().max() > 1e-4
    alone, _ = output(net, part(given, slice(5, 8)))
    torch.testing.assert_close(last[0][:, 0], alone[:, -1], rtol=1e-4, atol=1e-5)


def test_a_window_of_one_step_has_no_memory():
    net, given = network(window=1), steps()
    state = output(net, part(given, slice(3, 4)))[1]
    torch.testing.assert_close(
        output(net, part(given, slice(4, 5)), state)[0], output(net, part(given, slice(4, 5)))[0]
    )


def test_an_episode_does_not_see_the_one_before():
    net, given = network(), steps()
    begins = np.zeros((BATCH, WINDOW), bool)
    begins[0, 4] = True
    found, _ = output(net, given, begins=begins)
    whole, _ = output(net, given)
    torch.testing.assert_close(found[0, 4:], output(net, part(given, slice(4, 6)))[0][0], rtol=1e-4, atol=1e-5)
    torch.testing.assert_close(found[1], whole[1])
    state = None
    for t in range(WINDOW):
        stepped, state = output(net, part(given, slice(t, t + 1)), state, begins[:, t : t + 1])
        torch.testing.assert_close(stepped[:, 0], found[:, t], rtol=1e-4, atol=1e-5)


def test_a_stack_has_the_outputs_of_its_networks():
    nets, givens = [network() for _ in range(3)], [steps(seed=seed) for seed in range(3)]
    for number, net in enumerate(nets):
        net.encoder.unit.fill_(1 + number)
    found, _ = output(stack(nets), Given(*map(np.stack, zip(*givens, strict=True))))
    for net, given, one in zip(nets, givens, found, strict=True):
        torch.testing.assert_close(one, output(net, given)[0], rtol=1e-4, atol=1e-5)


def test_more_steps_than_the_window_are_refused():
    with pytest.raises(ValueError, match="7 steps in one call are more than the window, 6"):
        network()(steps(time=7))
