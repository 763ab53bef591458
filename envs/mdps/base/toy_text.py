"""The models of Gymnasium's toy-text environments."""

from typing import Any

import gymnasium as gym
import numpy as np

from rlnotes.base.errors import SettingError
from rlnotes.envs.mdps.base.model import Model
from rlnotes.envs.mdps.base.picture import Picture

ACTIONS = {"FrozenLakeEnv": "←↓→↑", "CliffWalkingEnv": "↑→↓←", "TaxiEnv": ("↓", "↑", "→", "←", "in", "out")}
"""names of the actions, by class"""


def from_gymnasium(env: gym.Env | str, discount: float = 0.99) -> Model:
    """The model of an environment, or of the one of that id, that has its transitions as `P`, under any wrappers.

    The start is `initial_state_distrib`, as FrozenLake-v1, CliffWalking-v1 and Taxi-v4 have it.
    Raises `SettingError` where there is no `P`.
    """
    if isinstance(env, str):
        env = gym.make(env)
    world: Any = env.unwrapped
    if not has_model(env):
        name = env.spec.id if env.spec else type(world).__name__
        raise SettingError("env", name, "has no model: P and initial_state_distrib, as the toy-text environments have")
    P, start, actions = world.P, world.initial_state_distrib, int(world.action_space.n)
    return Model.from_function(
        range(len(P)),
        range(actions),
        lambda state, action: P[state].get(action, ()),
        start=start,
        discount=discount,
        picture=picture(world, len(P), ACTIONS.get(type(world).__name__, [str(action) for action in range(actions)])),
    )


def has_model(env: gym.Env) -> bool:
    """Whether the steps of an environment are those of its `P`, as they are not where Taxi's passenger is fickle."""
    world = env.unwrapped
    return hasattr(world, "P") and hasattr(world, "initial_state_distrib") and not getattr(world, "fickle_passenger", 0)


def picture(world: Any, states: int, actions: Any) -> Picture:
    """The environment's own map where it has one of its states, else the states in order."""
    text = getattr(world, "desc", None)
    if text is not None and np.size(text) == states:
        lines = [b"".join(line).decode() for line in text]
        return Picture(np.arange(states).reshape(len(lines), -1), lines, actions)
    return Picture.of_states(states, actions, width=getattr(world, "shape", (0, None))[1])
