"""Every run of a stable-baselines3 agent has its own random numbers, and leaves the global ones alone."""

import random

import numpy as np
import pytest
import torch
from support.quick_agents import SB3, SB3_ACTORS, quick
from support.sb3 import episodes, train


@pytest.mark.parametrize("name", SB3 | SB3_ACTORS)
def test_the_same_seed_gives_the_same_actions_and_another_seed_others(name):
    first, again, other = (train(quick(name), episodes(name), seed=seed)[1] for seed in (4, 4, 5))
    assert (first == again).all()
    assert (first != other).any()


@pytest.mark.parametrize("name", SB3 | SB3_ACTORS)
def test_a_run_does_not_depend_on_its_neighbours(name):
    def rule(factors):
        return lambda observation, action: np.multiply(factors, action.reshape(3, -1)[:, 0] - 6.0)

    alike, changed = (train(quick(name), episodes(name, rule=rule(f)), 100)[1] for f in ([1, 1, 1], [1, -5, 1]))
    assert (alike[:, [0, 2]] == changed[:, [0, 2]]).all()
    assert (alike[:, 1] != changed[:, 1]).any()


@pytest.mark.parametrize("name", SB3 | SB3_ACTORS)
def test_the_global_random_state_and_the_threads_do_not_change(name):
    def draw():
        numpy_global = np.random.mtrand._rand  # models draw from it
        return (
            random.random(),
            numpy_global.rand(),
            numpy_global.normal(),
            torch.rand(1).item(),
            torch.get_num_threads(),
        )

    def seed():
        random.seed(1)
        torch.manual_seed(1)
        np.random.mtrand._rand.seed(1)
        np.random.mtrand._rand.normal()  # half a pair

    seed()
    undisturbed = draw()
    seed()
    train(quick(name), episodes(name))
    assert draw() == undisturbed
