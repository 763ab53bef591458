"""Activations, initialisation and normalisation [notes 3 to 5] agree with torch and closed forms."""

import copy
from math import sqrt

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from support.closeness import same, same_with_gradients
from support.examples import FEW, SEED
from torch import nn
from torch.autograd import grad
from torch.nn import functional

from rlnotes.nn.activations import ACTIVATIONS, LeakyReLU, Logistic, Maxout, ReLU, Softplus, Tanh
from rlnotes.nn.initialisation import initialise, variance
from rlnotes.nn.mlp import MLP
from rlnotes.nn.normalisation import (
    BatchNorm,
    BatchNorm2d,
    LayerNorm,
    LayerNorm2d,
    MinMax,
    Standardise,
    batch_norm,
    layer_norm,
    min_max,
    standardise,
)
from rlnotes.studies.initialisation import squares

pytestmark = pytest.mark.usefixtures("double")


SIDE = st.integers(1, 9)
X = torch.linspace(-6, 6, 241, dtype=torch.float64)


def slope(f, x):
    """Compute f' at the points x."""
    x = x.clone().requires_grad_()
    return grad(f(x).sum(), x)[0]


@pytest.mark.parametrize(
    ("f", "value", "derivative"),
    [
        (Logistic(), lambda x: 1 / (1 + (-x).exp()), lambda x: torch.sigmoid(x) * (1 - torch.sigmoid(x))),
        (Tanh(), lambda x: (x.exp() - (-x).exp()) / (x.exp() + (-x).exp()), lambda x: 1 - torch.tanh(x) ** 2),
        (ReLU(), lambda x: torch.where(x > 0, x, 0), lambda x: (x > 0).double()),
        (LeakyReLU(0.2), lambda x: torch.where(x >= 0, x, 0.2 * x), lambda x: torch.where(x > 0, 1.0, 0.2)),
        (Softplus(), lambda x: (1 + x.exp()).log(), torch.sigmoid),
    ],
)
def test_activations_and_their_derivatives_are_those_of_the_notes(f, value, derivative):
    """[notes 3.1, 3.2, 3.3, 3.4, 3.5]"""
    x = X[X != 0]  # no derivative where two pieces meet
    same(f(x), value(x))
    same(slope(f, x), derivative(x))


def test_tanh_is_a_scaled_logistic():
    """tanh(x) = 2σ(2x) − 1 [notes 3.2]"""
    same(Tanh()(X), 2 * Logistic()(2 * X) - 1)


@FEW
@given(SIDE, SIDE, st.integers(2, 4), SEED)
def test_maxout_takes_the_greatest_of_its_pieces(inputs, outputs, pieces, seed):
    """[notes 3.6]"""
    torch.manual_seed(seed)
    layer, x = Maxout(inputs, outputs, pieces), torch.randn(5, 2, inputs)
    nn.init.normal_(layer.bias)
    z = [functional.linear(x, layer.weight[k], layer.bias[k]) for k in range(pieces)]
    best = z[0]
    for other in z[1:]:
        best = torch.maximum(best, other)
    same(layer(x), best)
    same(grad(layer(x).sum(), layer.weight)[0], grad(best.sum(), layer.weight)[0])


def test_maxout_can_be_the_absolute_value():
    layer = Maxout(1, 1)
    layer.weight.data = torch.tensor([[[1.0]], [[-1.0]]])
    same(layer(X[:, None])[:, 0], X.abs())


