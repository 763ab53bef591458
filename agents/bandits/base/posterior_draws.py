"""Draws of every arm's mean from its posterior, in every run.

What a run draws depends on its key, the step and the arm alone, by the hash of SplitMix64 (Steele, Lea & Flood, OOPSLA
2014). NumPy's generator needs more than twice as long for the normals, and has but one stream for the beta variates of
all runs, in which each run's luck would hang on the others' posteriors.
"""

from math import erfc, exp, log, pi, sqrt

import numpy as np
from numba import njit

LAYERS = 256
TAIL = 3.6541528853610088
"""where the tail begins, so that LAYERS layers of the same area cover the bell curve"""


def layers() -> np.ndarray:
    """The right ends X_0 > … > X_LAYERS = 0 of the layers; X_0 is that of a rectangle with the area of the lowest."""
    area = TAIL * exp(-(TAIL**2) / 2) + sqrt(pi / 2) * erfc(TAIL / sqrt(2))
    ends = [area * exp(TAIL**2 / 2), TAIL]
    while len(ends) < LAYERS:
        ends.append(sqrt(-2 * log(area / ends[-1] + exp(-(ends[-1] ** 2) / 2))))
    return np.array([*ends, 0.0])


X = layers()
F = np.exp(-(X**2) / 2)
LAST = np.uint64(LAYERS - 1)
STEP, LEAP = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xD1342543DE82EF95)
"""odd numbers that part the draws of a variate, and the variates of a run"""


@njit("u8(u8)", cache=True)
def bits(state):  # type: ignore[no-untyped-def]
    """64 random bits."""
    z = (state ^ (state >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return z ^ (z >> np.uint64(31))


@njit("f8(u8)", cache=True)
def uniform(state):  # type: ignore[no-untyped-def]
    """A number above 0 and below 1."""
    return (np.float64(bits(state) >> np.uint64(11)) + 0.5) * 2.0**-53


@njit("f8(u8)", cache=True)
def rejected(drawn):  # type: ignore[no-untyped-def]
    """The standard normal of `drawn`, which are not those of a point that is surely below the curve: one in 80."""
    state = drawn
    while True:
        layer = np.int64(drawn & LAST)
        x = np.float64(np.int64(drawn) >> np.int64(11)) * 2.0**-52 * X[layer]
        if abs(x) < X[layer + 1]:
            return x
        if layer == 0:
            while True:
                beyond = -np.log(uniform(state + STEP)) / TAIL
                state += STEP + STEP
                if -2 * np.log(uniform(state)) > beyond**2:
                    return TAIL + beyond if x > 0 else -TAIL - beyond
        if F[layer] + uniform(state + STEP) * (F[layer + 1] - F[layer]) < np.exp(-x * x / 2):
            return x
        state += STEP + STEP
        drawn = bits(state)


@njit("f8(u8)", cache=True)
def normal(state):  # type: ignore[no-untyped-def]
    """A standard normal.

    Source: the ziggurat, Marsaglia & Tsang, Journal of Statistical Software 5 (2000), whose layer and whose point in it
    are of different bits, as Doornik, An improved ziggurat method (2005), has it.
    """
    drawn = bits(state)
    layer = np.int64(drawn & LAST)
    x = np.float64(np.int64(drawn) >> np.int64(11)) * 2.0**-52 * X[layer]
    return x if abs(x) < X[layer + 1] else rejected(drawn)


@njit("f8(f8, u8)", cache=True, error_model="numpy")
def doubted(d, state):  # type: ignore[no-untyped-def]
    """The gamma variate of `state`, whether or not the squeeze accepts it."""
    while True:
        x, u = normal(state), uniform(state + STEP)
        v = (1 + x / np.sqrt(9 * d)) ** 3
        if v > 0 and np.log(u) < x * x / 2 + d * (1 - v + np.log(v)):
            return d * v
        state += STEP + STEP


def slopes(most: int) -> np.ndarray:
    """1/√(9d) of gamma variates of shape 1 + n, d = n + 2/3, for n = 0, …, `most`."""
    return 1 / np.sqrt(9 * np.arange(most + 1) + 6)


@njit("f8(f8, f8, u8)", cache=True, error_model="numpy")
def gamma(d, slope, state):  # type: ignore[no-untyped-def]
    """A gamma variate of the shape d + 1/3, of 1 or more, where slope = 1/√(9d).

    Source: Marsaglia & Tsang, ACM Transactions on Mathematical Software 26 (2000), whose test of a uniform number u is
    log u < x²/2 + d (1 − v³ + 3 log v), v = 1 + x/√(9d). As log u ≤ u − 1, and by the series of log v the right side is
    at least −x⁴/(108 d), divided by v where v < 1, the squeeze below spares nearly all logarithms.
    """
    x = normal(state)
    v, square = 1 + x * slope, x * x
    surely = square * square < 108 * d * (1 - uniform(state + STEP)) * min(v, 1.0)
    return d * v * v * v if surely else doubted(d, state)


@njit("void(f8[:,::1], f8[:,::1], u8[::1], i8, f8[:,::1])", cache=True)
def gaussian(mean, width, key, t, drawn):  # type: ignore[no-untyped-def]
    """drawn ← N(mean, width²) of all arms, in every run."""
    arms, runs = mean.shape
    for arm in range(arms):
        leap = np.uint64(t * arms + arm) * LEAP
        for run in range(runs):
            drawn[arm, run] = mean[arm, run] + width[arm, run] * normal(key[run] + leap)


@njit("void(i8[:,::1], f8[:,::1], f8[::1], u8[::1], i8, f8[:,::1])", cache=True, error_model="numpy")
def beta(counts, total, slopes, key, t, drawn):  # type: ignore[no-untyped-def]
    """drawn ← Beta(1 + S, 1 + T − S) of all arms, in every run, as the share of one of two gamma variates.

    S is a whole number, and `slopes` the table above, which spares every variate a root.
    """
    arms, runs = counts.shape
    for arm in range(arms):
        leap = np.uint64(2 * (t * arms + arm)) * LEAP
        for run in range(runs):
            state, paid = key[run] + leap, np.int64(total[arm, run])
            unpaid = counts[arm, run] - paid
            success = gamma(2 / 3 + paid, slopes[paid], state)
            failure = gamma(2 / 3 + unpaid, slopes[unpaid], state + LEAP)
            drawn[arm, run] = success / (success + failure)
