"""Environments from outside the project: every value that they give is checked before an agent or a log sees it."""

import reprlib
from typing import Any

import numpy as np
from gymnasium.spaces import Box, Discrete, MultiBinary, MultiDiscrete
from gymnasium.vector import AutoresetMode, VectorEnv, VectorWrapper

from rlnotes.base.elements import Elements, as_array
from rlnotes.base.errors import SettingError

FLOAT, BOOL = np.dtype(float), np.dtype(bool)
MEASURED = {"regret": FLOAT, "optimal": BOOL}
"""what `step` may give in `info` for measurement [runs], and its type"""

Outcome = tuple[Any, np.ndarray, np.ndarray, np.ndarray, dict[str, Any]]


def checked(env: VectorEnv) -> VectorEnv:
    """The environment, checked unless its class is this project's: values of these are right by construction."""
    return env if type(env).__module__.startswith("rlnotes.") else CheckedEnv(env, type(env.unwrapped).__name__)


class CheckedEnv(VectorWrapper):
    """A vector environment that raises `SettingError`, with its `name`, for a value that it may not give.

    Observations must be elements of the observation space; those of a Box only have to be finite and of its type.
    Rewards must be numbers [runs], and ends true or false [runs]. The recorder refuses rewards that are not finite.
    If an episode is truncated, `info["final_obs"]` [runs] must have its last observation; here it always has the next
    observations of all runs, whether their episodes end or not.
    If actions are Discrete, `info["action_mask"]` [runs, actions] must be given always or never, and allow an action.
    That of the last observation of a truncated episode must be in `info["final_info"]["action_mask"]` [runs, actions];
    here it is in `info["final_mask"]`.
    All arrays are copies, since some environments change theirs in place. The environment gets seeds below 2^31, since
    many pass them on to `numpy.random.seed`.
    """

    def __init__(self, env: VectorEnv, name: str) -> None:
        super().__init__(env)
        self.name, self.steps, space = name, 0, env.single_observation_space
        if not isinstance(space, Box | Discrete | MultiDiscrete | MultiBinary):
            requirement = "must be Box, Discrete, MultiDiscrete or MultiBinary"
            raise SettingError("env", name, f"cannot be used: its observations are {space}; {requirement}")
        actions = env.single_action_space
        self.choices, self.masked = int(actions.n) if isinstance(actions, Discrete) else 0, False
        self.observations = Elements("observation", space, env.num_envs, bounds=False)
        self.kind = np.dtype(np.int64) if isinstance(space, Discrete) else space.dtype
        if (mode := env.metadata.get("autoreset_mode", AutoresetMode.SAME_STEP)) != AutoresetMode.SAME_STEP:
            raise SettingError("env", name, f"has autoreset_mode {mode}; must be {AutoresetMode.SAME_STEP}")

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[Any, dict[str, Any]]:
        try:
            observation, info = self.env.reset(seed=None if seed is None else seed % 2**31, options=options)
            self.masked = bool(self.choices) and "action_mask" in info
            no_end = np.zeros(self.num_envs, bool)
            return self.observed(observation), {**info, **self.masks(info, no_end, no_end)}
        except Exception as error:
            raise SettingError.failed("env", self.name, "reset", error) from error

    def step(self, actions: Any) -> Outcome:
        self.steps += 1
        try:
            observation, reward, terminated, truncated, info = self.env.step(actions)
            observation, reward = self.observed(observation), self.array("reward", reward, FLOAT)
            terminated, truncated = self.array("terminated", terminated, BOOL), self.array("truncated", truncated, BOOL)
            checked = {name: self.array(name, info[name], kind) for name, kind in MEASURED.items() if name in info}
            if "final_obs" in info:
                checked["final_obs"] = self.last(observation, info["final_obs"], terminated | truncated)
            elif np.count_nonzero(truncated):
                raise self.error("gave no info['final_obs']", "there, since an episode is truncated")
            if self.masked or "action_mask" in info:
                checked |= self.masks(info, terminated, truncated)
        except Exception as error:
            raise SettingError.failed("env", self.name, "stepped", error) from error
        return observation, reward, terminated, truncated, {**info, **checked}

    def error(self, what: str, requirement: str) -> SettingError:
        """The error for what the environment gave in this step."""
        return SettingError("env", self.name, f"{what} in step {self.steps}; must be {requirement}")

    def observed(self, given: Any) -> Any:
        """A copy of the observations, which must be elements of their space."""
        observation = as_array(given, copy=True)
        if fault := self.observations.fault(observation, self.steps):
            raise SettingError("env", self.name, fault)
        return observation if observation.dtype == self.kind else observation.astype(self.kind)

    def last(self, observation: np.ndarray, final: Any, ended: np.ndarray) -> np.ndarray:
        """The observations, with the `final` ones of the runs whose episode `ended`."""
        last = list(observation)
        for run in np.flatnonzero(ended):
            last[run] = final[run]
        return self.observed(last)

    def masks(self, info: dict[str, Any], terminated: np.ndarray, truncated: np.ndarray) -> dict[str, Any]:
        """The `action_mask` and, if an episode ended, the `final_mask`; after a termination no value depends on it."""
        if not self.masked:
            if self.choices and "action_mask" in info:
                raise self.error("gave info['action_mask']", "given by reset too")
            return {"action_mask": None}
        mask = self.mask(info.get("action_mask"), np.arange(self.num_envs))
        if not (terminated | truncated).any():
            return {"action_mask": mask}
        last, cut = mask.copy(), np.flatnonzero(truncated & ~terminated)
        if len(cut):
            last[cut] = self.mask(info.get("final_info", {}).get("action_mask"), cut)
        return {"action_mask": mask, "final_mask": last}

    def mask(self, given: Any, runs: np.ndarray) -> np.ndarray:
        """A copy of the masks `given` for these `runs` as true and false [len(runs), actions]."""
        values = as_array(None if given is None else [given[run] for run in runs])
        fits = values.shape == (len(runs), self.choices) and values.dtype.kind in "biu"
        if not fits or not ((values == 0) | (values == 1)).all() or not values.any(axis=1).all():
            requirement = f"0 or 1 for each of {self.choices} actions, with a 1, in every run, reset and step"
            raise self.error(f"gave action_mask {reprlib.repr(given)}", requirement)
        return values.astype(bool)

    def array(self, name: str, given: Any, kind: np.dtype[Any]) -> np.ndarray:
        """A copy of an array [runs] of numbers, or of true and false."""
        values = as_array(given, copy=True)
        if values.shape == (self.num_envs,) and (values.dtype == kind or np.can_cast(values.dtype, kind)):
            return values.astype(kind, copy=False)
        wrong = given if values.shape[:1] != (self.num_envs,) else next(v for v in given if not is_scalar(v, kind))
        words = "true or false" if kind is BOOL else "a number"
        raise self.error(f"gave {name} {reprlib.repr(wrong)}", f"{words}, for each of {self.num_envs} runs")


def is_scalar(value: Any, kind: np.dtype[Any]) -> bool:
    """Whether a value is a single one that the type can represent."""
    return as_array(value).ndim == 0 and np.can_cast(as_array(value).dtype, kind)
