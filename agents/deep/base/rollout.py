"""Steps of a rollout, batches of them to learn from, and the returns and advantages of their actions."""

from collections.abc import Iterable
from itertools import repeat
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor


class Step(NamedTuple):
    """One step of every run, [runs, ...]; a rollout is a `Step` of [steps, runs, ...]."""

    observation: np.ndarray
    action: np.ndarray
    """as drawn, before limits of the action space"""
    value: np.ndarray
    """V(S_t)"""
    reward: np.ndarray
    next_value: np.ndarray
    """V(S_{t+1}) if the episode is truncated or the rollout ends here; otherwise 0 or unused"""
    terminated: np.ndarray
    ended: np.ndarray
    begins: np.ndarray
    """whether an episode begins with this step"""
    allowed: np.ndarray | None
    """the actions that were allowed [runs, actions]; None: all"""

    @classmethod
    def stacked(cls, steps: list["Step"]) -> "Step":
        """A rollout out of its steps."""

        def stack(parts: tuple[Any, ...]) -> Any:  # several times as fast as NumPy's
            return None if parts[0] is None else np.concatenate(parts).reshape(len(parts), *parts[0].shape)

        return cls(*map(stack, zip(*steps, strict=True)))


class Batch(NamedTuple):
    """Steps to learn from [runs, batch, ...].

    Networks that remember learn from sequences [runs, batch, time, ...].
    """

    observation: Tensor
    action: Tensor
    advantage: Tensor
    """Â"""
    target: Tensor
    """of V"""
    begins: Tensor
    log_probability: Tensor | None = None
    """log π_old(A|S), if the objective needs it"""
    allowed: Tensor | None = None
    """the actions that were allowed [..., actions]; None: all"""


def returns_of(steps: Step, discount: float) -> np.ndarray:
    """The returns G_t [steps, runs] of a rollout; V takes the place of rewards that are not observed.

    G_t = R_t + γ G_{t+1},    with G_{t+1} = 0 if the episode terminated, V(S_{t+1}) if it was truncated or goes on
    after the rollout
    """
    following, returns = steps.next_value[-1], np.empty(steps.ended.shape, np.float32)
    for t in reversed(range(len(returns))):
        last = np.where(steps.terminated[t], 0.0, steps.next_value[t])
        returns[t] = following = steps.reward[t] + discount * np.where(steps.ended[t], last, following)
    return returns


def advantages(
    reward: np.ndarray,
    value: np.ndarray,
    next_value: np.ndarray,
    terminated: np.ndarray,
    ended: np.ndarray,
    discount: float,
    trace_decay: float,
) -> np.ndarray:
    """Generalised advantage estimates Â_t; all arrays are [steps, runs].

    Â_t = δ_t + γ λ Â_{t+1},    δ_t = R_t + γ V(S_{t+1}) − V(S_t)

    with V(S_{t+1}) = 0 if the episode terminated, and Â_{t+1} = 0 if it ended in any way.
    Source: Schulman et al., High-dimensional continuous control using generalized advantage estimation (2016).
    """
    error = reward + discount * np.where(terminated, 0.0, next_value) - value
    advantage, following = np.empty_like(error), np.zeros(error.shape[1])
    for t in reversed(range(len(error))):
        advantage[t] = following = error[t] + discount * trace_decay * np.where(ended[t], 0.0, following)
    return advantage


def join_states(states: list[Any]) -> Any:
    """States of networks [runs, 1, ...] at several times as the states of several sequences [runs, sequences, ...].

    None is the state before the first step and counts as 0.
    """
    if states[-1] is None:
        return None
    if isinstance(states[-1], tuple):
        given = [state or (None,) * len(states[-1]) for state in states]
        return tuple(join_states(list(parts)) for parts in zip(*given, strict=True))
    return torch.cat([torch.zeros_like(states[-1]) if state is None else state for state in states], 1)


def pick(x: Any, places: Tensor) -> Any:
    """The items [runs, places, ...] of `x` [runs, items, ...] at `places` [runs, places]; of each part of a tuple."""
    if x is None:
        return None
    if isinstance(x, Batch):
        return Batch(*(pick(part, places) for part in x))
    if isinstance(x, tuple):
        return tuple(pick(part, places) for part in x)
    return x[torch.arange(len(x), device=x.device)[:, None], places]


def cut(x: Any, size: int) -> Iterable[Any]:
    """Pieces with `size` items each of `x` [runs, items, ...]; of each part of a tuple."""
    if x is None:
        return repeat(None)
    if isinstance(x, Batch):
        return (Batch(*parts) for parts in cut(tuple(x), size))
    if isinstance(x, tuple):
        return zip(*(cut(part, size) for part in x), strict=False)
    found: Iterable[Any] = x.split(size, 1)
    return found
