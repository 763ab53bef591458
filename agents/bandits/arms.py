"""The two kernels of bandit agents, over all runs and arms at once.

Arrays are [runs, arms], column-major, so that the inner loops over the runs are vectorised by the compiler.
"""

import numpy as np
from numba import njit


@njit("void(i8[::1,:], f8[::1,:], f8[::1,:], i8[::1], f8[::1])", cache=True)
def observe(counts, mean, width, action, reward):  # type: ignore[no-untyped-def]
    """T_a ← T_a + 1, μ̂_a ← μ̂_a + (X − μ̂_a) / T_a and width 1/√T_a of the arm played, in every run."""
    for run in range(len(action)):
        a, x = action[run], reward[run]
        n = counts[run, a] + 1
        counts[run, a] = n
        mean[run, a] = x if n == 1 else mean[run, a] + (x - mean[run, a]) / n
        width[run, a] = 1 / np.sqrt(n)


@njit("i8(u8, i8, i8)", cache=True)
def random_integer(key, t, bound):  # type: ignore[no-untyped-def]
    """The t-th integer below `bound` of the stream of `key`.

    Source: SplitMix64, Steele, Lea & Flood, Fast splittable pseudorandom number generators, OOPSLA 2014.
    """
    z = key + np.uint64(t) * np.uint64(0x9E3779B97F4A7C15)
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return np.int64((z ^ (z >> np.uint64(31))) % np.uint64(bound))


@njit("i8[::1](f8[::1,:], f8[::1,:], f8, u8[::1], i8)", cache=True)
def argmax(mean, width, bonus, tie_key, t):  # type: ignore[no-untyped-def]
    """argmax_i mean_i + bonus · width_i in every run, [runs]; ties are broken at random.

    A tie is broken by a hash of the run's key and the step t, so that a step without a tie costs no random number,
    and no run's luck depends on another's ties.
    """
    runs, arms = mean.shape
    best = np.full(runs, -np.inf)
    action = np.zeros(runs, np.int64)
    ties = np.zeros(runs, np.int64)
    for arm in range(arms):
        for run in range(runs):
            index = mean[run, arm] + bonus * width[run, arm]
            higher = index > best[run]
            ties[run] = 1 if higher else ties[run] + (index == best[run])
            action[run] = arm if higher else action[run]
            best[run] = index if higher else best[run]
    for run in range(runs):
        if ties[run] > 1:
            skip = random_integer(tie_key[run], t, ties[run])
            for arm in range(arms):
                if mean[run, arm] + bonus * width[run, arm] == best[run]:
                    if skip == 0:
                        action[run] = arm
                        break
                    skip -= 1
    return action
