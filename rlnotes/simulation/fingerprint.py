"""What the name of a cell covers besides its settings: code, values of variables, and versions of packages.

The rule:

1. A cell covers the files of this project that its agent and environment import, without comments and docstrings. With
   an agent or environment of your own it covers all files of this project, and every file of yours that is loaded,
   except files that only other agents and environments of the same command import. (Where a file of yours may import
   others by names that no statement has, nothing is excepted.)
2. It covers what runs but no file says: functions that were replaced, and the values of variables that functions use.
3. It covers the versions of the packages that these files import.

Code without a file, such as the code of a notebook, cannot be covered; such a cell is computed every time.
"""

import re
import sys
from collections.abc import Callable, Iterable, Set
from functools import cache
from hashlib import sha256
from importlib.machinery import ExtensionFileLoader, SourceFileLoader
from importlib.metadata import PackageNotFoundError, packages_distributions, requires, version
from importlib.util import decode_source
from inspect import getmro
from pathlib import Path
from typing import Any, NamedTuple

from rlnotes.base.configured import Configured
from rlnotes.base.origin import origin_of_file
from rlnotes.own_code import named
from rlnotes.simulation.digest import Digest
from rlnotes.simulation.live_state import add_class, live_state
from rlnotes.simulation.source import Source, UncoveredError, file_of, origin, source

ROOMS = ("rlnotes.base.", "rlnotes.envs.", "rlnotes.agents.", "rlnotes.nn.", "rlnotes.simulation.")
"""the rooms of this project that decide numbers, as beginnings of module names"""
SIMULATION = "rlnotes.simulation.simulate"
"""the module that computes a cell"""
FOR_MODELS = ("rlnotes.agents.planning.", "rlnotes.agents.tabular.", "rlnotes.envs.mdps.")
"""the rooms that the simulation uses only if the environment is a finite MDP"""

DYNAMIC = re.compile(r"\b(importlib|runpy|__import__|modules|exec|eval)\b")
"""words of a file that may import modules by names which no statement has"""

NUMBERLESS = {"pandas", "psutil", "rich", "yaml"}
"""packages that this project imports and that decide no numbers"""


class Fingerprint(NamedTuple):
    """What a cell's numbers depend on besides its settings; config.yaml holds it."""

    code: dict[str, str]
    """module to a digest of its file and of what its file does not say"""
    values: str
    """digest of the values that are part of the environment but no settings"""
    packages: dict[str, str]
    """package to its version"""


def fingerprint(*things: Any, finite: bool = True) -> Fingerprint:
    """The fingerprint of a cell that these classes, functions and values make; `finite`: a finite MDP is among them.

    Raises `UncoveredError` if something has no file.
    """
    values = Digest(*things)
    for thing in things:
        for base in getmro(thing) if isinstance(thing, type) else ():
            values.modules.add(base.__module__)
            if origin(base.__module__) == "user":  # it may be one of several classes that a function has made
                add_class(values, base, source(base.__module__), own=True)
    classes = [thing for thing in things if isinstance(thing, type) and issubclass(thing, Configured)]
    installed_own = any(origin(cls.__module__) == "installed" for cls in classes)
    todo = closure_of_project(SIMULATION, without=() if finite else FOR_MODELS)
    todo |= {name for module in values.modules for name in closure(module)}
    own, seen, used, code, names = False, set[str](), set[str](), dict[str, str](), set[str]()
    while todo:
        seen |= todo
        if not own and (installed_own or any(origin(module) == "user" for module in todo)):
            own, users = True, user_modules() - of_others(todo)
            todo |= project_modules() | {name for module in users for name in closure(module)}
            names = {name for module in todo if origin(module) == "user" for name in source(module).names}
        found = set[str]()
        for module in todo:
            used.add(module)
            if origin(module) in ("project", "user"):
                said = source(module)
                code[module], state = digest(module, said, names)
                found |= state.modules
                used.update(said.imports)
        seen |= todo
        todo = frozenset(name for module in found for name in closure(module)) - seen
    return Fingerprint(dict(sorted(code.items())), str(values)[:16], packages(used, own))


def digest(module: str, said: Source, names: Set[str]) -> tuple[str, Digest]:
    """The digest of a module, and the digest of its live state alone; the user's modules use `names`."""
    state = live_state(module, said, names if origin(module) == "user" else frozenset())
    return sha256(f"{said.digest}{state}".encode()).hexdigest()[:16], state


