"""Any other environment registered with Gymnasium."""

import inspect
from dataclasses import dataclass, field
from typing import Any

import gymnasium as gym
from gymnasium.envs.registration import load_env_creator
from gymnasium.vector import AutoresetMode, VectorEnv

from rlnotes.envs.errors import SettingError


@dataclass
class Registered:
    """An environment by its Gymnasium id, such as CartPole-v1, with the settings that its constructor takes.

    Raises `SettingError` where the constructor does not know a setting.
    """

    id: str
    settings: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        known = self.defaults(self.id)
        for setting, value in self.settings.items():
            if setting not in known:
                raise SettingError(setting, value, f"{self.id} takes {', '.join(known) or 'no settings'}")
        self.settings = known | self.settings

    @staticmethod
    def defaults(id: str) -> dict[str, Any]:
        """The settings of an environment that can be written down, with their defaults."""
        spec = gym.spec(id)
        parameters = inspect.signature(load_env_creator(spec.entry_point)).parameters.values()  # type: ignore[arg-type]
        defaults = {p.name: p.default for p in parameters if p.name != "render_mode"} | spec.kwargs
        return {
            key: value for key, value in defaults.items() if isinstance(value, None | bool | int | float | str | list)
        }

    def batch(self, num_envs: int) -> VectorEnv:
        """A vector environment of `num_envs` runs, each reset in the step that ends its episode."""
        return gym.make_vec(
            self.id,
            num_envs=num_envs,
            vectorization_mode="sync",
            vector_kwargs={"autoreset_mode": AutoresetMode.SAME_STEP},
            **self.settings,
        )
