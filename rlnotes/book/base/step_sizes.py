"""Curves against the step size, which end where learning becomes bad."""

from collections.abc import Callable, Mapping

import numpy as np

from rlnotes.base.errors import SettingError


def step_sizes(largest: float, number: int) -> np.ndarray:
    """So many step sizes, evenly from 0, which is not one of them, to the largest."""
    return np.round(largest * np.arange(1, number + 1) / number, 6)


def by_step_size(alphas: np.ndarray, score: Callable[[float], float], limit: float) -> np.ndarray:
    """The score of each α, where less is better; NaN after the first that has risen above the limit.

    The limit is outside the picture. Where learning diverges, the score is the limit, and NaN for larger α.
    """
    scores = np.full(len(alphas), np.nan)
    for i, alpha in enumerate(alphas):
        try:
            scores[i] = score(float(alpha))
        except SettingError as error:
            if error.setting != "agent.alpha":
                raise
            scores[i] = limit
            break
        if scores[i] > limit and scores[i] > scores[max(i - 1, 0)]:
            break
    return scores


def least(curves: Mapping[str, np.ndarray], alphas: np.ndarray) -> tuple[str, float, float]:
    """The label of the curve with the least score, its α and the score."""
    label = min(curves, key=lambda label: np.nanmin(curves[label]))
    at = int(np.nanargmin(curves[label]))
    return label, float(alphas[at]), float(curves[label][at])
