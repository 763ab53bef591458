"""Means, their errors and intervals, and paired differences."""

from typing import NamedTuple

import numpy as np
from scipy.special import stdtrit


class Estimate(NamedTuple):
    """A mean over runs with its standard error and 95 % interval; NaN where one run tells nothing of the spread."""

    mean: float
    standard_error: float
    low: float
    high: float


def estimate(sample: np.ndarray, level: float = 0.95) -> Estimate:
    """Mean of `sample` [runs, ...] over the runs, with Student's interval of the given level.

    x̄ ± t_{(1+level)/2, runs−1} · s / √runs, s² = Σ (x − x̄)² / (runs − 1)
    """
    runs = len(sample)
    mean = sample.mean(axis=0)
    error = sample.std(axis=0, ddof=1) / np.sqrt(runs) if runs > 1 else np.full_like(mean, np.nan)
    error = np.where(np.ptp(sample, axis=0) <= 1e-12 * np.abs(mean), 0.0 * error, error)  # that of rounding is none
    half = stdtrit(runs - 1, (1 + level) / 2) * error if runs > 1 else error
    return Estimate(mean, error, mean - half, mean + half)


def paired_difference(sample: np.ndarray, reference: np.ndarray, level: float = 0.95) -> Estimate:
    """Mean of sample − reference [runs], whose runs had equal luck pair by pair, with Student's interval."""
    return estimate(sample - reference, level)
