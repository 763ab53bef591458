"""Tests of networks start from the same random numbers, in any order."""

import pytest
import torch
from sklearn.datasets import load_digits


@pytest.fixture(autouse=True)
def seeded():
    """Torch's random numbers start at the seed 0, and continue after the test as if it had not run."""
    with torch.random.fork_rng(devices=()):
        torch.manual_seed(0)
        yield


@pytest.fixture(scope="module")
def digits():
    """Images of digits [1797, 64] from 0 to 1, shuffled."""
    data = torch.as_tensor(load_digits().data / 16)
    return data[torch.randperm(len(data), generator=torch.Generator().manual_seed(0))]