@pytest.mark.parametrize(
    ("scheme", "activation", "slope", "expected"),
    [
        ("xavier_uniform", "tanh", 0, 2 / 500),
        ("xavier_normal", "tanh", 0, 2 / 500),
        ("xavier_uniform", "logistic", 0, 16 * 2 / 500),
        ("he_uniform", "relu", 0, 2 / 300),
        ("he_normal", "leaky_relu", 0.5, 2 / (1.25 * 300)),
        ("fan_in_uniform", "tanh", 0, 1 / 300),
        ("fan_in_normal", "logistic", 0, 1 / 300),
        ("fan_out_uniform", "relu", 0, 1 / 200),
        ("fan_out_normal", "none", 0, 1 / 200),
        ("torch", "relu", 0, 1 / 900),
        ("auto", "relu", 0, 2 / 300),
        ("auto", "softplus", 0, 2 / 300),
        ("auto", "tanh", 0, 2 / 500),
        ("auto", "logistic", 0, 32 / 500),
        ("auto", "none", 0, 2 / 500),
    ],
)
def test_weights_have_the_variance_of_the_notes(scheme, activation, slope, expected):
    """[notes 4.1, 4.2, 4.3], for 300 inputs and 200 outputs.

    The variance of 60,000 numbers is within 4.5 standard deviations, each at most √(2/60,000): 7e-6 false alarms.
    """
    assert variance(scheme, 300, 200, activation, slope) == pytest.approx(expected)
    initialise(weight := torch.empty(200, 300), scheme, activation, slope)
    assert weight.var().item() == pytest.approx(expected, rel=4.5 * sqrt(2 / 60_000))
    bound = sqrt(3 * expected)
    if scheme.endswith("normal"):
        assert weight.abs().max() > 1.1 * bound
    else:
        assert 0.99 * bound < weight.abs().max() <= bound


@pytest.mark.parametrize(("scheme", "theirs"), [("xavier", nn.init.xavier_uniform_), ("he", nn.init.kaiming_uniform_)])
@pytest.mark.parametrize("shape", [(5, 7), (4, 3, 2, 6)])
def test_initialisation_agrees_with_torch(scheme, theirs, shape):
    """[notes 4.2, 4.3], with and without a kernel"""
    ours, reference = torch.empty(shape), torch.empty(shape)
    torch.manual_seed(0)
    initialise(ours, f"{scheme}_uniform", "relu")
    torch.manual_seed(0)
    theirs(reference, **({"nonlinearity": "relu"} if scheme == "he" else {}))
    same(ours, reference)


@pytest.mark.parametrize(("activation", "expected"), [("leaky_relu:2", 2 / (5 * 200)), ("maxout:3", 2 / 200)])
def test_the_weights_of_a_dense_layer_fit_its_activation(activation, expected):
    """He's variance, with the slope of the setting, and for each piece of maxout; both layers are normalised."""
    layer, norm = [m for m in MLP(200, [300], None, activation, "he_normal", "layer") if list(m.parameters())]
    assert layer.weight.var().item() == pytest.approx(expected, rel=4.5 * sqrt(2 / 60_000))
    assert isinstance(norm, LayerNorm)


@pytest.mark.parametrize(
    ("activation", "scheme", "fits", "least", "most"),
    [
        ("logistic", "torch", "", 1e-9, 1e-8),
        ("logistic", "xavier_uniform", "tanh", 1e-7, 1e-6),
        ("logistic", "xavier_uniform", "", 2e-3, 3e-2),
        ("tanh", "torch", "", 1e-3, 1e-2),
        ("tanh", "xavier_uniform", "", 0.3, 3),
        ("relu", "torch", "", 2e-5, 1e-3),
        ("relu", "xavier_uniform", "", 5e-3, 0.2),
        ("relu", "he_uniform", "", 0.3, 3),
        ("relu", "he_normal", "", 0.3, 3),
        ("maxout", "auto", "", 0.3, 3),
        ("maxout", "he_uniform", "", 10, 100),
    ],
)
def test_gradients_keep_their_size_through_ten_layers_if_weights_fit(activation, scheme, fits, least, most):
    """Orders of magnitude [notes 4.1, 4.2, 4.3]. A layer scales the gradient by about √(width Var(w) E[f'²])."""
    _, backward = squares(activation, scheme, fits, [100] * 11)
    assert least < sqrt(backward[0]) < most


def test_a_narrowing_network_needs_one_variance_forward_and_another_backward():
    """From 200 to 25 units, 1 / inputs keeps the size of the units, and 1 / outputs that of the gradients; the other is
    off by 8 for linear units, within a factor of 2 [notes 4.1]."""
    for scheme, (forward, backward) in {"fan_in_normal": (1, 1 / 8), "fan_out_normal": (8, 1)}.items():
        found = squares("leaky_relu:1", scheme, "none", [200, 100, 50, 25], networks=20)
        assert forward / 2 < found[0][-1] < 2 * forward
        assert backward / 2 < found[1][0] < 2 * backward


