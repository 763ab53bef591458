"""Tests of networks start from the same random numbers, in any order."""

import pytest
import torch


@pytest.fixture(autouse=True)
def seeded():
    """Torch's random numbers start at the seed 0, and continue after the test as if it had not run."""
    with torch.random.fork_rng(devices=()):
        torch.manual_seed(0)
        yield
