"""Recurrent networks [notes 7] agree with their formulas, torch and autograd, and learn to recall a symbol."""

from functools import partial
from math import log

import pytest
import torch
from figures_of.networks import SYMBOLS, learn_to_recall
from hypothesis import given
from hypothesis import strategies as st
from support.closeness import same, same_with_gradients
from support.examples import FEW, SEED
from torch import nn
from torch.autograd import grad

from rlnotes.nn.base.stack import stack
from rlnotes.nn.recurrent import GRU, LSTM, RNN, bptt, error_terms, gru, lstm, rnn, truncated

SIDE = st.integers(1, 6)
double = pytest.mark.usefixtures("double")


def in_steps(layer, x):
    """Compute the outputs of a recurrent layer step by step, by the formula of the notes."""
    W, U = layer.weight_ih_l0, layer.weight_hh_l0
    b = layer.bias_ih_l0 + (0 if isinstance(layer, GRU) else layer.bias_hh_l0)
    f = {"logistic": torch.sigmoid, "relu": torch.relu}.get(layer.activation, torch.tanh)
    h = c = x.new_zeros(len(x), U.shape[1])
    outputs = []
    for x_t in x.unbind(1):
        if isinstance(layer, LSTM):
            h, c = lstm(x_t, h, c, W, U, b)
        else:
            h = gru(x_t, h, W, U, b) if isinstance(layer, GRU) else rnn(x_t, h, W, U, b, f)
        outputs.append(h)
    return torch.stack(outputs, 1)


