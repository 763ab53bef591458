"""Step sizes and exploration rates that change with time."""

from dataclasses import dataclass
from typing import Self

from rlnotes.base.errors import SettingError

UNKNOWN = 50_000
"""steps that a share is of, if a run has a number of episodes instead"""
SHAPES = "linear:FIRST:LAST:STEPS or exponential:FIRST:LAST:STEPS"


@dataclass(frozen=True)
class Schedule:
    """A number that depends on the steps t of a run so far, or on its number N of visits.

    A setting writes it in one of these forms:

    `0.1`                            constant
    `1/visits`                       1/N, where N counts the visits of the state (for α: of the state and action), this
                                     visit included
    `linear:FIRST:LAST:STEPS`        FIRST + (LAST − FIRST) u,     u = min(t / STEPS, 1)
    `exponential:FIRST:LAST:STEPS`   FIRST (LAST / FIRST)^u

    STEPS may be a share of the steps of a run, such as 20%. If a run has a number of episodes instead, it is the share
    of 50,000 steps.
    """

    shape: str
    first: float = 1.0
    last: float = 1.0
    steps: float = 1.0

    @classmethod
    def of(
        cls, setting: str, value: float | str, positive: bool, counts: bool = True, horizon: int | None = None
    ) -> Self:
        """The schedule that the value of a setting describes, in a run of `horizon` steps; `counts` allows `1/visits`.

        Raises `SettingError` if the number leaves the interval from 0 to 1, or if it reaches 0 and must be `positive`.
        """
        share = str(value).endswith("%")
        shape, *numbers = str(value).removesuffix("%").split(":")
        try:
            if counts and value == "1/visits":
                return cls(shape)
            if shape in ("linear", "exponential"):
                first, last, steps = map(float, numbers)
            else:
                first = last = float(value)
                shape, steps = "constant", 1.0
        except (TypeError, ValueError):
            forms = f"must be a number, {'1/visits, ' if counts else ''}{SHAPES}"
            raise SettingError(setting, value, forms) from None
        positive |= shape == "exponential"
        if not all(0 <= number <= 1 and (number > 0 or not positive) for number in (first, last)):
            interval = "above 0 and at most 1" if positive else "from 0 to 1"
            raise SettingError(setting, value, f"must be {interval} at all times")
        if share:
            if not 0 < steps <= 100:
                raise SettingError(setting, value, "must have STEPS above 0% and at most 100% of the run")
            steps = max(steps / 100 * (horizon or UNKNOWN), 1.0)
        if not steps >= 1:
            raise SettingError(setting, value, "must have 1 or more STEPS, or a share such as 20%")
        return cls(shape, first, last, steps)

    @property
    def changes(self) -> bool:
        """Whether the number is not constant."""
        return self.shape != "constant"

    @property
    def counts(self) -> bool:
        """Whether the number depends on visits."""
        return self.shape == "1/visits"

    def at(self, t: int) -> float:
        """The number at step t = 0, 1, …, of a schedule that does not count visits."""
        u = min(t / self.steps, 1.0)
        if self.shape == "exponential":
            return float(self.first * (self.last / self.first) ** u)
        return self.first + (self.last - self.first) * u
