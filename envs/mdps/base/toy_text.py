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
    """The model of a Gymnasium environment, or id, such as FrozenLake-v1, CliffWalking-v1 or Taxi-v4.

    The environment, without its wrappers, must have its transitions as `P` and the probabilities of its start states as
    `initial_state_distrib`; else `SettingError` is raised.
    """
    if isinstance(env, str):
        env = gym.make(env)
    inner: Any = env.unwrapped
    if not has_model(env):
        name = env.spec.id if env.spec else type(inner).__name__
        raise SettingError(
            "env", name, "has no model: it must have P and initial_state_distrib, as toy-text environments do"
        )
    P, start, actions = inner.P, inner.initial_state_distrib, int(inner.action_space.n)
    return Model.from_function(
        range(len(P)),
        range(actions),
        lambda state, action: P[state].get(action, ()),
        start=start,
        discount=discount,
        picture=picture(inner, len(P), ACTIONS.get(type(inner).__name__, [str(action) for action in range(actions)])),
    )


def has_model(env: gym.Env) -> bool:
    """Whether `P` describes the steps of an environment; it does not if Taxi's passenger is fickle."""
    inner = env.unwrapped
    return hasattr(inner, "P") and hasattr(inner, "initial_state_distrib") and not getattr(inner, "fickle_passenger", 0)


def picture(inner: Any, states: int, actions: Any) -> Picture:
    """The environment's own map if it shows every state, else the states in order."""
    text = getattr(inner, "desc", None)
    if text is not None and np.size(text) == states:
        lines = [b"".join(line).decode() for line in text]
        return Picture(np.arange(states).reshape(len(lines), -1), lines, actions)
    return Picture.of_states(states, actions, width=getattr(inner, "shape", (0, None))[1])
