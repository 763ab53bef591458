"""Draws of every arm's mean from its posterior, for all arms and runs.

A draw depends only on the run's key, the step and the arm, through the hash of SplitMix64 (Steele, Lea & Flood, OOPSLA
2014). NumPy's generator takes more than twice as long for the normals. It also has one stream for the beta variates of
all runs, so the random numbers of a run would depend on the posteriors of the others.
"""

from math import erfc, exp, log, pi, sqrt

import numpy as np

from rlnotes.base.kernels import FloatMatrix, FloatVector, IntMatrix, UintVector, kernel

LAYERS = 256
TAIL = 3.6541528853610088
"""start of the tail, for which LAYERS layers of equal area cover the density"""


def layers() -> np.ndarray:
    """The right ends X_0 > … > X_LAYERS = 0 of the layers; X_0 ends a rectangle with the area of the lowest layer."""
    area = TAIL * exp(-(TAIL**2) / 2) + sqrt(pi / 2) * erfc(TAIL / sqrt(2))
    ends = [area * exp(TAIL**2 / 2), TAIL]
    while len(ends) < LAYERS:
        ends.append(sqrt(-2 * log(area / ends[-1] + exp(-(ends[-1] ** 2) / 2))))
    return np.array([*ends, 0.0])


X = layers()
F = np.exp(-(X**2) / 2)
"""density at the ends X of the layers, times √(2π)"""
LAST = np.uint64(LAYERS - 1)
STEP, LEAP = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xD1342543DE82EF95)
"""odd increments of the state: STEP between the draws of one variate, LEAP between the variates of a run"""


@kernel()
def bits(state: np.uint64) -> np.uint64:
    """64 random bits."""
    z = (state ^ (state >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return z ^ (z >> np.uint64(31))


@kernel()
def uniform(state: np.uint64) -> float:
    """A number above 0 and below 1."""
    return (np.float64(bits(state) >> np.uint64(11)) + 0.5) * 2.0**-53


@kernel()
def normal_slow(drawn: np.uint64) -> float:
    """A standard normal from the bits `drawn`. Slow path (about 1 in 80): the point may lie above the density."""
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


@kernel()
def normal(state: np.uint64) -> float:
    """A standard normal, by the ziggurat: a point uniform in a random layer, if it lies below the density.

    Source: Marsaglia & Tsang, Journal of Statistical Software 5 (2000). The layer and the point in it come from
    different bits, as in Doornik, An improved ziggurat method (2005).
    """
    drawn = bits(state)
    layer = np.int64(drawn & LAST)
    x = np.float64(np.int64(drawn) >> np.int64(11)) * 2.0**-52 * X[layer]
    return x if abs(x) < X[layer + 1] else normal_slow(drawn)


@kernel(error_model="numpy")
def gamma_slow(d: float, state: np.uint64) -> float:
    """The gamma variate of `state` by the exact test. Slow path: the squeeze of `gamma` does not accept it at once."""
    while True:
        x, u = normal(state), uniform(state + STEP)
        v = (1 + x / np.sqrt(9 * d)) ** 3
        if v > 0 and np.log(u) < x * x / 2 + d * (1 - v + np.log(v)):
            return d * v
        state += STEP + STEP


def slope_table(most: int, a: float = 1.0) -> np.ndarray:
    """1/√(9d) of gamma variates of shape a + n, d = a + n − 1/3, for n = 0, …, `most`; any number if a + n < 1."""
    return 1 / np.sqrt(np.maximum(9 * np.arange(most + 1) + (9 * a - 3), 1))


@kernel(error_model="numpy")
def gamma(d: float, slope: float, state: np.uint64) -> float:
    """A gamma variate of shape d + 1/3, which is 1 or more; slope = 1/√(9d).

    With x a normal and u a uniform number, d v³ is accepted if log u < x²/2 + d (1 − v³ + 3 log v), v = 1 + x/√(9d).
    The squeeze below implies this test and spares nearly all logarithms: log u ≤ u − 1, and by the series of log v the
    right side is at least −x⁴/(108 d), divided by v if v < 1.
    Source: Marsaglia & Tsang, ACM Transactions on Mathematical Software 26 (2000).
    """
    x = normal(state)
    v, square = 1 + x * slope, x * x
    surely = square * square < 108 * d * (1 - uniform(state + STEP)) * min(v, 1.0)
    return d * v * v * v if surely else gamma_slow(d, state)


@kernel()
def gaussian(mean: FloatMatrix, width: FloatMatrix, std: float, key: UintVector, t: int, drawn: FloatMatrix) -> None:
    """drawn ← N(mean, (std · width)²), for every arm and run."""
    arms, runs = mean.shape
    for arm in range(arms):
        leap = np.uint64(t * arms + arm) * LEAP
        for run in range(runs):
            drawn[arm, run] = mean[arm, run] + std * width[arm, run] * normal(key[run] + leap)


@kernel(error_model="numpy")
def log_gamma(shape: float, state: np.uint64) -> float:
    """The logarithm of a gamma variate of any `shape` above 0; below 1, that of G U^(1/shape), G of shape + 1.

    Source: Marsaglia & Tsang, section 6.
    """
    d = shape - 1 / 3 if shape >= 1 else shape + 2 / 3
    variate = np.log(gamma(d, 1 / np.sqrt(9 * d), state))
    return variate if shape >= 1 else variate + np.log(uniform(bits(state))) / shape


@kernel(error_model="numpy")
def beta(
    counts: IntMatrix,
    total: FloatMatrix,
    a: float,
    b: float,
    slopes_a: FloatVector,
    slopes_b: FloatVector,
    key: UintVector,
    t: int,
    drawn: FloatMatrix,
) -> None:
    """drawn ← Beta(a + S, b + T − S), for every arm and run: G / (G + H) of two gamma variates G and H.

    S is a whole number. The slopes are the `slope_table` of a and of b, which spare every variate a square root. If a
    or b is below 1, G and H can be too small for a floating-point number: their logarithms give G / (G + H).
    """
    arms, runs = counts.shape
    small = min(a, b) < 1
    first_a, first_b = (3 * a - 1) / 3, (3 * b - 1) / 3
    for arm in range(arms):
        leap = np.uint64(2 * (t * arms + arm)) * LEAP
        for run in range(runs):
            state, paid = key[run] + leap, np.int64(total[arm, run])
            unpaid = counts[arm, run] - paid
            if small:
                difference = log_gamma(b + unpaid, state + LEAP) - log_gamma(a + paid, state)
                drawn[arm, run] = 1 / (1 + np.exp(difference))
            else:
                success = gamma(first_a + paid, slopes_a[paid], state)
                failure = gamma(first_b + unpaid, slopes_b[unpaid], state + LEAP)
                drawn[arm, run] = success / (success + failure)
