"""Agents learn from bytes what they learn from the same numbers in real precision."""

import numpy as np
import pytest
from gymnasium.spaces import Box
from support.quick_agents import DEEP, SB3, quick
from support.sb3 import Episodes, train


class Observed(Episodes):
    """Episodes whose observations, bytes from 0 to `high`, arrive as `given` makes them; the first pays a reward."""

    def __init__(self, high, space, given):
        super().__init__(Box(0, high, (6,), np.uint8), rule=lambda o, a: o[:, 0] > high / 2)
        self.single_observation_space, self.given = space, given

    def reset(self, *, seed=None, options=None):
        observation, info = super().reset(seed=seed, options=options)
        return self.given(observation), info

    def step(self, actions):
        observation, *outcome, info = super().step(actions)
        return self.given(observation), *outcome, {"final_obs": self.given(info["final_obs"])}


@pytest.mark.parametrize("high", [1, 5, 255])
@pytest.mark.parametrize("name", DEEP | SB3)
def test_bytes_are_learnt_from_as_numbers_from_0_to_1(name, high):
    real, byte = Box(0, 1, (6,)), Box(0, high, (6,), np.uint8)
    environments = (
        Observed(high, real, lambda x: x.astype(np.float32) / np.float32(high)),
        Observed(high, byte, np.copy),
    )
    agents = [quick(name) for _ in environments]
    for agent, env in zip(agents, environments, strict=True):
        train(agent, env, 40)
    expected, found = (agent.report()["weights"] for agent in agents)
    np.testing.assert_array_equal(found, expected)
