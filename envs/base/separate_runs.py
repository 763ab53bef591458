"""An environment of Gymnasium's for every run, in this process or in several."""

from collections.abc import Iterable, Sequence
from copy import deepcopy
from typing import Any, NamedTuple

import gymnasium as gym
import numpy as np
from gymnasium.spaces import Space
from gymnasium.vector import AutoresetMode, VectorEnv
from gymnasium.vector.utils import batch_space, iterate

from rlnotes.envs.base.checked_env import MEASURED

Begun = tuple[Any, dict[str, Any]]
"""what `reset` of one environment gives"""


class Steps(NamedTuple):
    """What one step of several environments gives."""

    given: list[tuple[Any, Any, Any, Any, dict[str, Any]]]
    """the outcome of each step, with the first observation of a new episode if one ended"""
    latest: list[dict[str, Any]]
    """the last info of each environment: of the step, or of the reset after it"""
    final: dict[int, Any]
    """the last observations of episodes that ended, by run"""
    final_masks: dict[int, Any]
    """the action masks there"""


class SeparateRuns(VectorEnv):
    """An environment of Gymnasium's for every run. What they give comes in lists, from which `CheckedEnv` makes arrays.

    Each environment has a seed of its own below 2^32.
    """

    metadata = {"autoreset_mode": AutoresetMode.SAME_STEP}

    def __init__(self, envs: list[gym.Env]) -> None:
        self.envs = envs
        self.take_spaces([(env.observation_space, env.action_space) for env in envs], len(envs))

    def take_spaces(self, spaces: list[tuple[Space[Any], Space[Any]]], num_envs: int) -> None:
        """Take over the spaces of observations and actions, which must all be equal."""
        if any(own != spaces[0] for own in spaces):
            raise ValueError("its spaces change each time that it is made")
        self.num_envs = num_envs
        self.single_observation_space, self.single_action_space = spaces[0]
        self.observation_space, self.action_space = (batch_space(space, num_envs) for space in spaces[0])

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> Begun:
        seeds = np.random.SeedSequence(seed).generate_state(self.num_envs).tolist()
        begun = self.reset_all(seeds, options)
        infos = [info for _, info in begun]
        return [observation for observation, _ in begun], together(infos, ["arm_means"]) | masks_of(infos)

    def step(self, actions: Any) -> Any:
        given, latest, final, final_masks = self.step_all(iterate(self.action_space, actions))
        *outcome, infos = zip(*given, strict=True)
        ends = {"final_obs": final, "final_info": {"action_mask": final_masks}} if final else {}
        return *outcome, together(infos, MEASURED) | masks_of(latest) | ends

    def reset_all(self, seeds: list[int], options: dict[str, Any] | None) -> list[Begun]:
        """Reset every environment."""
        return [env.reset(seed=own, options=options) for env, own in zip(self.envs, seeds, strict=True)]

    def step_all(self, actions: Iterable[Any]) -> Steps:
        """Step every environment, and reset it if its episode ended."""
        found = Steps([], [], {}, {})
        given, latest, final, final_masks = found
        for run, (env, action) in enumerate(zip(self.envs, actions, strict=True)):
            observation, reward, terminated, truncated, info = env.step(action)
            if is_true(terminated) or is_true(truncated):
                # copies, since some environments change their array in place
                final[run], final_masks[run] = deepcopy(observation), deepcopy(info.get("action_mask"))
                observation, begun = env.reset()
                latest.append(begun)
            else:
                latest.append(info)
            given.append((observation, reward, terminated, truncated, info))
        return found

    def close_extras(self, **kwargs: Any) -> None:
        for env in self.envs:
            env.close()


def is_true(flag: Any) -> bool:
    """Whether a flag is true; a value that is no flag is not."""
    return type(flag) in (bool, np.bool_) and bool(flag)


def masks_of(infos: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """The action masks of all runs, if they are there."""
    return {"action_mask": [info.get("action_mask") for info in infos]} if "action_mask" in infos[0] else {}


def together(infos: Sequence[dict[str, Any]], names: Iterable[str]) -> dict[str, Any]:
    """The values of all runs [runs, ...] under these names, as far as they are there."""
    return {name: np.array([info[name] for info in infos]) for name in names if name in infos[0]}
