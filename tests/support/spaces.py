"""Observation spaces of every kind, and random observations."""

from copy import deepcopy

import numpy as np
from gymnasium.spaces import Box, Dict, Discrete, MultiBinary, MultiDiscrete, Tuple
from gymnasium.vector.utils import batch_space

SPACES = {
    "vector": Box(-1, 1, (5,)),
    "number": Box(-1, 1, ()),
    "bytes": Box(0, 255, (3,), np.uint8),
    "image": Box(0, 255, (8, 9, 3), np.uint8),
    "planes": Box(0, 1, (2, 8, 9)),
    "grey": Box(0, 255, (8, 9), np.uint8),
    "discrete": Discrete(7, start=2),
    "multi_discrete": MultiDiscrete([3, 4], start=[1, -2]),
    "multi_binary": MultiBinary(4),
    "tuple": Tuple([Discrete(3), Box(0, 1, (2,))]),
    "dict": Dict(picture=Box(0, 1, (6, 6)), more=Tuple([Discrete(4), MultiDiscrete([[2, 3], [4, 5]])])),
}
"""never drawn from: `sample` draws from copies"""

IMAGES = {"image", "planes", "grey", "dict"}
"""spaces with an image"""

STEPS, BATCH = 11, 3
"""of sequences, with more steps than a window has"""


def sample(space, *batch):
    """A batch of random observations; without sizes, one observation. Always the same ones."""
    space = deepcopy(space)
    for size in reversed(batch):
        space = batch_space(space, size)
    space.seed(0)
    return space.sample()


def steps(observation, begin, end):
    """Steps `begin` to `end` of a batch of sequences."""
    if isinstance(observation, dict):
        return {key: steps(part, begin, end) for key, part in observation.items()}
    if isinstance(observation, tuple):
        return tuple(steps(part, begin, end) for part in observation)
    return observation[:, begin:end]
