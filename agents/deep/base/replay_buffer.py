"""The replay buffer: the latest steps of every run, from which batches are drawn."""

from typing import Any, NamedTuple

import numpy as np
from gymnasium import Space

from rlnotes.agents.base.agent import Transition
from rlnotes.agents.deep.base.saved_state import Stateful
from rlnotes.base.memory_check import require_memory


class Sample(NamedTuple):
    """Random steps [runs, batch, ...], each with the next m steps.

    m is n, or less if the episode ends before.
    """

    observation: np.ndarray
    action: np.ndarray
    gain: np.ndarray
    """R_t + γ R_{t+1} + … + γ^{m−1} R_{t+m−1}"""
    discount: np.ndarray
    """γ^m, the weight of the value of S_{t+m}; 0 if the episode terminated"""
    following: np.ndarray
    """S_{t+m}"""
    allowed: np.ndarray | None
    """the actions that are allowed in S_{t+m} [runs, batch, actions]; None: all"""


class ReplayBuffer(Stateful):
    """The last `capacity` steps of every run.

    `steps` [capacity, runs] is a ring: step number `count` is at position `count % capacity`. `allowed`
    [capacity, runs, actions] has the masks of the following states; None if the environment gives none.
    Raises `SettingError` if the buffer does not fit into memory.
    """

    state_names = ("count", "data", "allowed")

    def __init__(self, capacity: int, runs: int, space: Space[Any], actions: Space[Any]) -> None:
        seen, done = (space.dtype, space.shape or ()), (actions.dtype, actions.shape or ())
        numbers = [("action", *done), ("reward", np.float32), ("terminated", bool), ("ended", bool)]
        step = np.dtype([("observation", *seen), ("following", *seen), *numbers], align=True)
        require_memory("agent.capacity", capacity, capacity * runs * step.itemsize)
        self.capacity, self.runs, self.count = capacity, runs, 0
        self.steps = np.empty((capacity, runs), step)
        self.allowed: np.ndarray | None = None

    def add(self, step: Transition, allowed: np.ndarray | None = None) -> None:
        """Store a step of every run in the place of the oldest one, with the mask of its following states."""
        if allowed is not None:
            if self.allowed is None:
                require_memory("agent.capacity", self.capacity, self.capacity * allowed.size)
                self.allowed = np.zeros((self.capacity, *allowed.shape), bool)
            self.allowed[self.count % self.capacity] = allowed
        place = self.steps[self.count % self.capacity]
        place["observation"], place["action"], place["reward"], place["following"] = step[:4]
        place["terminated"], place["ended"] = step.terminated, step.terminated | step.truncated
        self.count += 1

    @property
    def size(self) -> int:
        """Stored steps per run."""
        return min(self.count, self.capacity)

    @property
    def data(self) -> np.ndarray:
        """All stored steps, as bytes."""
        return self.steps.view(np.uint8)

    @data.setter
    def data(self, data: np.ndarray) -> None:
        self.steps = data.view(self.steps.dtype)

    def positions(self, rng: np.random.Generator, batch: int, ahead: int) -> np.ndarray:
        """Random positions [runs, batch] of steps with at least `ahead` later steps."""
        first = (rng.random((self.runs, batch)) * (self.size - ahead)).astype(np.int64)
        return (first + self.count - self.size) % self.capacity

    def sequences(self, rng: np.random.Generator, batch: int, length: int) -> tuple[np.ndarray, np.ndarray | None]:
        """Random sequences of consecutive steps [runs, batch, length], and the masks of their following states."""
        first = self.positions(rng, batch, length - 1)[..., None]
        at = (first + np.arange(length)) % self.capacity, np.arange(self.runs)[:, None, None]
        return self.steps[at], None if self.allowed is None else self.allowed[at]

    def sample(self, rng: np.random.Generator, batch: int, n: int, discount: float) -> Sample:
        """Random steps of every run with the next n steps."""
        steps = self.steps.reshape(-1)  # `take` on one dimension is several times faster
        at = self.positions(rng, batch, n - 1) * self.runs + np.arange(self.runs)[:, None]
        first = last = steps.take(at)
        gain, weight = first["reward"], np.full(at.shape, discount, np.float32)
        for _ in range(n - 1):
            goes_on = ~last["ended"]
            at = np.where(goes_on, (at + self.runs) % steps.size, at)
            last = steps.take(at)
            gain = gain + np.where(goes_on, weight * last["reward"], 0)
            weight = np.where(goes_on, weight * discount, weight).astype(np.float32)
        allowed = None if self.allowed is None else self.allowed.reshape(steps.size, -1)[at]
        following = last["following"], allowed
        return Sample(first["observation"], first["action"], gain, weight * ~last["terminated"], *following)
