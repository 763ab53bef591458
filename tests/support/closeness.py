"""What is the same to 1e-6, as tests of layers ask."""

import torch
from torch.autograd import grad


def same(a, b):
    torch.testing.assert_close(a, b, rtol=1e-6, atol=1e-6)


def same_with_gradients(ours, theirs, inputs):
    """That two outputs are the same, and the gradients of the same random loss."""
    same(ours, theirs)
    outer = torch.randn(ours.shape)
    for a, b in zip(grad(ours, inputs, outer), grad(theirs, inputs, outer), strict=True):
        same(a, b)
