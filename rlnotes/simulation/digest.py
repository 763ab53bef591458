"""Digests of the values, functions and classes that live in a process."""

import functools
from collections.abc import Iterable
from hashlib import sha256
from pathlib import PurePath
from types import BuiltinFunctionType, CodeType, FunctionType, MethodType, ModuleType
from typing import Any

import numpy as np

from rlnotes.simulation.source import UncoveredError

PLAIN = (type(None), bool, int, float, complex, str, bytes)


class Digest:
    """The digest of values, which is equal in every process.

    `modules` has the modules of the functions and classes among the values: their files belong to the values.
    """

    def __init__(self, *values: Any) -> None:
        self.hash = sha256()
        self.modules: set[str] = set()
        self.within: set[int] = set()
        for value in values:
            self.add(value)

    def __str__(self) -> str:
        return self.hash.hexdigest()

    def write(self, *words: object) -> None:
        """Add words."""
        self.hash.update("".join(f"{len(str(word))}:{word}" for word in words).encode("utf-8", "surrogatepass"))

    def add(self, value: Any) -> None:
        """Add a value; `UncoveredError` if its content cannot be known."""
        if isinstance(value, PLAIN) and type(value) in PLAIN:
            self.write(type(value).__name__, repr(value))
        elif isinstance(value, PurePath):
            self.write("path", value)
        elif isinstance(value, np.ndarray | np.generic) and not value.dtype.hasobject:
            self.write("array", value.dtype.descr, value.shape)
            self.hash.update(np.ascontiguousarray(value).tobytes())
        elif isinstance(value, ModuleType):
            self.modules.add(value.__name__)
            self.write("module", value.__name__)
        elif isinstance(value, type):
            self.modules.add(value.__module__)
            self.write("class", value.__module__, value.__qualname__)
        elif id(value) in self.within:
            self.write("itself")
        else:
            self.within.add(id(value))
            self.add_compound(value)
            self.within.remove(id(value))

    def add_compound(self, value: Any) -> None:
        """Add a value that holds other values."""
        if isinstance(value, CodeType):
            self.write("code", value.co_code.hex(), value.co_names, value.co_varnames, value.co_freevars)
            self.add_all(value.co_consts)
        elif isinstance(value, FunctionType):
            self.modules.add(value.__module__)
            self.write("function", value.__module__, value.__qualname__)
            self.add_all((value.__code__, value.__defaults__, value.__kwdefaults__, *captured(value)))
        elif isinstance(value, functools.partial):
            self.write("partial")
            self.add_all((value.func, value.args, value.keywords))
        elif isinstance(value, MethodType):
            self.write("method")
            self.add_all((value.__func__, value.__self__))
        elif isinstance(value, BuiltinFunctionType | np.ufunc):
            self.write("built-in", getattr(value, "__module__", None), value.__name__)
        elif isinstance(value, set | frozenset):
            parts = [Digest(item) for item in value]
            self.modules.update(*(part.modules for part in parts))
            self.write("set", *sorted(map(str, parts)))
        elif isinstance(value, dict):
            self.write(type(value).__name__, len(value))
            self.add_all(part for item in value.items() for part in item)
        elif isinstance(value, list | tuple):
            self.write(type(value).__name__, len(value))
            self.add_all(value)
        else:
            self.add_object(value)

    def add_all(self, values: Iterable[Any]) -> None:
        """Add several values in order."""
        for value in values:
            self.add(value)

    def add_object(self, value: Any) -> None:
        """Add an object by the parts that pickle would write."""
        try:
            parts = value.__reduce_ex__(4)
        except Exception as error:
            raise UncoveredError(f"a {type(value).__qualname__} cannot be compared ({error})") from None
        if isinstance(parts, str):
            self.write("global", type(value).__module__, parts)
            return
        make, arguments, state, *items = (*parts, None, None, None)[:5]
        self.write("object")
        self.add_all((type(value), make, arguments, state, *(list(part or ()) for part in items)))


def captured(function: FunctionType) -> list[Any]:
    """The values that a function has from the function around it."""
    found = []
    for cell in function.__closure__ or ():
        try:
            found.append(cell.cell_contents)
        except ValueError:  # empty so far
            found.append(None)
    return found
