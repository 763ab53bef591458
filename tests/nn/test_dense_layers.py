"""Compiled dense layers have the outputs and gradients that torch computes, to the precision of float32."""

import pytest
import torch
from gymnasium.spaces import Box, Tuple
from torch.testing import assert_close

from rlnotes.nn.base.composed import Composed
from rlnotes.nn.base.dense_layers import CompiledLayers
from rlnotes.nn.base.stack import in_rows, learnt_parameters, rows_of, stack
from rlnotes.nn.network import Network

SPACE = Tuple((Box(-1, 1, (3,)), Box(-1, 1, (2,))))


def made(networks, widths=(7, 5), outputs=2, policy=False):
    """A stack, composed."""
    network = Network(widths=list(widths), policy_gain=1.0)
    torch.manual_seed(1)
    return Composed(
        stack(
            [
                network.policy(SPACE, Box(-1, 1, (outputs,))) if policy else network.vector(SPACE, outputs)
                for _ in range(networks)
            ]
        )
    )


@pytest.mark.parametrize(("networks", "batch", "widths"), [(1, 1, [7]), (3, 4, [7, 5]), (2, 64, [64, 64]), (2, 3, [])])
def test_outputs_and_gradients(networks, batch, widths):
    composed = made(networks, widths)
    assert isinstance(composed.functions[-1], CompiledLayers)
    x, action = torch.randn(networks, batch, 3), torch.randn(networks, batch, 2, requires_grad=True)
    weights = learnt_parameters(composed.network)
    found, expected = composed((x, action))[0], composed.network((x, action))[0]
    assert_close(found, expected)
    of_rows, of_action = torch.autograd.grad(found.square().sum(), [rows_of(composed.network), action])
    *of_weights, same_action = torch.autograd.grad(expected.square().sum(), [*weights, action])
    assert_close(of_rows, in_rows(of_weights))
    assert_close(of_action, same_action)
    with torch.no_grad():
        assert (composed((x, action))[0] == found).all()


def test_a_policy_has_numbers_beside_its_layers_whose_gradient_is_not_theirs():
    composed = made(2, policy=True)
    given = torch.randn(2, 4, 3), torch.randn(2, 4, 2)
    mean = composed(given)[0].mean
    [of_rows] = torch.autograd.grad(mean.square().sum(), [rows_of(composed.network)])
    expected = torch.autograd.grad(
        composed.network(given)[0].mean.square().sum(), learnt_parameters(composed.network), materialize_grads=True
    )
    assert_close(of_rows, in_rows(expected))


def test_what_is_not_a_number_stays_so():
    composed = made(1)
    with torch.no_grad():
        rows_of(composed.network)[0, 0] = torch.nan
    assert composed((torch.ones(1, 1, 3), torch.ones(1, 1, 2)))[0].isnan().all()


def test_a_second_derivative_is_refused():
    composed = made(1)
    action = torch.zeros(1, 1, 2, requires_grad=True)
    [slope] = torch.autograd.grad(
        composed((torch.ones(1, 1, 3), action))[0].square().sum(), [action], create_graph=True
    )
    with pytest.raises(RuntimeError, match="once_differentiable"):
        slope.sum().backward()
