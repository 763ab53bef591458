"""The record of a number that theory or literature gives, and how ours is compared with it."""

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from math import hypot
from typing import NamedTuple

import numpy as np

ACCURACY = 1e-9
"""error that rounding may cause in a number that is computed exactly, relative to numbers above 1"""
STANDARD_ERRORS = 4
"""a mean of runs may be off by so many standard errors; a right one is further off with probability 6.4e-5"""

Published = str | float | Fraction
"""a text is a decimal number as the source prints it; a float or a fraction is exact"""


class Found(NamedTuple):
    """Our number."""

    value: float
    standard_error: float = 0.0
    """of a mean over independent runs"""
    bound: float = 0.0
    """|value − exact value| ≤ bound is proved"""


def mean(sample: np.ndarray) -> Found:
    """The mean of independent runs [runs]."""
    return Found(float(sample.mean()), float(sample.std(ddof=1) / np.sqrt(len(sample))))


def half_a_digit(published: Published) -> float:
    """Half a unit of the last printed digit; 0 for an exact number."""
    return 0.5 * 10.0 ** -len(published.partition(".")[2]) if isinstance(published, str) else 0.0


@dataclass(frozen=True)
class Number:
    """A number that theory or literature gives, and the function that computes ours."""

    name: str
    source: str
    """paper or book with section, table or figure; or the formula of an exact number"""
    published: Published
    ours: Callable[[], Found]
    rounding: float | None = None
    """how far the published number may be off; None: half a unit of its last digit"""
    spread: float = 0.0
    """standard error of the published number"""
    note: str = ""
    """why ours differs, if it does"""

    @property
    def shown(self) -> str:
        """The published number as text."""
        text = f"{self.published:.6g}" if isinstance(self.published, float) else str(self.published)
        return f"{text} ± {self.spread:g}" if self.spread else text

    def agrees(self, found: Found) -> bool:
        """Whether |ours − published| ≤ 4 standard errors of the difference + bound + rounding."""
        published = float(self.published)
        rounding = half_a_digit(self.published) if self.rounding is None else self.rounding
        rounding += found.bound + ACCURACY * max(1.0, abs(published))
        chance = STANDARD_ERRORS * hypot(found.standard_error, self.spread)
        return abs(found.value - published) <= chance + rounding
