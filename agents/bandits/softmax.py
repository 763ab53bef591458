"""An arm drawn of the softmax of preferences, in every run."""

import numpy as np
from numba import njit


@njit("i8[::1](f8[:,::1], f8[::1], f8[:,::1])", cache=True)
def draw(preference, uniform, share):  # type: ignore[no-untyped-def]
    """Fill `share` [arms, runs] with the softmax of `preference`, and draw an arm of it in every run [runs]."""
    arms, runs = preference.shape
    highest, total = np.full(runs, -np.inf), np.zeros(runs)
    for arm in range(arms):
        for run in range(runs):
            highest[run] = max(highest[run], preference[arm, run])
    for arm in range(arms):
        for run in range(runs):
            share[arm, run] = np.exp(preference[arm, run] - highest[run])
            total[run] += share[arm, run]
    chosen, left = np.zeros(runs, np.int64), uniform * total
    for arm in range(arms):
        for run in range(runs):
            chosen[run] += (left[run] >= share[arm, run]) & (chosen[run] == arm) & (arm < arms - 1)
            left[run] -= share[arm, run]
            share[arm, run] /= total[run]
    return chosen
