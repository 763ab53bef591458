"""A data set: the recorded steps of episodes."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np
from gymnasium import Space


class Episode(NamedTuple):
    """One episode of T steps."""

    observation: np.ndarray
    """[T + 1, ...], the last one is after the last step"""
    action: np.ndarray
    """[T, ...]"""
    reward: np.ndarray
    """[T]"""
    terminated: bool
    """whether it terminated; otherwise it was truncated, or its recording ended"""
    probability: np.ndarray | None = None
    """[T], π_b(A|S) of the policy π_b that acted; None: not known"""
    allowed: np.ndarray | None = None
    """[T + 1, actions], the actions that the environment allowed; None: all, or not known"""


@dataclass(frozen=True, eq=False)
class Dataset:
    """The steps of all episodes, one after another; each array is [steps, ...]."""

    observation_space: Space[Any]
    action_space: Space[Any]
    env: str
    """name of the environment; empty if it is not known"""
    digest: str
    """SHA-256 of the files, in hexadecimal"""
    facts: Mapping[str, Any]
    """what the files say besides: `discount`, `environment_settings`, and `algorithm_name`, if they say it"""

    observation: np.ndarray
    action: np.ndarray
    reward: np.ndarray
    next_observation: np.ndarray
    """the observation after the step; the last one of the episode if it ended"""
    terminated: np.ndarray
    truncated: np.ndarray
    """whether the episode, or its recording, ended here without terminating"""
    probability: np.ndarray | None
    """π_b(A|S) of the policy π_b that acted; None: not known"""
    allowed: np.ndarray | None
    """[steps, actions], the actions that the environment allowed; None: all, or not known"""

    @classmethod
    def of(
        cls,
        episodes: Sequence[Episode],
        observations: Space[Any],
        actions: Space[Any],
        env: str = "",
        digest: str = "",
        facts: Mapping[str, Any] = MappingProxyType({}),
    ) -> "Dataset":
        """The data set of at least one episode, of a step or more each."""
        ends = np.zeros(sum(len(one.reward) for one in episodes), bool)
        ends[np.cumsum([len(one.reward) for one in episodes]) - 1] = True
        terminated = ends.copy()
        terminated[ends] = [one.terminated for one in episodes]
        known = [one.probability for one in episodes if one.probability is not None]
        masks = [one.allowed[:-1] for one in episodes if one.allowed is not None]
        return cls(
            observations,
            actions,
            env,
            digest,
            facts,
            np.concatenate([one.observation[:-1] for one in episodes]),
            np.concatenate([one.action for one in episodes]),
            np.concatenate([one.reward for one in episodes]).astype(float),
            np.concatenate([one.observation[1:] for one in episodes]),
            terminated,
            ends & ~terminated,
            np.concatenate(known) if len(known) == len(episodes) else None,
            np.concatenate(masks) if len(masks) == len(episodes) else None,
        )

    def __len__(self) -> int:
        """Number of steps."""
        return len(self.reward)

    @cached_property
    def first(self) -> np.ndarray:
        """[episodes + 1], the index of the first step of each episode, and the number of steps."""
        ends = np.flatnonzero(self.terminated | self.truncated) + 1
        return np.concatenate([[0], ends])

    @cached_property
    def lengths(self) -> np.ndarray:
        """Steps of each episode [episodes]."""
        return np.diff(self.first)

    @cached_property
    def returns(self) -> np.ndarray:
        """Σ_t R_t of each episode [episodes]."""
        return np.add.reduceat(self.reward, self.first[:-1])

    def parts(self) -> Iterator[slice]:
        """The steps of each episode."""
        for begin, end in zip(self.first[:-1], self.first[1:], strict=True):
            yield slice(begin, end)

    def chosen(self, episodes: np.ndarray) -> "Dataset":
        """The data set of these episodes alone, in this order."""
        steps = np.concatenate([np.arange(self.first[i], self.first[i + 1]) for i in episodes])
        fields = ("observation", "action", "reward", "next_observation", "terminated", "truncated")
        optional = ("probability", "allowed")
        parts: dict[str, Any] = {name: getattr(self, name)[steps] for name in fields}
        parts |= {name: None if (x := getattr(self, name)) is None else x[steps] for name in optional}
        return replace(self, **parts)
