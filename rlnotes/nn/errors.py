"""The error of a setting of a network that cannot be."""

import difflib
from collections.abc import Iterable


class NetworkError(ValueError):
    """A setting has a value that it may not have; the message names it, its value and what it may be, in one line."""

    def __init__(self, setting: str, value: object, requirement: str) -> None:
        super().__init__(setting, value, requirement)
        self.setting, self.value, self.requirement = setting, value, requirement

    def __str__(self) -> str:
        return f"{self.setting}={self.value}: {self.requirement}"


def unknown(setting: str, value: object, known: Iterable[str]) -> NetworkError:
    """The error of a `value` that is not among those `known`, with a question whether the closest was meant."""
    known = list(known)
    close = difflib.get_close_matches(str(value), known, n=1, cutoff=0.5)
    meant = f" (did you mean {close[0]}?)" if close else ""
    return NetworkError(setting, value, f"unknown{meant}; must be one of {', '.join(known)}")
