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
    """standard deviation of the rewards, if it is known; of arms that differ, the largest"""
    binary: bool = False
    """whether every reward is 0 or 1"""

    @property
    def sigma(self) -> float | None:
        """σ, the scale of the noise: rewards are σ-subgaussian [notes 1.3]; None: it is not known.

        Half the range of bounded rewards, by Hoeffding's lemma; otherwise the standard deviation, as for Gaussians.
        Source: Hoeffding, JASA 58 (1963), (4.16).
        """
        width = self.high - self.low
        return width / 2 if width < inf else self.std


UNKNOWN = Rewards()