def same_for_any_affine_part(layer, formula, z):
    """Check that a layer equals its formula, for random γ and β; the layer stays in this state."""
    nn.init.normal_(layer.weight)
    nn.init.normal_(layer.bias)
    same_with_gradients(formula(z, layer.weight, layer.bias), layer(z), (z, layer.weight, layer.bias))


@FEW
@given(st.integers(2, 9), SIDE, SEED)
def test_batch_norm_agrees_with_torch(batch, units, seed):
    """[notes 5.3], with gradients, and for one sample after training"""
    torch.manual_seed(seed)
    layer, z = BatchNorm(units), torch.randn(batch, units, requires_grad=True)
    same_for_any_affine_part(layer, batch_norm, z)
    images = z.detach()[:, :, None, None].repeat(1, 1, 2, 3)
    same(BatchNorm2d(units)(images), BatchNorm(units)(z)[:, :, None, None].expand_as(images))
    layer.eval()
    mean, variance = z.mean(0) / 10, 0.9 + z.var(0) / 10  # running averages after one batch, from 0 and 1
    same(layer(z[:1]), (z[:1] - mean) / (variance + 1e-5).sqrt() * layer.weight + layer.bias)


@FEW
@given(SIDE, st.integers(2, 9), SEED)
def test_layer_norm_agrees_with_torch(batch, units, seed):
    """[notes 5.4]"""
    torch.manual_seed(seed)
    layer, z = LayerNorm(units), torch.randn(batch, units, requires_grad=True)
    same_for_any_affine_part(layer, layer_norm, z)
    images = torch.randn(batch, units, 2, 3)
    flat = layer_norm(images.flatten(1), torch.ones(6 * units), torch.zeros(6 * units))
    same(LayerNorm2d(units)(images), flat.view_as(images))


@FEW
@given(st.lists(st.integers(1, 6), min_size=1, max_size=5), SIDE, SEED)
def test_inputs_are_normalised_by_all_samples_so_far(batches, features, seed):
    """[notes 5.1, 5.2], for any division into batches; `state_dict` holds the statistics"""
    torch.manual_seed(seed)
    data = [3 * torch.randn(1) + torch.randn(batch, 2, features) for batch in batches]
    everything = torch.cat(data).reshape(-1, features)
    least, greatest = everything.amin(0), everything.amax(0)
    mean, deviation = everything.mean(0), everything.std(0, correction=0)
    for layer, expected in (
        (MinMax(features), min_max(everything, least, greatest)),
        (Standardise(features), standardise(everything, mean, deviation)),
    ):
        for batch in data:
            layer(batch)
        again = type(layer)(features)
        again.load_state_dict(layer.state_dict())
        for one in (layer, again):
            one.eval()
            same(one(everything), expected)
            one(torch.full((1, features), 100.0))  # not in training, so the statistics do not change
            same(one(everything), expected)
    same(min_max(everything, least, greatest), (everything - least) / (greatest - least))
    same(standardise(everything, mean, deviation), (everything - mean) / deviation)


@pytest.mark.parametrize("layer", [MinMax, Standardise])
def test_constant_features_become_0_and_inputs_that_are_not_finite_are_refused(layer):
    for constant in (7.0, 0.1, 0.3, -0.7, 1e9 / 3):  # their sums are rounded
        one = layer(2)
        for samples in (1, 3, 7, 100):
            made = one(torch.stack([torch.arange(samples) % 2.0, torch.full((samples,), constant)], 1))
            assert made.isfinite().all()
            assert (made[:, 1] == 0).all()
    before = copy.deepcopy(one.state_dict())
    assert one(torch.empty(0, 2)).shape == (0, 2)
    assert all((before[name] == value).all() for name, value in one.state_dict().items())
    assert layer(1)(torch.tensor([[1], [2]])).dtype == torch.float64
    for bad in (torch.nan, torch.inf):
        with pytest.raises(ValueError, match=f"{layer.__name__}: feature 1 of the input is not a finite number"):
            layer(2)(torch.tensor([[1.0, bad]]))


def test_every_activation_has_a_name():
    assert set(ACTIVATIONS.values()) == {Logistic, Tanh, ReLU, LeakyReLU, Softplus, Maxout}
