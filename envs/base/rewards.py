"""Facts about the rewards of a bandit that are known in advance."""

from math import inf
from typing import NamedTuple


class Rewards(NamedTuple):
    """The facts that an agent may know about the rewards of every arm."""

    low: float = -inf
    """lower bound of a reward"""
    high: float = inf
    """upper bound of a reward"""
    std: float | None = None
    """standard deviation σ of the rewards, if it is known and the same for every arm"""
    binary: bool = False
    """whether every reward is 0 or 1"""


UNKNOWN = Rewards()
