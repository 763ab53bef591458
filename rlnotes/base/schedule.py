"""Step sizes and rates of exploration that change with time."""

from dataclasses import dataclass
from typing import Self

from rlnotes.base.errors import SettingError

SHAPES = "linear:FIRST:LAST:STEPS or exponential:FIRST:LAST:STEPS"


@dataclass(frozen=True)
class Schedule:
    """A number that depends on the steps t of a run so far, or on its visits N, as a setting has it written.

    `0.1`                            constant
    `1/visits`                       1/N with this visit, to the state, and of α to the action there too
    `linear:FIRST:LAST:STEPS`        FIRST + (LAST − FIRST) u,     u = min(t / STEPS, 1)
    `exponential:FIRST:LAST:STEPS`   FIRST (LAST / FIRST)^u
    """

    shape: str
    first: float = 1.0
    last: float = 1.0
    steps: float = 1.0

    @classmethod
    def of(cls, setting: str, value: float | str, positive: bool, counts: bool = True) -> Self:
        """The schedule that a setting means, which `counts` visits if asked.

        Raises `SettingError` where it leaves 0 to 1, or is 0 though it is `positive`.
        """
        shape, *numbers = str(value).split(":")
        try:
            if counts and shape == "1/visits" and not numbers:
                return cls(shape)
            if shape in ("linear", "exponential"):
                first, last, steps = map(float, numbers)
            else:
                first = last = float(value)
                shape, steps = "constant", 1.0
        except (TypeError, ValueError):
            what = f"must be a number, {'1/visits, ' if counts else ''}{SHAPES}"
            raise SettingError(setting, value, what) from None
        positive |= shape == "exponential"
        if not all(0 <= number <= 1 and (number > 0 or not positive) for number in (first, last)):
            within = "above 0 and at most 1" if positive else "from 0 to 1"
            raise SettingError(setting, value, f"must be {within} at all times")
        if not steps >= 1:
            raise SettingError(setting, value, "must have 1 or more STEPS")
        return cls(shape, first, last, steps)

    @property
    def changes(self) -> bool:
        """Whether it is not constant."""
        return self.shape != "constant"

    @property
    def counts(self) -> bool:
        """Whether it depends on visits."""
        return self.shape == "1/visits"

    def at(self, t: int) -> float:
        """The number at step t = 0, 1, …, of a schedule that does not count."""
        u = min(t / self.steps, 1.0)
        if self.shape == "exponential":
            return float(self.first * (self.last / self.first) ** u)
        return self.first + (self.last - self.first) * u
