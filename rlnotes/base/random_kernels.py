"""Kernels that draw random numbers: xoshiro256++, and the ziggurat for normal and exponential numbers.

The state of the generator is four numbers of 64 bits. A kernel that draws returns the next state besides what it drew,
so that the state stays in registers of the processor.
Sources: Blackman & Vigna, Scrambled linear pseudorandom number generators, ACM Transactions on Mathematical Software 47
(2021); Marsaglia & Tsang, The ziggurat method for generating random variables, Journal of Statistical Software 5
(2000). The layer and the point in it come from different bits, as in Doornik, An improved ziggurat method (2005).
"""

from collections.abc import Callable
from math import erfc, exp, log, pi, sqrt

import numpy as np

from rlnotes.base.kernels import ConstFloatVector, FloatVector, UintVector, kernel

State = tuple[np.uint64, np.uint64, np.uint64, np.uint64]

LAYERS = 1_024
LAST, ONE = np.uint64(LAYERS - 1), np.uint64(1)


def layers(
    tail: float, area: float, density: Callable[[float], float], inverse: Callable[[float], float]
) -> np.ndarray:
    """The right ends X_0 > … > X_LAYERS = 0 of layers of equal `area` that cover a density which falls from 1 at 0.

    The lowest layer is a rectangle up to `tail` with the tail beyond it; X_0 ends a rectangle with its area.
    """
    ends = [area / density(tail), tail]
    while len(ends) < LAYERS:
        ends.append(inverse(area / ends[-1] + density(ends[-1])))
    return np.array([*ends, 0.0])


NORMAL_TAIL, EXPONENTIAL_TAIL = 4.038849846109504, 9.256164544265543
"""where the tail begins, for which LAYERS layers of equal area cover the density"""

NORMAL_X = layers(
    NORMAL_TAIL,
    NORMAL_TAIL * exp(-(NORMAL_TAIL**2) / 2) + sqrt(pi / 2) * erfc(NORMAL_TAIL / sqrt(2)),
    lambda x: exp(-x * x / 2),
    lambda height: sqrt(-2 * log(height)),
)
EXPONENTIAL_X = layers(
    EXPONENTIAL_TAIL, (EXPONENTIAL_TAIL + 1) * exp(-EXPONENTIAL_TAIL), lambda x: exp(-x), lambda height: -log(height)
)
NORMAL_F, EXPONENTIAL_F = np.exp(-(NORMAL_X**2) / 2), np.exp(-EXPONENTIAL_X)
"""densities at the ends of the layers, 1 at 0"""


@kernel()
def bits(state: State) -> tuple[np.uint64, State]:
    """64 random bits."""
    a, b, c, d = state
    total = a + d
    shifted = b << np.uint64(17)
    c ^= a
    d ^= b
    following = a ^ d, b ^ c, c ^ shifted, (d << np.uint64(45)) | (d >> np.uint64(19))
    return ((total << np.uint64(23)) | (total >> np.uint64(41))) + a, following


@kernel()
def fraction(drawn: np.uint64) -> float:
    """The number from 0 to below 1 of the highest 53 bits."""
    return np.float64(drawn >> np.uint64(11)) * 2.0**-53


@kernel()
def signed(drawn: np.uint64) -> float:
    """The number from −1 to below 1 of the highest 53 bits."""
    return np.float64(np.int64(drawn) >> np.int64(11)) * 2.0**-52


@kernel()
def uniform(state: State) -> tuple[float, State]:
    """A number uniform from 0 to below 1."""
    drawn, state = bits(state)
    return fraction(drawn), state


@kernel()
def between(low: float, high: float, state: State) -> tuple[float, State]:
    """A number uniform from `low` to `high`."""
    share, state = uniform(state)
    return low + share * (high - low), state


@kernel()
def logarithm(state: State) -> tuple[float, State]:
    """log U of a number U that is uniform above 0 and up to 1."""
    share, state = uniform(state)
    return np.log(1 - share), state


