"""Scalar reference implementation of the random numbers of Thompson sampling, in whole numbers."""

from math import exp, log

from rlnotes.agents.bandits.base.posterior_draws import LAYERS, STEP, TAIL, F, X


def bits(state):
    """SplitMix64's hash."""
    z = state % 2**64
    z = ((z ^ z >> 30) * 0xBF58476D1CE4E5B9) % 2**64
    z = ((z ^ z >> 27) * 0x94D049BB133111EB) % 2**64
    return z ^ z >> 31


def uniform(state):
    return ((bits(state) >> 11) + 0.5) / 2**53


def normal(state):
    """The ziggurat: a layer by the last 8 bits, a point by the first 53, signed."""
    drawn = state = bits(state)
    while True:
        layer, signed = drawn % LAYERS, (drawn >> 11) - 2**53 * (drawn >> 63)
        x = signed / 2**52 * X[layer]
        if abs(x) < X[layer + 1]:
            return x
        while layer == 0:
            beyond, state = -log(uniform(state + int(STEP))) / TAIL, state + 2 * int(STEP)
            if -2 * log(uniform(state)) > beyond**2:
                return TAIL + beyond if x > 0 else -TAIL - beyond
        if F[layer] + uniform(state + int(STEP)) * (F[layer + 1] - F[layer]) < exp(-x * x / 2):
            return x
        state += 2 * int(STEP)
        drawn = bits(state)
