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
        """The error of a setting that `owner` does not have, with its closest name among those `known`."""
        known = sorted(known)
        names = ", ".join(known) or "no settings"
        return cls(setting, value, f"unknown{suggestion(setting, known)}; {owner} has {names}")

    @classmethod
    def choice(cls, setting: str, value: object, choices: Iterable[str]) -> "SettingError":
        """The error of a value that is not one of the `choices`, with the closest of them."""
        choices = list(choices)
        return cls(setting, value, f"unknown{suggestion(str(value), choices)}; must be {alternatives(choices)}")

    def __str__(self) -> str:
        return " ".join(f"{self.setting}={self.value}: {self.requirement}".split())

    def within(self, group: str) -> "SettingError":
        """The same error for a setting of `group`, such as `agent` or `env`."""
        return SettingError(f"{group}.{self.setting}", self.value, self.requirement)


def suggestion(word: str, known: Iterable[str]) -> str:
    """The question whether the closest of the known words was meant; empty where none is close."""
    close = difflib.get_close_matches(word, list(known), n=1, cutoff=0.5)
    return f" (did you mean {close[0]}?)" if close else ""


def alternatives(words: list[str]) -> str:
    """Words as alternatives: a, b or c."""
    return " or ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)
