"""Objects whose fields are their settings, and the checks of settings that they share."""

import sys
from collections.abc import Callable, Sequence
from copy import deepcopy
from dataclasses import Field, fields, is_dataclass
from functools import cache
from inspect import get_annotations
from numbers import Integral, Real
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin

import numpy as np

from rlnotes.base.errors import SettingError


class Configured:
    """A dataclass whose fields are its settings, the same in Python and on the command line.

    Every `require_...` raises `SettingError` if the value of a setting does not fit.
    """

    def setting_values(self) -> dict[str, Any]:
        """The settings by name. A setting that has settings of its own gives `network.activation` and so on.

        A whole number in a field of real numbers becomes a real number.
        """
        found: dict[str, Any] = {}
        for field in setting_fields(type(self)):  # type: ignore[arg-type]
            value = getattr(self, field.name)
            if isinstance(value, Configured):
                found |= {f"{field.name}.{key}": inner for key, inner in value.setting_values().items()}
            elif field.type in (float, float | None) and value is not None:
                found[field.name] = float(value)
            else:
                found[field.name] = deepcopy(value)
        return found

    def require(self, setting: str, fits: bool, requirement: str) -> None:
        """Require that the value of a setting `fits`; `requirement` says what it must be."""
        if not fits:
            raise SettingError(setting, getattr(self, setting), requirement)

    def require_at_least(self, setting: str, least: int) -> None:
        """Require a number that is not below `least`."""
        self.require(setting, getattr(self, setting) >= least, f"must be {least} or more")

    def require_whole(self, setting: str, least: int) -> None:
        """Require a whole number that is not below `least`."""
        value = getattr(self, setting)
        self.require(setting, is_whole(value) and value >= least, f"must be a whole number, {least} or more")
        self.require_machine_number(setting)

    def require_machine_number(self, setting: str) -> None:
        """Require that a whole number fits into 64 bits."""
        value = getattr(self, setting)
        self.require(setting, not is_whole(value) or -(2**63) <= value < 2**63, "must be a number below 2^63")

    def require_probability(self, setting: str) -> None:
        """Require a number from 0 to 1."""
        self.require(setting, 0 <= getattr(self, setting) <= 1, "must be from 0 to 1")

    def require_choice(self, setting: str, choices: Sequence[str]) -> None:
        """Require one of the `choices`."""
        if getattr(self, setting) not in choices:
            raise SettingError.choice(setting, getattr(self, setting), choices)

    def require_kinds(self) -> None:
        """Require that every setting has the type that its field declares."""
        for setting in setting_fields(type(self)):  # type: ignore[arg-type]
            value, kinds = getattr(self, setting.name), kinds_of(setting.type)
            self.require(setting.name, any(fits(value) for fits, _ in kinds), f"must be {in_words(setting.type)}")
            self.require_machine_number(setting.name)


@cache
def setting_fields(cls: Any) -> tuple[Field[Any], ...]:
    """The fields of a dataclass. A type that is text, because of `from __future__ import annotations`, is evaluated."""
    for field in (found := fields(cls)):
        if isinstance(field.type, str):
            owner = next(base for base in cls.__mro__ if field.name in get_annotations(base))
            try:
                field.type = eval(field.type, vars(sys.modules[owner.__module__]))
            except Exception:  # such as the name of a type that only a type checker imports
                field.type = Any
    return found


def is_whole(value: Any) -> bool:
    """Whether a value is a whole number; true and false are not."""
    return isinstance(value, Integral) and not isinstance(value, bool)


def is_real(value: Any) -> bool:
    """Whether a value is a number; true and false are not."""
    return isinstance(value, Real) and not isinstance(value, bool)


def is_word(value: Any) -> bool:
    """Whether a value is text."""
    return isinstance(value, str)


def is_list(value: Any, of: Callable[[Any], bool]) -> bool:
    """Whether a value is a sequence or a vector of items that pass the test `of`."""
    vector = isinstance(value, np.ndarray) and value.ndim == 1
    return (vector or (isinstance(value, Sequence) and not isinstance(value, str))) and all(map(of, value))


KINDS: dict[Any, tuple[Callable[[Any], bool], str]] = {
    int: (is_whole, "a whole number"),
    float: (is_real, "a number"),
    bool: (lambda value: isinstance(value, bool | np.bool_), "true or false"),
    str: (is_word, "a word"),
    list[int]: (lambda value: is_list(value, is_whole), "a list of whole numbers"),
    list[float]: (lambda value: is_list(value, is_real), "a list of numbers"),
    list[str]: (lambda value: is_list(value, is_word), "a list of words"),
    NoneType: (lambda value: value is None, "null"),
    Any: (lambda value: True, "anything"),
}
"""types of settings: whether a value has the type, and what the type is called"""


def kinds_of(annotation: Any) -> list[tuple[Callable[[Any], bool], str]]:
    """The alternatives of an annotation such as `float | None`; `float` includes `int`."""
    kinds = get_args(annotation) if get_origin(annotation) in (Union, UnionType) else (annotation,)
    return [kind_of(kind) for kind in kinds if kind is not int or float not in kinds]


def in_words(annotation: Any) -> str:
    """An annotation as a user reads it: a number or null."""
    return " or ".join(name for _, name in kinds_of(annotation))


def kind_of(kind: Any) -> tuple[Callable[[Any], bool], str]:
    """Whether a value has a type, and what the type is called.

    A class outside the table has its own name, with its settings. Other type hints, such as `tuple[int, ...]`, allow
    any value.
    """
    if kind in KINDS or not isinstance(kind, type):
        return KINDS.get(kind, KINDS[Any])
    own = ", ".join(field.name for field in fields(kind)) if is_dataclass(kind) else ""
    return (lambda value: isinstance(value, kind)), f"a {kind.__name__}" + (f" with the settings {own}" if own else "")
