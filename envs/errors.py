"""The error of a setting that cannot be."""

import difflib
from collections.abc import Iterable


class SettingError(ValueError):
    """A setting has a value that it may not have.

    The message names the setting, its value and what it may be, in one line.
    """

    def __init__(self, setting: str, value: object, requirement: str) -> None:
        super().__init__(setting, value, requirement)
        self.setting, self.value, self.requirement = setting, value, requirement

    @classmethod
    def unknown(cls, setting: str, value: object, owner: str, known: Iterable[str]) -> "SettingError":
        """The error of a setting that is not among those that `owner` has."""
        known = sorted(known)
        return cls(
            setting, value, f"unknown{suggestion(setting, known)}; {owner} has {', '.join(known) or 'no settings'}"
        )

    def __str__(self) -> str:
        return f"{self.setting}={self.value}: {self.requirement}"

    def within(self, group: str) -> "SettingError":
        """The same error, of a setting of `group` (`agent` or `env`)."""
        return SettingError(f"{group}.{self.setting}", self.value, self.requirement)


def suggestion(word: str, known: Iterable[str]) -> str:
    """A question in brackets, whether the closest of the known words was meant; nothing where none is close."""
    close = difflib.get_close_matches(word, list(known), n=1, cutoff=0.5)
    return f" (did you mean {close[0]}?)" if close else ""