@double
@pytest.mark.parametrize("kind", [RNN, partial(RNN, activation="logistic"), partial(RNN, activation="relu"), LSTM, GRU])
@FEW
@given(SIDE, SIDE, SIDE, SIDE, SEED)
def test_recurrent_layers_agree_with_the_formulas_of_the_notes(kind, batch, time, inputs, units, seed):
    """[notes 7.1, 7.2, 7.3], outputs and gradients, and in two pieces"""
    torch.manual_seed(seed)
    layer, x = kind(inputs, units), torch.randn(batch, time, inputs, requires_grad=True)
    ours, state = layer(x)
    inputs = (x, *(p for name, p in layer.named_parameters() if name != "bias_hh_l0"))
    same_with_gradients(ours, in_steps(layer, x), inputs)
    first, between = layer(x[:, : time // 2]) if time > 1 else (x.new_zeros(batch, 0, units), None)
    second, end = layer(x[:, time // 2 :], between)
    same(torch.cat([first, second], 1), ours)
    same(end, state)


@double
@pytest.mark.parametrize("networks", [None, 2])
def test_lstm_agrees_with_its_formula_from_any_state_and_where_sequences_begin(networks):
    """[notes 7.2], outputs and gradients, of one network and of a stack; its last step counts through h and c"""
    layers = [LSTM(3, 4) for _ in range(networks or 1)]
    layer, first = (stack(layers), (networks, 5)) if networks else (layers[0], (5,))
    x, h, c = (torch.randn(*first, *shape, requires_grad=True) for shape in ((6, 3), (4,), (4,)))
    begins = torch.rand(*first, 6) < 0.3
    ours, state = layer(x, (h, c) if networks else (h[None], c[None]), begins)
    expected, now = [], (h, c)
    for t in range(6):
        now = (part.masked_fill(begins[..., t, None], 0) for part in now)
        now = lstm(x[..., t, :], *now, layer.weight_ih_l0, layer.weight_hh_l0, layer.b)
        expected.append(now[0])
    ours, expected = (
        torch.cat([part.flatten() for part in parts]) for parts in ((ours, *state), (torch.stack(expected, -2), *now))
    )
    same_with_gradients(ours, expected, (x, h, c, layer.weight_ih_l0, layer.weight_hh_l0, layer.bias_ih_l0))


@double
@pytest.mark.parametrize("f", [torch.sigmoid, torch.tanh, torch.relu])
def test_a_recurrent_step_may_have_any_activation_of_the_notes(f):
    """f logistic, tanh or ReLU [notes 7.1]"""
    x, h, W, U, b = torch.randn(3), torch.randn(2), torch.randn(2, 3), torch.randn(2, 2), torch.randn(2)
    same(rnn(x, h, W, U, b, f), f(U @ h + W @ x + b))


def gru_after(x, h, W, U, b_x, b_h):
    """The gated recurrent unit whose reset gate acts after U_h."""
    (xr, xz, xn), (hr, hz, hn) = (W @ x + b_x).chunk(3), (U @ h + b_h).chunk(3)
    z = (xz + hz).sigmoid()
    return z * h + (1 - z) * (xn + (xr + hr).sigmoid() * hn).tanh()


@double
@FEW
@given(SIDE, st.integers(2, 6), SEED)
def test_the_two_conventions_of_the_gru_differ(inputs, units, seed):
    """The reset gate acts before U_h in the notes, after it in torch [notes 7.3]."""
    torch.manual_seed(seed)
    cell = nn.GRUCell(inputs, units)
    x, h = torch.randn(inputs), torch.randn(units)
    parts = cell.weight_ih, cell.weight_hh, cell.bias_ih, cell.bias_hh
    theirs = cell(x, h)
    same(theirs, gru_after(x, h, *parts))
    ours = gru(x, h, cell.weight_ih, cell.weight_hh, cell.bias_ih + cell.bias_hh)
    wx = (cell.weight_ih @ x + cell.bias_ih + cell.bias_hh).chunk(3)
    U_r, U_z, U_h = cell.weight_hh.chunk(3)
    r, z = (wx[0] + U_r @ h).sigmoid(), (wx[1] + U_z @ h).sigmoid()
    same(ours, z * h + (1 - z) * (wx[2] + U_h @ (r * h)).tanh())
    assert (ours - theirs).abs().max() > 1e-6
    cell.weight_hh.data[2 * units :] = torch.diag(torch.randn(units))  # with a diagonal U_h and b = 0 they agree
    cell.bias_hh.data[2 * units :] = 0
    same(gru(x, h, cell.weight_ih, cell.weight_hh, cell.bias_ih + cell.bias_hh), cell(x, h))


@double
@FEW
@given(st.integers(1, 8), SIDE, SIDE, SEED)
def test_back_propagation_through_time_agrees_with_autograd(time, inputs, units, seed):
    """∂L/∂U = Σ_k δ_k h_{k−1}ᵀ [notes 7.4]"""
    torch.manual_seed(seed)
    x, W, b = torch.randn(time, inputs), torch.randn(units, inputs), torch.randn(units)
    U, outer = torch.randn(units, units, requires_grad=True), torch.randn(time, units)
    h, loss = torch.zeros(units), 0.0
    for x_t, outer_t in zip(x, outer, strict=True):
        h = rnn(x_t, h, W, U, b)
        loss = loss + (outer_t * h).sum()
    same(bptt(x, W, U.detach(), b, outer), grad(loss, U)[0])


@double
@pytest.mark.parametrize("kind", [RNN, LSTM, GRU])
def test_error_terms_give_the_gradient_of_every_recurrent_layer(kind):
    """∂L_t/∂U = Σ_k δ_{t,k} h_{k−1}ᵀ, with r_k ⊙ h_{k−1} for U_h of a GRU; ∂L_t/∂b = Σ_k δ_{t,k} [notes 7.4]"""
    layer, x, outer, t = kind(2, 3), torch.randn(4, 7, 2), torch.randn(4, 3), 4
    outputs, _ = layer(x)
    U, b = grad((outer * outputs[:, t]).sum(), [layer.weight_hh_l0, layer.bias_ih_l0])
    delta = error_terms(layer, x, lambda h: (outer * h[:, t]).sum())
    before = torch.cat([outputs.new_zeros(4, 1, 3), outputs[:, :-1]], 1)
    same(delta.sum((0, 1)), b)
    assert not delta[:, t + 1 :].any()
    products = torch.einsum("bkg,bku->gu", delta, before)
    if kind is GRU:
        r = (x @ layer.weight_ih_l0[:3].T + before @ layer.weight_hh_l0[:3].T + layer.b[:3]).sigmoid()
        products[6:] = torch.einsum("bkg,bku->gu", delta[..., 6:], r * before)
    same(products, U)
    many = stack([layer, kind(2, 3)])
    same(error_terms(many, torch.stack([x, x]), lambda h: (outer * h[:, :, t]).sum())[0], delta)


@double
def test_error_terms_of_a_plain_layer_follow_the_recursion_of_the_notes():
    """δ_{t,k−1} = tanh'(z_{k−1}) ⊙ Uᵀ δ_{t,k} [notes 7.4]"""
    layer, x = RNN(2, 3), torch.randn(1, 6, 2)
    h, delta = layer(x)[0][0], error_terms(layer, x, lambda h: h[:, -1].sum())[0]
    same(delta[5], 1 - h[5] ** 2)
    for k in range(5, 0, -1):
        same(delta[k - 1], (1 - h[k - 1] ** 2) * (layer.weight_hh_l0.T @ delta[k]))


def test_a_plain_layer_refuses_an_activation_that_the_notes_do_not_give_it():
    with pytest.raises(ValueError, match="activation=softplus: unknown; must be logistic, tanh or relu"):
        RNN(2, 3, "softplus")


@double
@pytest.mark.parametrize("kind", [RNN, LSTM, GRU])
def test_truncation_keeps_the_outputs_and_cuts_the_gradients(kind):
    """[notes 7.4]: an output depends on at most `length` inputs"""
    layer, x = kind(2, 3), torch.randn(1, 7, 2, requires_grad=True)
    outputs, _ = truncated(layer, x, 3)
    same(outputs, layer(x)[0])
    state, end = layer(x[:, :2])[1], layer(x)[1]
    after, left = truncated(layer, x[:, 2:], 3, state)
    same(after, layer(x)[0][:, 2:])
    same(left, end)
    reached = grad(outputs[0, 5].sum(), x)[0][0].abs().sum(1) > 0
    assert reached.tolist() == [False, False, False, True, True, True, False]
    with pytest.raises(ValueError, match="length=0: must be 1 or more"):
        truncated(layer, x, 0)


@pytest.mark.slow
@pytest.mark.parametrize(("body", "least", "most"), [("rnn", 0.5, 1.5), ("lstm", 0, 0.5), ("gru", 0, 0.5)])
def test_gates_recall_a_symbol_that_a_plain_recurrent_network_forgets(body, least, most):
    """Cross-entropy on new sequences, divided by log 4, its value for a guess [notes 7.1, 7.2, 7.3].

    Without gates, the gradient with respect to the symbol shrinks by a factor of about 0.6 per step. Six seeds gave
    1.0 without gates, and at most 0.2 with gates.
    """
    loss, _ = learn_to_recall(body)
    with torch.no_grad():
        assert least <= loss(2_000).item() / log(SYMBOLS) < most
