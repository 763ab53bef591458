"""Convolution [notes 6] agrees with its sums and with torch."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from support.closeness import same, same_with_gradients
from support.examples import FEW, SEED
from torch.autograd import grad
from torch.nn import functional

from rlnotes.nn.convolution import (
    FeatureMaps,
    convolve,
    correlate,
    full_convolve,
    kernel_gradient,
    output_length,
    parameters_of_feature_maps,
)

pytestmark = pytest.mark.usefixtures("double")


KERNEL = st.tuples(st.integers(1, 4), st.integers(1, 4))
INPUT = st.tuples(st.integers(4, 8), st.integers(4, 8))


def by_hand(w, x, flipped):
    """Compute Σ_u Σ_v w_uv x_{i+u, j+v}, or the same with a flipped kernel, by loops."""
    (U, V), (M, N) = w.shape, x.shape
    y = torch.zeros(M - U + 1, N - V + 1)
    for i in range(M - U + 1):
        for j in range(N - V + 1):
            for u in range(U):
                for v in range(V):
                    y[i, j] += w[u, v] * (x[i + U - 1 - u, j + V - 1 - v] if flipped else x[i + u, j + v])
    return y


@FEW
@given(KERNEL, INPUT, SEED)
def test_convolution_and_cross_correlation_are_the_sums_of_the_notes(kernel, shape, seed):
    """[notes 6.1, 6.2] in two dimensions and in one; an example is 1, 2, 3 with kernel 1, 10: 21, 32 and 12, 23"""
    torch.manual_seed(seed)
    w, x = torch.randn(kernel), torch.randn(shape)
    same(correlate(w, x), by_hand(w, x, flipped=False))
    same(convolve(w, x), by_hand(w, x, flipped=True))
    same(convolve(w[0], x), torch.stack([by_hand(w[:1], row[None], flipped=True)[0] for row in x]))
    one, two = torch.tensor([1.0, 10.0]), torch.tensor([1.0, 2.0, 3.0])
    assert correlate(one, two).tolist() == [21, 32]
    assert convolve(one, two).tolist() == [12, 23]


@FEW
@given(KERNEL, INPUT, st.integers(0, 3), st.integers(1, 3), SEED)
def test_cross_correlation_agrees_with_torch_and_has_the_length_of_the_notes(kernel, shape, padding, stride, seed):
    """[notes 6.2, 6.3]"""
    torch.manual_seed(seed)
    w, x = torch.randn(kernel, requires_grad=True), torch.randn(2, 1, *shape, requires_grad=True)
    ours = correlate(w, x, padding, stride)
    theirs = functional.conv2d(x, w[None, None], padding=padding, stride=stride)
    same_with_gradients(ours, theirs, (w, x))
    lengths = [output_length(m, k, padding, stride) for m, k in zip(shape, kernel, strict=True)]
    assert list(ours.shape[-2:]) == lengths


@FEW
@given(KERNEL, INPUT, SEED)
def test_full_convolution_commutes(kernel, shape, seed):
    """W ⊛ X̃ = X ⊛ W̃ [notes 6.4]"""
    torch.manual_seed(seed)
    w, x = torch.randn(kernel), torch.randn(shape)
    same(full_convolve(w, x), full_convolve(x, w))
    same(full_convolve(w[0], x[0]), full_convolve(x[0], w[0]))


@FEW
@given(KERNEL, INPUT, SEED)
def test_the_gradient_of_a_kernel_is_a_cross_correlation(kernel, shape, seed):
    """∂f/∂W = ∂f/∂Y ⊗ X [notes 6.5]"""
    torch.manual_seed(seed)
    w, x = torch.randn(kernel, requires_grad=True), torch.randn(shape)
    y = correlate(w, x)
    outer = torch.randn(y.shape)
    same(kernel_gradient(outer, x), grad(y, w, outer)[0])


@FEW
@given(st.integers(1, 3), st.integers(1, 3), KERNEL, INPUT, SEED)
def test_feature_maps_are_sums_of_cross_correlations(depth, maps, kernel, shape, seed):
    """[notes 6.6], with P·D·U·V + P parameters"""
    torch.manual_seed(seed)
    layer, x = FeatureMaps(depth, maps, kernel), torch.randn(2, depth, *shape)
    z = [sum(correlate(layer.weight[p, d], x[:, d]) for d in range(depth)) + layer.bias[p] for p in range(maps)]
    same(layer(x), torch.stack(z, 1))
    assert sum(p.numel() for p in layer.parameters()) == parameters_of_feature_maps(maps, depth, *kernel)


def test_a_kernel_larger_than_its_input_is_refused():
    with pytest.raises(ValueError, match="kernel=6: does not fit into an input of 3, padded by 1 on both sides"):
        output_length(3, 6, padding=1)
    with pytest.raises(ValueError, match="stride=0: must be a whole number, 1 or more"):
        output_length(3, 2, stride=0)
    with pytest.raises(ValueError, match="kernel=3: does not fit into an input of 2"):
        correlate(torch.ones(3), torch.ones(2))
