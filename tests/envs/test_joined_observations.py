"""Observations of several parts, such as a Dict, become one array."""

import gymnasium as gym
import numpy as np
import pytest
import yaml
from gymnasium.spaces import Box, Dict, Discrete, MultiBinary, MultiDiscrete, Text, Tuple

from rlnotes.agents import Random
from rlnotes.base.errors import SettingError
from rlnotes.envs.registered import Registered
from rlnotes.simulation.cell import Cell
from rlnotes.simulation.simulate import simulate

pytestmark = pytest.mark.usefixtures("registry")


class Shows(gym.Env):
    """Every observation is the `shown` one."""

    action_space = Discrete(2)

    def __init__(self, space, shown=None):
        self.observation_space, self.shown = space, shown

    def reset(self, *, seed=None, options=None):
        return self.shown, {}

    def step(self, action):
        return self.shown, 0.0, False, False, {}


IMAGE = Box(0, 255, (2, 3), np.uint8)


@pytest.mark.parametrize(
    ("space", "shown", "joined", "seen"),
    [
        (
            Dict(z=Box(-9, 9, (2,)), a=Tuple([Discrete(3, start=4), Box(0, 1, ())]), m=MultiDiscrete([2, 2])),
            {"m": [1, 0], "z": [7.5, -2], "a": (6, 0.25)},
            Box(-9, 9, (10,), np.float64),
            [7.5, -2, 0, 0, 1, 0.25, 0, 1, 1, 0],
        ),
        (Dict(b=Discrete(3), a=Discrete(2, start=1)), {"b": 0, "a": 2}, MultiDiscrete([3, 2], start=[0, 1]), [0, 2]),
        (Tuple([Discrete(3), Discrete(2)]), (2, 1), MultiDiscrete([3, 2]), [2, 1]),
        (
            Dict(a=MultiBinary(2), b=Box(0, 9, (1,), np.int32)),
            {"a": [1, 0], "b": [9]},
            Box(0, 9, (3,), np.int32),
            [1, 0, 9],
        ),
        (Dict(eye=IMAGE), {"eye": np.arange(6, dtype=np.uint8).reshape(2, 3)}, IMAGE, [[0, 1, 2], [3, 4, 5]]),
        (Tuple([Dict(only=Discrete(5))]), ({"only": 3},), Discrete(5), 3),
    ],
)
def test_the_parts_of_an_observation_become_one_array(space, shown, joined, seen):
    gym.register("Shows-v0", entry_point=lambda: Shows(space, shown))
    env = Registered("Shows-v0").batch(2)
    assert env.single_observation_space.shape == joined.shape
    assert isinstance(env.single_observation_space, type(joined))
    for observation in (env.reset()[0], env.step(np.zeros(2, int))[0]):
        np.testing.assert_array_equal(observation, [seen, seen])
        assert observation.dtype == joined.dtype
    assert (
        simulate(Cell(Random(), Registered("Shows-v0", {"max_episode_steps": 3}), steps=9, runs=2))
        .data["returns"]
        .any()
        == 0
    )


@pytest.mark.parametrize(
    ("space", "parts", "kept"),
    [
        (Dict(eye=IMAGE, at=Discrete(2)), "eye, Box(0, 255, (2, 3), uint8); at, Discrete(2)", "eye"),
        (Dict(eye=IMAGE, word=Text(3)), "eye, Box(0, 255, (2, 3), uint8); word, Text", "eye"),
        (Dict(a=Discrete(2), b=Discrete(3), word=Text(3)), "a, Discrete(2); b, Discrete(3); word, Text", "a,b"),
        (Dict(a=Text(3)), "a, Text", None),
        (Dict(), "none", None),
    ],
)
def test_parts_that_cannot_be_joined_are_refused_in_one_line_with_a_wrapper_that_works(space, parts, kept):
    gym.register("Shows-v0", entry_point=lambda: Shows(space))
    with pytest.raises(SettingError) as refused:
        Registered("Shows-v0").batch(1)
    message, _, wrapper = str(refused.value).partition("; try env.wrappers=")
    assert message.startswith(f"env=Shows-v0: cannot be used: the parts of its observations are {parts}; ")
    assert "\n" not in message
    assert wrapper == (f"[{{name: FilterObservation, filter_keys: [{kept}]}}]" if kept else "")
    if kept:
        assert Registered("Shows-v0", {"wrappers": yaml.safe_load(wrapper)}).batch(1)


def test_a_wrapper_keeps_the_image_among_several_parts():
    gym.register(
        "Shows-v0",
        entry_point=lambda: Shows(Dict(eye=IMAGE, at=Discrete(2)), {"eye": np.ones((2, 3), np.uint8), "at": 0}),
    )
    wrappers = [{"name": "FilterObservation", "filter_keys": ["eye"]}]
    env = Registered("Shows-v0", {"wrappers": wrappers}).batch(2)
    assert env.single_observation_space == IMAGE
    assert (env.reset()[0] == np.ones((2, 2, 3))).all()
