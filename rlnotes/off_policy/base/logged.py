"""Logged episodes, and what the policy to evaluate would do in them."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Self

import numpy as np
from gymnasium.spaces import Box, Discrete

from rlnotes.base.errors import SettingError
from rlnotes.base.memory_check import require_memory
from rlnotes.data.dataset import Dataset

Policy = Callable[[np.ndarray], np.ndarray]
"""π: the probabilities π(a|s) [number, actions] for observations [number, ...]"""


@dataclass(frozen=True, eq=False)
class Logged:
    """Episodes i = 1, …, n with steps t = 0, …, T − 1, and a policy π to evaluate.

    Arrays are [n, T, ...]. After the end of an episode, rewards and probabilities are 0.
    """

    inside: np.ndarray
    """whether the episode has the step t"""
    action: np.ndarray
    """A_t, numbers from 0"""
    reward: np.ndarray
    """R_t"""
    behaviour: np.ndarray
    """π_b(A_t|S_t) of the policy π_b that acted"""
    target: np.ndarray
    """π(a|S_t) [n, T, actions]"""
    terminated: np.ndarray
    """whether the episode terminated with the step"""
    discount: float
    """γ"""
    observation: np.ndarray
    """S_t: numbers of states from 0, or anything else"""
    next_observation: np.ndarray
    """S_{t+1}"""
    table: np.ndarray | None
    """π(a|s) [states, actions], if observations are the numbers of states"""
    contexts: bool
    """whether observations are the contexts x_a of all actions [actions, size]"""

    @classmethod
    def of(cls, data: Dataset, policy: Policy, discount: float, steps_alone: bool) -> Self:
        """Recorded data with a policy π. With `steps_alone`, every step is an episode of its own, as in a bandit.

        Raises `SettingError` if the data has no probabilities, its actions are not finite, π has other shapes or is
        no distribution, or π takes an action that the data never has.
        """
        actions, space = data.action_space, data.observation_space
        if not isinstance(actions, Discrete):
            raise SettingError("data", data.env, f"must have a finite set of actions, Discrete(k), not {actions}")
        if data.probability is None:
            requirement = "has no infos/probability, the probability of each action"
            hint = "record=true writes it for agents that know it, such as random, epsilon_greedy and exp3"
            raise SettingError("data", data.env, f"{requirement}; {hint}")
        table, observation, following = None, data.observation, data.next_observation
        if isinstance(space, Discrete):
            table = checked(policy(space.start + np.arange(space.n)), int(space.n), int(actions.n))
            observation, following = observation - space.start, following - space.start
        target = checked(policy(data.observation), len(data), int(actions.n)) if table is None else table[observation]
        action = data.action - actions.start
        require_support(data.env, action, target)
        first = np.arange(len(data) + 1) if steps_alone else data.first
        lengths = np.diff(first)
        shape = len(lengths), int(lengths.max())
        require_memory("data", data.env, 8 * shape[0] * shape[1] * (int(actions.n) + 8))
        inside = np.arange(shape[1]) < lengths[:, None]

        def padded(x: np.ndarray) -> np.ndarray:
            matrix = np.zeros((*shape, *x.shape[1:]), x.dtype)
            matrix[inside] = x
            return matrix

        return cls(
            inside=inside,
            action=padded(action),
            reward=padded(data.reward),
            behaviour=padded(data.probability),
            target=padded(target),
            terminated=padded(data.terminated & (not steps_alone)),
            discount=discount,
            observation=padded(observation),
            next_observation=padded(following),
            table=table,
            contexts=steps_alone and isinstance(space, Box) and space.shape[:-1] == (actions.n,),
        )

    @cached_property
    def ratio(self) -> np.ndarray:
        """ρ_t = π(A_t|S_t) / π_b(A_t|S_t) [n, T]; 1 after the end."""
        pi = np.take_along_axis(self.target, self.action[..., None], -1)[..., 0]
        return np.divide(pi, self.behaviour, out=np.ones_like(pi), where=self.inside)

    @cached_property
    def weight(self) -> np.ndarray:
        """ρ_{0:t} = ρ_0 ρ_1 … ρ_t [n, T]."""
        return self.ratio.cumprod(axis=1)

    @cached_property
    def discounts(self) -> np.ndarray:
        """γ^t [T]"""
        return self.discount ** np.arange(self.reward.shape[1])

    @cached_property
    def returns(self) -> np.ndarray:
        """G = Σ_t γ^t R_t [n]"""
        return self.reward @ self.discounts

    def part(self, episodes: np.ndarray) -> Self:
        """These episodes alone."""
        arrays = ("inside", "action", "reward", "behaviour", "target", "terminated", "observation", "next_observation")
        chosen: dict[str, Any] = {name: getattr(self, name)[episodes] for name in arrays}
        return replace(self, **chosen)


def checked(policy: np.ndarray, number: int, actions: int) -> np.ndarray:
    """Probabilities [number, actions]; raises `SettingError` if they are not."""
    policy = np.asarray(policy, float)
    if policy.shape != (number, actions):
        requirement = f"gives an array {list(policy.shape)}; must be [{number:,}, {actions}], a row per observation"
        raise SettingError("policy", "...", requirement)
    wrong = np.flatnonzero((policy < 0).any(axis=1) | ~np.isclose(policy.sum(axis=1), 1))
    if len(wrong):
        raise SettingError("policy", policy[wrong[0]].tolist(), "must be probabilities, 0 or more, with the sum 1")
    return policy


def require_support(env: str, action: np.ndarray, target: np.ndarray) -> None:
    """Raise `SettingError` if π takes an action that the data never has."""
    recorded = np.bincount(action, minlength=target.shape[1]) > 0
    missing = np.flatnonzero((target.max(axis=0) > 0) & ~recorded)
    if len(missing):
        p = target[:, missing[0]].max()
        requirement = f"has no step with action {missing[0]}, and the policy takes it with probability {p:.3g}"
        raise SettingError("data", env, f"{requirement}: its value cannot be learnt from these data")