def other_code(code: dict[str, str], versions: dict[str, str]) -> list[str]:
    """The modules and packages of a fingerprint that are not what they are now, as far as they are loaded or found."""
    changed, users = [], [module for module in code if origin(module) == "user" and file_of(module)]
    names = frozenset(name for module in users for name in source(module).names)
    for module, before in code.items():
        try:
            now = digest(module, source(module), names)[0]
        except UncoveredError:
            now = None
        changed += [module] if now != before else []
    for package, before in versions.items():
        now = found[0] if (found := installed(package)) else "not installed"
        changed += [f"{package} {before} (now {now})"] if now != before else []
    return changed


def closure(module: str) -> frozenset[str]:
    """A module, and all modules of this project or of the user that it imports, now or later."""
    kind = origin(module)
    if kind == "project":
        return closure_of_project(module)
    if kind == "user":
        return imported_by(module, lambda name: origin(name.partition(".")[0]) == "user")
    return frozenset({module})


@cache
def closure_of_project(module: str, without: tuple[str, ...] = ()) -> frozenset[str]:
    """The modules of this project that decide numbers and that a module of it imports, with itself."""
    return imported_by(module, lambda name: name.startswith(ROOMS) and not (without and name.startswith(without)))


def imported_by(module: str, counts: Callable[[str], bool]) -> frozenset[str]:
    """A module, and the modules with files that count and that it imports, or that these import."""
    found, todo = set(), [module]
    while todo:
        if (one := todo.pop()) not in found:
            found.add(one)
            todo += [name for name in source(one).imports if name not in found and counts(name) and file_of(name)]
    return frozenset(found)


@cache
def project_modules() -> frozenset[str]:
    """All modules of this project that decide numbers."""
    import rlnotes

    found = set()
    for room in ROOMS:
        folder = Path(rlnotes.__path__[0]) / room.split(".")[1]
        for file in folder.rglob("*.py"):
            parts = (*room.split(".")[:2], *file.relative_to(folder).with_suffix("").parts)
            found.add(".".join(part for part in parts if part != "__init__"))
    return frozenset(found)


def user_modules() -> set[str]:
    """The loaded modules of the user that have files; `UncoveredError` if one was changed while it was loaded."""
    found = set()
    for module, loaded in list(sys.modules.items()):
        if (file := file_of(module)) and origin_of_file(file) == "user" and loaded.__name__ == module:
            loader = getattr(loaded, "__loader__", None)
            if type(loader) not in (SourceFileLoader, ExtensionFileLoader, type(None)):
                raise UncoveredError(f"{module} was loaded by {type(loader).__name__}, which may change code")
            found.add(module)
    return found


def of_others(own: Set[str]) -> set[str]:
    """The modules of agents and environments that places name, and what these import, except a cell's `own` modules.

    Empty if an own module may import others without saying which.
    """
    files = [str(file_of(module)) for module in own if origin(module) == "user"]
    if any(not file.endswith(".py") or DYNAMIC.search(decode_source(Path(file).read_bytes())) for file in files):
        return set()
    return {name for module in named.keys() - own for name in closure(module)} - own


def packages(used: Iterable[str], own: bool) -> dict[str, str]:
    """The versions of the packages of these modules; for an `own` agent, also of the packages that these need."""
    modules = {name.partition(".")[0] for name in used} - NUMBERLESS
    todo = [name for module in modules if origin(module) == "installed" for name in distributions(module)]
    found: dict[str, str] = {}
    while todo:
        if (name := todo.pop()) not in found and (package := installed(name)):
            found[name], needs = package
            todo += needs if own else ()
    return dict(sorted(found.items()))


@cache
def installed(name: str) -> tuple[str, tuple[str, ...]] | None:
    """The version of a package without a build tag such as +cpu, and the packages that it needs; None without it."""
    try:
        needed = [canonical(one) for one in requires(name) or () if "extra ==" not in one]
        return version(name).partition("+")[0], tuple(needed)
    except PackageNotFoundError:
        return None


@cache
def distributions(module: str) -> list[str]:
    """The installed packages that have a module."""
    try:
        version(module)
        return [canonical(module)]
    except (PackageNotFoundError, ValueError):
        return [canonical(name) for name in packages_distributions().get(module, [])]


def canonical(name: str) -> str:
    """The usual spelling of the name of a package, out of a requirement."""
    found = re.match(r"[\w.-]+", name)
    return found[0].lower().replace("_", "-") if found else name
