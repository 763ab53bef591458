"""Scalar reference implementation of the random numbers, in whole numbers: xoshiro256++ and the ziggurat."""

from math import exp, log

from rlnotes.base.random_kernels import (
    EXPONENTIAL_F,
    EXPONENTIAL_TAIL,
    EXPONENTIAL_X,
    LAYERS,
    NORMAL_F,
    NORMAL_TAIL,
    NORMAL_X,
)


def rotated(word, places):
    return (word << places | word >> 64 - places) % 2**64


class Generator:
    """xoshiro256++, and what is drawn from it."""

    def __init__(self, state):
        self.state = [int(word) for word in state]

    def bits(self):
        a, b, c, d = self.state
        drawn = (rotated((a + d) % 2**64, 23) + a) % 2**64
        c, d = c ^ a, d ^ b
        self.state = [a ^ d, b ^ c, c ^ (b << 17) % 2**64, rotated(d, 45)]
        return drawn

    def uniform(self):
        return (self.bits() >> 11) / 2**53

    def normal(self):
        """A layer by the last 10 bits, a point by the first 53, signed."""
        while True:
            drawn = self.bits()
            layer, signed = drawn % LAYERS, (drawn >> 11) - 2**53 * (drawn >> 63)
            x = signed / 2**52 * NORMAL_X[layer]
            if abs(x) < NORMAL_X[layer + 1]:
                return x
            while layer == 0:
                beyond, height = log(1 - self.uniform()) / NORMAL_TAIL, log(1 - self.uniform())
                if -2 * height > beyond**2:
                    return NORMAL_TAIL - beyond if x > 0 else beyond - NORMAL_TAIL
            if NORMAL_F[layer] + self.uniform() * (NORMAL_F[layer + 1] - NORMAL_F[layer]) < exp(-x * x / 2):
                return x

    def exponential(self):
        while True:
            drawn = self.bits()
            layer = drawn % LAYERS
            x = (drawn >> 11) / 2**53 * EXPONENTIAL_X[layer]
            if x < EXPONENTIAL_X[layer + 1]:
                return x
            if layer == 0:
                return EXPONENTIAL_TAIL - log(1 - self.uniform())
            if EXPONENTIAL_F[layer] + self.uniform() * (EXPONENTIAL_F[layer + 1] - EXPONENTIAL_F[layer]) < exp(-x):
                return x
