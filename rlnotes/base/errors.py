"""The error of a setting that cannot be."""

import difflib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import fields
from numbers import Integral, Real
from types import NoneType, UnionType
from typing import Any, get_args

import numpy as np


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
        return f"{self.setting}={' '.join(str(self.value).split())}: {self.requirement}"

    def within(self, group: str) -> "SettingError":
        """The same error, of a setting of `group` (`agent` or `env`)."""
        return SettingError(f"{group}.{self.setting}", self.value, self.requirement)


def suggestion(word: str, known: Iterable[str]) -> str:
    """A question in brackets, whether the closest of the known words was meant; nothing where none is close."""
    close = difflib.get_close_matches(word, list(known), n=1, cutoff=0.5)
    return f" (did you mean {close[0]}?)" if close else ""


def is_whole(value: Any) -> bool:
    return isinstance(value, Integral) and not isinstance(value, bool)


def is_real(value: Any) -> bool:
    return isinstance(value, Real) and not isinstance(value, bool)


def is_list(value: Any, of: Callable[[Any], bool]) -> bool:
    return (isinstance(value, Sequence) or (isinstance(value, np.ndarray) and value.ndim == 1)) and all(map(of, value))


KINDS: dict[Any, tuple[Callable[[Any], bool], str]] = {
    int: (is_whole, "a whole number"),
    float: (is_real, "a number"),
    bool: (lambda value: isinstance(value, bool), "true or false"),
    str: (lambda value: isinstance(value, str), "a word"),
    list[int]: (lambda value: is_list(value, is_whole), "a list of whole numbers"),
    list[float]: (lambda value: is_list(value, is_real), "a list of numbers"),
    NoneType: (lambda value: value is None, "null"),
    Any: (lambda value: True, "anything"),
}
"""kinds of settings: whether a value is of one, and what it is called"""


def known(kind: Any) -> tuple[Callable[[Any], bool], str]:
    """Whether a value is of a kind, and what it is called; a class that is not in the table speaks for itself."""
    return KINDS.get(kind) or (lambda value: isinstance(value, kind), f"a {kind.__name__}")


def require_kinds(thing: Any) -> None:
    """Raise `SettingError` where a field of a dataclass is not of the kind that it is declared to be of."""
    for setting in fields(thing):
        kinds = get_args(setting.type) if isinstance(setting.type, UnionType) else (setting.type,)
        tests, names = zip(*[known(kind) for kind in kinds if kind is not int or float not in kinds], strict=True)
        value = getattr(thing, setting.name)
        if not any(test(value) for test in tests):
            raise SettingError(setting.name, value, f"must be {' or '.join(names)}")
