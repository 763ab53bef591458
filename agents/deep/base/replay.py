"""Experience that is learnt from again and again."""

from typing import Any, NamedTuple

import numpy as np
from gymnasium import Space

from rlnotes.agents.base.agent import Transition
from rlnotes.base.memory_check import require


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

    keeps = ("count", "kept")

    def __init__(self, capacity: int, runs: int, space: Space[Any]) -> None:
        seen = space.dtype, space.shape or ()
        numbers = [("action", np.int64), ("reward", np.float32), ("terminated", bool), ("ended", bool)]
        step = np.dtype([("observation", *seen), ("following", *seen), *numbers], align=True)
        require("agent.capacity", capacity, capacity * runs * step.itemsize)
        self.capacity, self.runs, self.count = capacity, runs, 0
        self.steps = np.empty((capacity, runs), step)

    def add(self, step: Transition) -> None:
        """Keep a step of every run, in the place of the oldest one."""
        kept = self.steps[self.count % self.capacity]
        kept["observation"], kept["action"], kept["reward"], kept["following"] = step[:4]
        kept["terminated"], kept["ended"] = step.terminated, step.terminated | step.truncated
        self.count += 1

    @property
    def size(self) -> int:
        """Steps that are kept of every run."""
        return min(self.count, self.capacity)

    @property
    def kept(self) -> np.ndarray:
        """All that is kept, as bytes."""
        return self.steps.view(np.uint8)

    @kept.setter
    def kept(self, kept: np.ndarray) -> None:
        self.steps = kept.view(self.steps.dtype)

    def places(self, rng: np.random.Generator, batch: int, ahead: int) -> np.ndarray:
        """Random places [runs, batch] of steps that at least `ahead` others followed."""
        first = (rng.random((self.runs, batch)) * (self.size - ahead)).astype(np.int64)
        return (first + self.count - self.size) % self.capacity

    def sample(self, rng: np.random.Generator, batch: int, n: int, discount: float) -> Sample:
        """Random steps of every run, looked at n steps ahead."""
        steps = self.steps.reshape(-1)  # of which `take` is several times faster
        at = self.places(rng, batch, n - 1) * self.runs + np.arange(self.runs)[:, None]
        first = last = steps.take(at)
        gain, weight = first["reward"], np.full(at.shape, discount, np.float32)
        for _ in range(n - 1):
            goes_on = ~last["ended"]
            at = np.where(goes_on, (at + self.runs) % steps.size, at)
            last = steps.take(at)
            gain = gain + np.where(goes_on, weight * last["reward"], 0)
            weight = np.where(goes_on, weight * discount, weight).astype(np.float32)
        return Sample(first["observation"], first["action"], gain, weight * ~last["terminated"], last["following"])
