"""What is known in advance of the rewards of a bandit."""

from math import inf
from typing import NamedTuple


class Rewards(NamedTuple):
    """What an agent may know of every arm's rewards."""

    low: float = -inf
    """the least reward that there can be"""
    high: float = inf
    """the largest"""
    std: float | None = None
    """standard deviation σ of the rewards of every arm alike, where it is known"""
    binary: bool = False
    """whether there are no rewards but 0 and 1"""


UNKNOWN = Rewards()
