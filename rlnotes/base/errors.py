"""The error of a wrong setting, and the phrases of its message."""

import difflib
import re
import traceback
import warnings
from collections.abc import Iterable


class SettingError(ValueError):
    """A setting has a wrong value, or does not exist.

    The message is one line: the setting, its value, and the requirement.
    """

    def __init__(self, setting: str, value: object, requirement: str) -> None:
        super().__init__(setting, value, requirement)
        self.setting, self.value, self.requirement = setting, value, requirement

    @classmethod
    def unknown(cls, setting: str, value: object, owner: str, known: Iterable[str]) -> "SettingError":
        """The error of a setting that `owner` does not have; suggests the closest of the `known` settings."""
        known = sorted(known)
        names = ", ".join(known) or "no settings"
        return cls(setting, value, f"unknown{suggestion(setting, known)}; {owner} has {names}")

    @classmethod
    def choice(cls, setting: str, value: object, choices: Iterable[str]) -> "SettingError":
        """The error of a value that is not one of the `choices`; suggests the closest."""
        choices = list(choices)
        close = suggestion(value, choices) if isinstance(value, str) else ""
        return cls(setting, value, f"unknown{close}; must be {enumerated(choices, 'or')}")

    @classmethod
    def failed(cls, setting: str, value: object, what: str, error: Exception) -> "SettingError":
        """The error of foreign code that "cannot be made" and so on, with the place that raised `error`."""
        if isinstance(error, cls):
            return error
        *_, place = frames = traceback.extract_tb(error.__traceback__)
        where = f", {place.filename}:{place.lineno}" if len(frames) > 1 else ""
        return cls(setting, value, f"cannot be {what} ({type(error).__name__}: {error}{where})")

    def __str__(self) -> str:
        return " ".join(f"{self.setting}={self.value}: {self.requirement}".split())

    def _render_traceback_(self) -> list[str]:
        """The lines that a notebook shows: the message alone, since it is a mistake of the user."""
        return [f"{type(self).__name__}: {self}"]

    def within(self, group: str) -> "SettingError":
        """The same error for a setting of `group`, such as `agent` or `env`."""
        return SettingError(f"{group}.{self.setting}", self.value, self.requirement)


def suggestion(word: str, known: Iterable[str]) -> str:
    """A question with the closest of the known words; empty if no known word is close.

    Case, and what separates the parts of a word, do not matter. The first letters of all parts may stand for the word,
    and its beginning: vi for value_iteration, frozen for FrozenLake-v1.
    """
    typed, words = plain(word), list(known)
    same = [one for one in words if plain(one) == typed]
    initials = [one for one in words if len(typed) > 1 and "".join(part[0] for part in parts(one)) == typed]
    longer = sorted((one for one in words if len(typed) > 2 and plain(one).startswith(typed)), key=len)
    by_plain = {plain(one): one for one in words}
    close = [by_plain[one] for one in difflib.get_close_matches(typed, by_plain, n=1, cutoff=0.5)]
    found = [*same, *initials, *longer, *close]
    return f" (did you mean {found[0]}?)" if found else ""


def parts(word: str) -> list[str]:
    """The parts of a word in small letters: value_iteration has two."""
    return re.findall(r"[^\W_]+", word.lower())


def plain(word: str) -> str:
    """A word in small letters, without what separates its parts."""
    return "".join(parts(word)) or word.lower()


def enumerated(words: list[str], conjunction: str) -> str:
    """Words in a sentence: a, b or c."""
    return f" {conjunction} ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


def install_hint(extra: str) -> str:
    """The command that installs an extra of setup.cfg, such as `deep`."""
    return f"pip install -c constraints.txt -e '.[{extra}]'"


def plain_warnings() -> None:
    """Show a warning in one line."""
    warnings.formatwarning = lambda message, *_: f"rlnotes: {message}\n"