@kernel()
def normal_slow(drawn: np.uint64, state: State) -> tuple[float, State]:
    """A standard normal from the bits `drawn`. Slow path (about 1 in 300): the point may lie above the density."""
    while True:
        layer = drawn & LAST
        x = signed(drawn) * NORMAL_X[layer]
        if abs(x) < NORMAL_X[layer + ONE]:
            return x, state
        if layer == 0:
            while True:
                beyond, state = logarithm(state)
                height, state = logarithm(state)
                beyond /= NORMAL_TAIL
                if -2 * height > beyond * beyond:
                    return (NORMAL_TAIL - beyond if x > 0 else beyond - NORMAL_TAIL), state
        height, state = between(NORMAL_F[layer], NORMAL_F[layer + ONE], state)
        if height < np.exp(-x * x / 2):
            return x, state
        drawn, state = bits(state)


@kernel()
def normal(state: State) -> tuple[float, State]:
    """A standard normal: a point uniform in a random layer, if it lies below the density."""
    drawn, state = bits(state)
    layer = drawn & LAST
    x = signed(drawn) * NORMAL_X[layer]
    if abs(x) < NORMAL_X[layer + ONE]:
        return x, state
    return normal_slow(drawn, state)


@kernel()
def exponential_slow(drawn: np.uint64, state: State) -> tuple[float, State]:
    """A standard exponential from the bits `drawn`. Slow path (about 1 in 300): the point may lie above the density."""
    while True:
        layer = drawn & LAST
        x = fraction(drawn) * EXPONENTIAL_X[layer]
        if x < EXPONENTIAL_X[layer + ONE]:
            return x, state
        if layer == 0:
            beyond, state = logarithm(state)
            return EXPONENTIAL_TAIL - beyond, state
        height, state = between(EXPONENTIAL_F[layer], EXPONENTIAL_F[layer + ONE], state)
        if height < np.exp(-x):
            return x, state
        drawn, state = bits(state)


@kernel()
def exponential(state: State) -> tuple[float, State]:
    """A standard exponential, in the same way."""
    drawn, state = bits(state)
    layer = drawn & LAST
    x = fraction(drawn) * EXPONENTIAL_X[layer]
    if x < EXPONENTIAL_X[layer + ONE]:
        return x, state
    return exponential_slow(drawn, state)


@kernel()
def fill_bits(state: UintVector, filled: UintVector) -> None:
    """Random bits."""
    now = state[0], state[1], state[2], state[3]
    for i in range(len(filled)):
        filled[i], now = bits(now)
    state[0], state[1], state[2], state[3] = now


@kernel()
def fill_uniform(state: UintVector, filled: FloatVector) -> None:
    """Numbers uniform from 0 to below 1."""
    now = state[0], state[1], state[2], state[3]
    for i in range(len(filled)):
        filled[i], now = uniform(now)
    state[0], state[1], state[2], state[3] = now


@kernel()
def fill_normal(state: UintVector, filled: FloatVector) -> None:
    """Standard normal numbers."""
    now = state[0], state[1], state[2], state[3]
    for i in range(len(filled)):
        filled[i], now = normal(now)
    state[0], state[1], state[2], state[3] = now


@kernel()
def fill_normal_around(state: UintVector, mean: ConstFloatVector, std: float, filled: FloatVector) -> None:
    """Numbers of N(mean, std²)."""
    now = state[0], state[1], state[2], state[3]
    for i in range(len(filled)):
        drawn, now = normal(now)
        filled[i] = mean[i] + std * drawn
    state[0], state[1], state[2], state[3] = now


@kernel()
def fill_normal_wide(
    state: UintVector, mean: ConstFloatVector, std: float, width: ConstFloatVector, filled: FloatVector
) -> None:
    """Numbers of N(mean, (std · width)²)."""
    now = state[0], state[1], state[2], state[3]
    for i in range(len(filled)):
        drawn, now = normal(now)
        filled[i] = mean[i] + std * width[i] * drawn
    state[0], state[1], state[2], state[3] = now


@kernel()
def fill_bernoulli(state: UintVector, probability: ConstFloatVector, filled: FloatVector) -> None:
    """1 with the probability, else 0."""
    now = state[0], state[1], state[2], state[3]
    for i in range(len(filled)):
        drawn, now = uniform(now)
        filled[i] = drawn < probability[i]
    state[0], state[1], state[2], state[3] = now


@kernel()
def fill_exponential(state: UintVector, filled: FloatVector) -> None:
    """Standard exponential numbers."""
    now = state[0], state[1], state[2], state[3]
    for i in range(len(filled)):
        filled[i], now = exponential(now)
    state[0], state[1], state[2], state[3] = now
