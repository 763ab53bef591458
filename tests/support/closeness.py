"""Equality to 1e-6, for tests of layers."""

import torch
from torch.autograd import grad


def same(a, b):
    """Check that two tensors are equal to 1e-6."""
    torch.testing.assert_close(a, b, rtol=1e-6, atol=1e-6)


def same_with_gradients(ours, theirs, inputs):
    """Check that two outputs are equal, and their gradients for the same random loss."""
    same(ours, theirs)
    outer = torch.randn(ours.shape)
    for a, b in zip(grad(ours, inputs, outer), grad(theirs, inputs, outer), strict=True):
        same(a, b)
