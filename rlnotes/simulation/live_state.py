"""What runs in a module and its file does not say: replaced functions, and variables that a program has set."""

import sys
from abc import ABCMeta
from collections import namedtuple
from collections.abc import Iterator, Set
from functools import cached_property
from inspect import unwrap
from operator import is_
from types import FunctionType, ModuleType
from typing import Any, NamedTuple

from numba.core.dispatcher import Dispatcher

from rlnotes.base.origin import origin_of_file
from rlnotes.simulation.digest import PLAIN, Digest, captured
from rlnotes.simulation.source import Source, origin, source

FUNCTIONLESS = {*PLAIN, ModuleType, type, ABCMeta}
"""types of values without functions of their own, which are most of the values"""
TUPLE_FIELD: type = type(vars(namedtuple("OfOne", "field"))["field"])
"""the type of what a NamedTuple has in place of the default that its file says"""


class Remembered(NamedTuple):
    """What a module held, and the digest of it."""

    held: list[Any]
    contents: str
    """digest of the constants that can change in place"""
    state: Digest


remembered = dict[str, Remembered]()  # a literal would be a constant of this module
"""modules of this project that were looked at; as long as one holds the same values, its digest is the same"""


def live_state(module: str, said: Source, names: Set[str]) -> Digest:
    """The digest of what a loaded module holds and its file, which `said` is about, does not say.

    It has replaced functions, changed constants, and the variables that its functions use or that are among `names`.
    In a module of this project, variables with other than plain values only count if they are things of the user.
    """
    if module not in sys.modules:
        return Digest()
    loaded, own = sys.modules[module], origin(module) == "user"
    if own:
        return looked_at(module, said, own, names)
    held, contents = [said, *values_held(loaded)], str(Digest(*(variable(loaded, name) for name in said.mutable)))
    known = remembered.get(module)
    same_values = known and known.contents == contents and len(known.held) == len(held)
    if not (known and same_values and all(map(is_, known.held, held))):
        known = remembered[module] = Remembered(held, contents, looked_at(module, said, own, names))
    return known.state


def variable(owner: Any, name: str) -> Any:
    """Look up a variable by its full name, such as `Class.limit`, in a module; None if it does not exist."""
    for part in name.split("."):
        owner = vars(owner).get(part) if isinstance(owner, ModuleType | type) else None
    return owner


def looked_at(module: str, said: Source, own: bool, names: Set[str]) -> Digest:
    """The digest that `live_state` describes, without memory."""
    state = Digest()
    for name, value in sorted(vars(sys.modules[module]).items()):
        if name.startswith("__"):
            continue
        home = getattr(value, "__module__", None)
        if home == module and isinstance(value, type):
            add_class(state, value, said, own)
        elif home == module and functions_of(value):
            add_functions(state, name, value, said, own)
        elif (name in said.names or name in names or name in said.constants) and is_set(name, value, said, own, module):
            state.write(name)
            state.add(value)
    return state


def values_held(module: ModuleType) -> Iterator[Any]:
    """The values of a module's variables and of its classes' variables."""
    values = list(vars(module).values())
    yield from values
    for value in values:
        if isinstance(value, type) and value.__module__ == module.__name__:
            yield from vars(value).values()


def is_set(name: str, value: Any, said: Source, own: bool, module: str) -> bool:
    """Whether a program has set a variable, or its file computes it."""
    if isinstance(value, ModuleType | type) or functions_of(value):
        home = value.__name__ if isinstance(value, ModuleType) else value.__module__
        if name in said.imported:
            full = home if isinstance(value, ModuleType) else f"{home}.{value.__qualname__}"
            return origin(home) == "user" and full not in source(module).imports
        return own or origin(home) == "user"
    return differs(name, value, said, own) and name not in said.imported


def add_class(state: Digest, cls: type, said: Source, own: bool) -> None:
    """Add what a class holds beyond the file of its module: replaced functions, and variables."""
    for name, value in sorted(vars(cls).items()):
        full = f"{cls.__qualname__}.{name}"
        if isinstance(value, TUPLE_FIELD):
            continue
        if functions_of(value):
            add_functions(state, full, value, said, own)
        elif (full in said.constants or is_variable(name, value)) and differs(full, value, said, own):
            state.write(full)
            state.add(value)


def differs(name: str, value: Any, said: Source, own: bool) -> bool:
    """Whether a variable has another value than its file says; a computed value counts for the user's modules only."""
    return not same(value, said.constants[name]) if name in said.constants else own


def add_functions(state: Digest, name: str, value: Any, said: Source, own: bool) -> None:
    """Add functions that the file does not say; of the user's other functions, the values that they carry."""
    for function in functions_of(value):
        code = function.__code__
        if code not in said.functions and not is_generated(name, code.co_filename):
            state.write(name)
            state.add(function)
        elif (
            own and code in said.functions and (function.__defaults__ or function.__kwdefaults__ or captured(function))
        ):
            state.write(name)
            state.add_all((function.__defaults__, function.__kwdefaults__, *captured(function)))


def functions_of(value: Any) -> list[FunctionType]:
    """The Python functions in a function, method, property or compiled kernel."""
    if type(value) in FUNCTIONLESS:
        return []
    candidates: list[Any] = [value]
    if isinstance(value, property):
        candidates = [value.fget, value.fset]
    elif isinstance(value, cached_property):
        candidates = [value.func]
    elif isinstance(value, Dispatcher):
        candidates = [value.py_func]
    # __wrapped__ is Python's own mark of a decorated function
    functions = [unwrap(one) if hasattr(one, "__wrapped__") else one for one in candidates]
    return [function for function in functions if isinstance(function, FunctionType)]


def is_generated(name: str, file: str) -> bool:
    """Whether a library wrote the function, as dataclasses do."""
    if file.startswith("<"):
        return name.rpartition(".")[2].startswith("__") and file == "<string>"
    return origin_of_file(file) in ("installed", "standard")


def is_variable(name: str, value: Any) -> bool:
    """Whether an attribute of a class is a plain value or a class, and none that Python sets."""
    return not name.startswith("__") and (is_plain(value) or isinstance(value, type))


def is_plain(value: Any) -> bool:
    """Whether a value is a number, a text, or a tuple or list of these."""
    return type(value) in PLAIN or (type(value) in (tuple, list) and all(map(is_plain, value)))


def same(value: Any, other: Any) -> bool:
    """Whether two values have one type and one digest: 1 and 1.0 are not the same."""
    return type(value) is type(other) and str(Digest(value)) == str(Digest(other))
