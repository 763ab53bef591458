"""Scalar environments, `gymnasium.Env`, made from batches of one run."""

from typing import Any

import gymnasium as gym
import numpy as np
from gymnasium.envs.registration import load_env_creator
from gymnasium.vector import VectorEnv

from rlnotes.envs.base.environment import Environment


class ScalarEnv(gym.Env):
    """The scalar environment made from a vector environment of one run.

    It does not reset itself: call `reset` when an episode has ended.
    """

    def __init__(self, vector_env: VectorEnv) -> None:
        self.vector_env = vector_env
        self.metadata, self.render_mode = dict(vector_env.metadata), vector_env.render_mode
        if isinstance(vector_env, Environment):
            self.metadata["rewards"] = vector_env.rewards
        self.observation_space = vector_env.single_observation_space
        self.action_space = vector_env.single_action_space

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[Any, dict[str, Any]]:
        observation, info = self.vector_env.reset(seed=seed, options=options)
        self._np_random, self._np_random_seed = self.vector_env.np_random, self.vector_env.np_random_seed
        return observation[0], only(info)

    def step(self, action: Any) -> tuple[Any, float, bool, bool, dict[str, Any]]:
        observation, reward, terminated, truncated, info = self.vector_env.step(np.asarray(action)[None])
        last = info.pop("final_obs", observation)[0]
        info.pop("_final_obs", None)
        return last, float(reward[0]), bool(terminated[0]), bool(truncated[0]), only(info)

    def render(self) -> Any:
        pictures = self.vector_env.render()
        return pictures[0] if pictures else None


def only(info: dict[str, Any]) -> dict[str, Any]:
    """The info of the only run."""
    return {key: value[0] for key, value in info.items()}


def make(vector_entry_point: str, **settings: Any) -> ScalarEnv:
    """The scalar environment of a `vector_entry_point`, "module:Class", with its settings."""
    vector_env = load_env_creator(vector_entry_point)(**settings)
    assert isinstance(vector_env, VectorEnv)
    return ScalarEnv(vector_env)
