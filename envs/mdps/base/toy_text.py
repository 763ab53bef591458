"""The models of Gymnasium's toy-text environments."""

from collections.abc import Iterator
from typing import Any

import gymnasium as gym
import numpy as np
from gymnasium.envs.toy_text import CliffWalkingEnv, FrozenLakeEnv, TaxiEnv
from gymnasium.wrappers import OrderEnforcing, PassiveEnvChecker, TimeLimit

from rlnotes.base.errors import SettingError
from rlnotes.envs.mdps.base.model import Model
from rlnotes.envs.mdps.base.picture import Picture

ACTIONS: dict[type, Any] = {
    FrozenLakeEnv: "←↓→↑",
    CliffWalkingEnv: "↑→↓←",
    TaxiEnv: ("↓", "↑", "→", "←", "in", "out"),
}
"""Gymnasium's own toy-text environments, and the names of their actions"""

TRANSPARENT = (OrderEnforcing, PassiveEnvChecker, TimeLimit)
"""wrappers that change no observation, reward or action, and no end except for the time limit"""


def from_gymnasium(env: gym.Env | str, discount: float = 0.99) -> Model:
    """The model of a Gymnasium environment, or id, such as FrozenLake-v1, CliffWalking-v1 or Taxi-v4.

    The environment must have its transitions as `P` and the probabilities of its start states as
    `initial_state_distrib`, and step by them. `SettingError` is raised if it has none, or if a wrapper, a class derived
    from Gymnasium's, or Taxi's fickle passenger may change the steps.
    """
    if isinstance(env, str):
        env = gym.make(env)
    inner = without_wrappers(env)
    tabled = hasattr(inner, "P") and hasattr(inner, "initial_state_distrib")
    derived = isinstance(inner, tuple(ACTIONS)) and type(inner) not in ACTIONS
    if not tabled or derived or getattr(inner, "fickle_passenger", False):
        name = env.spec.id if env.spec else type(inner).__name__
        requirement = "must have P and initial_state_distrib, as toy-text environments do, and step by them unchanged"
        raise SettingError("env", name, f"has no model: it {requirement}")
    P, start, actions = inner.P, inner.initial_state_distrib, int(inner.action_space.n)
    return Model.from_function(
        range(len(P)),
        range(actions),
        lambda state, action: P[state].get(action, ()),
        start=start,
        discount=discount,
        picture=picture(inner, len(P), ACTIONS.get(type(inner), [str(action) for action in range(actions)])),
    )


def steps_by_its_table(env: gym.Env, limit: int | None) -> bool:
    """Whether it is certain that an environment steps by its `P`: it is Gymnasium's own, and nothing changes it.

    Its only time limit is `limit`. Taxi does not step by `P` if its passenger is fickle.
    """
    inner = without_wrappers(env)
    as_made = not any({"step", "reset"} & vars(part).keys() for part in layers(env))
    as_known = all(part._max_episode_steps == limit for part in layers(env) if isinstance(part, TimeLimit))
    return type(inner) in ACTIONS and as_made and as_known and not getattr(inner, "fickle_passenger", False)


def masks(env: gym.Env) -> np.ndarray | None:
    """The actions that `info["action_mask"]` allows in each state [states, actions]; only Taxi gives it."""
    inner = without_wrappers(env)
    return np.array([inner.action_mask(state) for state in inner.P], bool) if isinstance(inner, TaxiEnv) else None


def layers(env: gym.Env) -> Iterator[gym.Env]:
    """The environment and what its wrappers contain, from outside."""
    yield env
    while isinstance(env, gym.Wrapper):
        env = env.env
        yield env


def without_wrappers(env: gym.Env) -> Any:
    """The environment inside the wrappers that change nothing."""
    return next(layer for layer in layers(env) if type(layer) not in TRANSPARENT)


def picture(inner: Any, states: int, actions: Any) -> Picture:
    """The environment's own map if it shows every state, else the states in order."""
    text = getattr(inner, "desc", None)
    if text is not None and np.size(text) == states:
        lines = [b"".join(line).decode().replace("F", ".") for line in text]  # "F" is a frozen cell
        return Picture(np.arange(states).reshape(len(lines), -1), lines, actions)
    return Picture.of_states(states, actions, width=getattr(inner, "shape", (0, None))[1])
