"""Experience that is learnt from again and again."""

from math import prod
from typing import Any, NamedTuple

import numpy as np
from gymnasium import Space

from rlnotes.agents.agent import Transition
from rlnotes.envs.mdps.memory import require


class Sample(NamedTuple):
    """Steps out of a memory [runs, batch, ...], each with what followed within n steps, or until its episode ended."""

    observation: np.ndarray
    action: np.ndarray
    gain: np.ndarray
    """Σ_i γ^i R_{t+i}"""
    discount: np.ndarray
    """of the value of what came then: γ^n, or 0 where the episode terminated"""
    following: np.ndarray


class Replay:
    """The last `capacity` steps of every run; raises `SettingError` where they do not fit into memory."""

    keeps = ("count", "observation", "following", "action", "reward", "terminated", "ended")

    def __init__(self, capacity: int, runs: int, space: Space[Any]) -> None:
        shape, kind = (capacity, runs, *(space.shape or ())), np.dtype(space.dtype)
        require("agent.capacity", capacity, 2 * prod(shape) * kind.itemsize)
        self.capacity, self.count = capacity, 0
        self.observation = np.empty(shape, kind)
        self.following = np.empty_like(self.observation)
        self.action, self.reward = np.empty((capacity, runs), np.int64), np.empty((capacity, runs), np.float32)
        self.terminated, self.ended = np.empty((2, capacity, runs), bool)

    def add(self, step: Transition) -> None:
        """Keep a step of every run, in the place of the oldest one."""
        i = self.count % self.capacity
        self.observation[i], self.action[i], self.reward[i], self.following[i] = step[:4]
        self.terminated[i], self.ended[i] = step.terminated, step.terminated | step.truncated
        self.count += 1

    @property
    def size(self) -> int:
        """Steps that are kept of every run."""
        return min(self.count, self.capacity)

    def places(self, rng: np.random.Generator, batch: int, ahead: int) -> np.ndarray:
        """Random places [runs, batch] of steps that at least `ahead` others followed."""
        first = rng.integers(self.size - ahead, size=(self.action.shape[1], batch))
        return (first + self.count - self.size) % self.capacity

    def sample(self, rng: np.random.Generator, batch: int, n: int, discount: float) -> Sample:
        """Random steps of every run, looked at n steps ahead."""
        runs = self.action.shape[1]
        at = self.places(rng, batch, n - 1) * runs + np.arange(runs)[:, None]
        observation, action, gain = (taken(x, at) for x in (self.observation, self.action, self.reward))
        weight = np.full(at.shape, discount, np.float32)
        for _ in range(n - 1):
            goes_on = ~taken(self.ended, at)
            at = np.where(goes_on, (at + runs) % self.ended.size, at)
            gain += np.where(goes_on, weight * taken(self.reward, at), 0)
            weight = np.where(goes_on, weight * discount, weight).astype(np.float32)
        weight *= ~taken(self.terminated, at)
        return Sample(observation, action, gain, weight, taken(self.following, at))


def taken(x: np.ndarray, at: np.ndarray) -> np.ndarray:
    """Steps of `x` [capacity, runs, ...] whose numbers `at`, place · runs + run, are told; several times faster so."""
    return x.reshape(-1, *x.shape[2:]).take(at, axis=0)
