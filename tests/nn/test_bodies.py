"""Bodies process sequences in pieces, reset their state, look back a window, and start with the right weights."""

from itertools import pairwise

import numpy as np
import pytest
import torch
from gymnasium.spaces import Box, Discrete
from support.spaces import BATCH, SPACES, STEPS, sample, steps

from rlnotes.nn.network import BODIES, Network
from rlnotes.nn.transformer import positional_encoding

pytestmark = pytest.mark.usefixtures("double")


@pytest.mark.parametrize("body", [body for body in BODIES if Network(body=body).remembers])
@pytest.mark.parametrize("cuts", [[1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1], [2, 5, 4], [11]])
def test_a_sequence_gives_the_same_output_whole_or_in_pieces(body, cuts):
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
def test_attention_sees_its_window_and_nothing_else(body):
    """The output at step 6 depends on the 4 steps of its window, and on no later step."""
    network = Network(body=body, widths=[6, 8], heads=2, window=4).vector(SPACES["vector"], 1)
    x = torch.randn(1, 8, 5, requires_grad=True)
    [gradient] = torch.autograd.grad(network(x)[0][0, 5].sum(), x)
    assert (gradient[0].abs().sum(1) > 0).tolist() == [False, False, True, True, True, True, False, False]


@pytest.mark.parametrize("body", BODIES)
@pytest.mark.parametrize(("initialisation", "over"), [("xavier_normal", None), ("he_normal", 2), ("torch", 1 / 3)])
def test_every_weight_of_a_network_has_the_variance_of_its_initialisation(body, initialisation, over):
    """2 / inputs for He, 1 / (3 inputs) for torch, 2 / (inputs + outputs) for Xavier; every gate is a layer of its own.

    Of a logistic recurrent layer, Xavier's is 16 times larger. In the last layer of a policy it is that times the
    square of the gain. Each sample variance is within 7 standard deviations.
    """
    space = SPACES["planes"] if body == "cnn" else Box(-1, 1, (30,))
    described = {"widths": [32, 40], "maps": [8, 16], "initialisation": initialisation, "activation": "tanh"}
    network = Network(body=body, policy_gain=0.3, **described)
    made = network.policy(space, Discrete(20))
    weights = [(name, p) for name, p in made.named_parameters() if p.dim() > 1]
    assert len(weights) >= 3
    for name, weight in weights:
        for gate in weight.split(40) if "_l0" in name else [weight]:
            inputs, outputs = gate[0].numel(), len(gate) * gate[0, 0].numel()
            expected = 2 / (inputs + outputs) if over is None else over / inputs
            expected *= 0.3**2 if name.startswith("head") else 1
            expected *= 16 if body == "rnn_logistic" and over is None and "_l0" in name else 1
            assert gate.var().item() == pytest.approx(expected, rel=7 * (2 / gate.numel()) ** 0.5), name


def test_initial_gates_retain_a_window():
    """The bias is log(window) for the gate that retains the state, −log(window) for an LSTM's input gate, else 0."""
    for body, signs in {"lstm": [-1, 1, 0, 0], "gru": [0, 1, 0], "rnn": [0], "rnn_relu": [0]}.items():
        made = Network(body=body, widths=[3], window=20).vector(SPACES["vector"], 1)
        bias = sum(p for name, p in made.body.layer.named_parameters() if "bias" in name)
        torch.testing.assert_close(bias, torch.tensor(signs).repeat_interleave(3) * np.log(20))


@pytest.mark.parametrize("body", ["attention", "transformer"])
def test_attention_encodes_positions_by_their_distance_from_the_last_step(body):
    """The windows are written out one by one; positions are counted back from the last step."""
    made = Network(body=body, widths=[6, 8], heads=2, window=4, blocks=2).vector(SPACES["vector"], 3)
    x, window = torch.randn(1, 7, 5), made.body
    tokens = window.embed(window.mlp(made.encoder(x)))[0]
    for t in range(7):
        seen = tokens[max(0, t - 3) : t + 1]
        seen = (seen + positional_encoding(4, 8)[: len(seen)].flip(0))[None]
        if body == "attention":
            features = window.attended(seen[:, -1:], window.attention(seen[:, -1:], seen, seen))
        else:
            for block in window.blocks:
                seen = block(seen)
            features = seen[:, -1:]
        torch.testing.assert_close(made.head(features)[0, 0], made(x)[0][0, t])


@pytest.mark.parametrize("body", [body for body in BODIES if Network(body=body).remembers])
def test_the_state_is_reset_at_the_first_step_of_a_new_sequence(body):
    space = SPACES["tuple"]
    network = Network(body=body, widths=[6, 8], heads=2, window=4, blocks=2).vector(space, 3)
    observation = sample(space, 2, STEPS)
    begins = torch.zeros(2, STEPS, dtype=torch.bool)
    begins[0, [0, 3, 4]] = begins[1, 7] = True
    _, before = network(sample(space, 2, 5))
    found, state = network(observation, before, begins)
    for sequence, cuts in enumerate([[0, 3, 4, STEPS], [0, 7, STEPS]]):
        one = tuple(part[sequence : sequence + 1] for part in observation)
        for begin, end in pairwise(cuts):
            known = state_of(before, sequence) if (sequence, begin) == (1, 0) else None
            alone, last = network(steps(one, begin, end), known)
            torch.testing.assert_close(found[sequence : sequence + 1, begin:end], alone)
        more = sample(space, 1, 3)
        torch.testing.assert_close(network(more, state_of(state, sequence))[0], network(more, last)[0])


def state_of(state, sequence):
    """The state of one sequence of a batch."""
    if isinstance(state, tuple):
        return tuple(state_of(part, sequence) for part in state)
    first = state.shape[0] == 1 and state.dim() == 3  # [1, batch, units], as in torch
    return state[:, sequence : sequence + 1] if first else state[sequence : sequence + 1]
