"""What a policy was seen to do, some steps of every run, and how much better that was than expected."""

from typing import Any

import numpy as np
import torch
from torch import Tensor


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

    where V(S_{t+1}) = 0 if the episode terminated, and Â_{t+1} = 0 if it ended in any way.
    Source: Schulman et al., High-dimensional continuous control using generalized advantage estimation (2016).
    """
    error = reward + discount * np.where(terminated, 0.0, next_value) - value
    advantage, following = np.empty_like(error), np.zeros(error.shape[1])
    for t in reversed(range(len(error))):
        advantage[t] = following = error[t] + discount * trace_decay * np.where(ended[t], 0.0, following)
    return advantage


def join(states: list[Any]) -> Any:
    """States of networks [runs, 1, ...] at several times as those of so many sequences [runs, sequences, ...].

    None, as before the first step, is taken for 0, which it is.
    """
    if states[-1] is None:
        return None
    if isinstance(states[-1], tuple):
        given = [state or (None,) * len(states[-1]) for state in states]
        return tuple(join(list(parts)) for parts in zip(*given, strict=True))
    return torch.cat([torch.zeros_like(states[-1]) if state is None else state for state in states], 1)


def pick(x: Any, chosen: Tensor | slice) -> Any:
    """Items of `x` [runs, items, ...], a slice or those whose numbers are `chosen` [runs, ...]; of tuples likewise."""
    if x is None:
        return None
    if isinstance(x, tuple):
        parts = [pick(part, chosen) for part in x]
        return type(x)(*parts) if hasattr(x, "_fields") else tuple(parts)
    if isinstance(chosen, slice):
        return x[:, chosen]
    return x[torch.arange(len(x), device=x.device)[:, None], chosen]
