"""Sequences of steps for networks that remember: where episodes begin, n-step returns, and which steps count."""

from typing import NamedTuple

import numpy as np


class Sequences(NamedTuple):
    """Sequences of consecutive steps of every run.

    Shapes are [runs, batch, time], and [runs, batch, time + 1] for the first two, which include the observation after
    the last step. Each step looks m steps ahead: n, or fewer if its episode or the sequence ends before.
    """

    observation: np.ndarray
    begins: np.ndarray
    """whether an episode begins with the observation"""
    action: np.ndarray
    gain: np.ndarray
    """R_t + γ R_{t+1} + … + γ^{m−1} R_{t+m−1}"""
    discount: np.ndarray
    """γ^m, the weight of the value after O_{t+m}; 0 if the episode terminated"""
    ahead: np.ndarray
    """t + m, the position of that observation"""
    counts: np.ndarray
    """whether the loss of the step counts"""

    @classmethod
    def of(cls, steps: np.ndarray, burn_in: int, n: int, discount: float) -> "Sequences":
        """The sequences of these stored `steps` [runs, batch, time].

        The first `burn_in` steps do not count, nor do steps whose look ahead meets a truncation before the last step:
        the buffer has the observation after it, but the sequence does not.
        """
        ended, terminated = steps["ended"], steps["terminated"]
        observation = np.concatenate([steps["observation"], steps["following"][:, :, -1:]], axis=2)
        begins = np.zeros(observation.shape[:3], bool)
        begins[..., 1:-1] = ended[..., :-1]
        gain, weight, last = look_ahead(steps["reward"], ended, n, discount)
        over = np.take_along_axis(terminated, last, 2)
        counts = over | ~np.take_along_axis(ended, last, 2) | (last == ended.shape[-1] - 1)
        counts[..., :burn_in] = False
        return cls(observation, begins, steps["action"], gain, weight * ~over, last + 1, counts)


def look_ahead(
    reward: np.ndarray, ended: np.ndarray, n: int, discount: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """For every step of sequences [..., time]: Σ_{i<m} γ^i R_{t+i}, γ^m, and the last step t + m − 1.

    m is n, or less if an episode or the sequence ends before.
    """
    time = np.arange(reward.shape[-1])
    gain, weight, last = np.zeros_like(reward), np.ones_like(reward), np.broadcast_to(time, reward.shape).copy()
    alive = np.ones_like(ended)
    for i in range(n):
        at = np.minimum(time + i, time[-1])
        alive = alive & (time + i <= time[-1])
        gain += np.where(alive, weight * reward[..., at], 0)
        weight[alive] *= discount
        last[alive] = np.broadcast_to(at, last.shape)[alive]
        alive &= ~ended[..., at]
    return gain, weight, last
