"""Code that is not this project's, by the place that a command or a program names: my_agents:Greedy, or a file.

The current folder can be imported from, and so can the folder of a file that is named.
"""

import ast
import os
import sys
import traceback
from collections.abc import Iterable, Iterator
from importlib import import_module, invalidate_caches
from importlib.util import find_spec, module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import Any

from rlnotes.base.errors import SettingError, enumerated, suggestion

named: dict[str, str] = {}
"""modules that were loaded because a place names them, each with its module or file as places write it"""


def module_at(setting: str, value: str, place: str) -> ModuleType:
    """The module of a place, "module:NAME" or "path/to/file.py:NAME".

    Raises `SettingError`, for a `setting` with this `value`, if no such module exists or its code raises an error.
    """
    where, _, name = place.rpartition(":")
    if not (where and name):
        raise SettingError(setting, value, "must be MODULE:CLASS or FILE.py:CLASS, such as my_agents:Greedy")
    try:
        return in_file(where) if where.endswith(".py") else in_module(where)
    except MissingError as missing:
        raise SettingError(setting, value, str(missing)) from None
    except (Exception, SystemExit) as error:
        raise SettingError(setting, value, f"cannot be loaded: {in_one_line(error)}") from error


def object_at(setting: str, value: str, place: str, others: Iterable[str] = ()) -> Any:
    """What stands at a place. Raises `SettingError` as `module_at` does, and if the module has no such thing.

    The error suggests a class of the module, or one of the `others`.
    """
    module = module_at(setting, value, place)
    where, _, name = place.rpartition(":")
    try:
        return getattr(module, name)
    except AttributeError:
        classes = [key for key, thing in vars(module).items() if isinstance(thing, type)]
        own = [key for key in classes if vars(module)[key].__module__ == module.__name__]
        has = f"its classes are {enumerated(own, 'and')}" if own else "it has no classes"
        close = suggestion(name, [*classes, *others])
        raise SettingError(setting, value, f"{where} has no {name}{close}; {has}") from None


def named_module(place: str) -> list[ModuleType]:
    """The loaded module that a place names, in a list; empty if it names none."""
    where = place.rpartition(":")[0]
    loaded = [(sys.modules[name], known) for name, known in named.items() if name in sys.modules]
    if where.endswith(".py"):
        return [module for module, _ in loaded if Path(str(module.__file__)).resolve() == Path(where).resolve()]
    return [module for module, known in loaded if known == where]


def place_of(cls: type) -> str:
    """The place of a class, as commands write it."""
    return f"{named.get(cls.__module__, cls.__module__)}:{cls.__qualname__}"


def loaded_class(place: str) -> type | None:
    """The class at a place, if its module is loaded; imports nothing."""
    where, _, name = place.rpartition(":")
    module = next((key for key, known in named.items() if known == where), where)
    found = vars(sys.modules[module]).get(name) if module in sys.modules else None
    return found if isinstance(found, type) else None


class OwnCodeError(Exception):
    """An error that the user's code raised; the message is one line with its file and line."""


def named_in_one_line(error: Exception) -> Exception:
    """An `OwnCodeError` for an error that the user's code raised, or probably caused; any other error unchanged."""
    raised_there = bool(users_frames(error))
    if isinstance(error, SettingError | MemoryError | OwnCodeError) or not (raised_there or named):
        return error
    cause = "" if raised_there else f", probably because of {enumerated(sorted(set(named.values())), 'or')}"
    return OwnCodeError(f"{in_one_line(error)}{cause} (HYDRA_FULL_ERROR=1 shows the calls that led there)")


class MissingError(Exception):
    """A module or file does not exist, or is not the one that is meant; the message says which."""


def in_module(name: str) -> ModuleType:
    """The module of this name; raises `MissingError` if no such module exists."""
    search_first(os.getcwd())
    try:
        module = import_module(name)
    except ModuleNotFoundError as error:
        if f"{name}.".startswith(f"{error.name}.") and not users_frames(error):
            known = modules_in(*name.split(".")[:-1])
            raise MissingError(f"there is no module {name}{suggestion(name, known)}") from None
        raise
    named[name] = name
    return module


def in_file(where: str) -> ModuleType:
    """The module in a file. A file of the current folder is the module that `import` finds there."""
    file, folder = Path(where).resolve(), Path.cwd()
    if not file.is_file():
        known = [path.name for path in file.parent.glob("*.py")]
        raise MissingError(f"there is no file {where}{suggestion(file.name, known)}")
    search_first(str(folder))
    if file.parent == folder and is_found(file.stem, file):
        return in_module(file.stem)
    if str(file.parent) not in sys.path:
        sys.path.append(str(file.parent))
    require_neighbours(file)
    where = Path(os.path.relpath(file)).as_posix()
    name = where.removesuffix(".py")
    if not (name in sys.modules and Path(str(sys.modules[name].__file__)) == file):
        spec = spec_from_file_location(name, file)
        assert spec
        assert spec.loader
        sys.modules[name] = module_from_spec(spec)
        try:
            spec.loader.exec_module(sys.modules[name])
        except BaseException:
            del sys.modules[name]
            raise
    named[name] = where
    return sys.modules[name]


def search_first(folder: str) -> None:
    """Let imports look into a folder first, as `python -m` does with the current folder."""
    if not {folder, ""} & set(sys.path):
        sys.path.insert(0, folder)
    invalidate_caches()


def is_found(module: str, file: Path) -> bool:
    """Whether `import` finds a module in this file."""
    try:
        spec = find_spec(module)
    except ValueError:  # a module without a description of its own, such as that of a notebook
        return False
    return bool(spec and spec.origin and Path(spec.origin).resolve() == file)


def require_neighbours(file: Path) -> None:
    """Raise `MissingError` if a file imports a file beside it, and `import` would find another one of that name."""
    todo, seen = [file], set[Path]()
    while todo:
        seen.add(one := todo.pop())
        for name in imports(one):
            beside = file.parent / f"{name}.py"
            if beside.is_file() and beside not in seen:
                if not is_found(name, beside):
                    other = (spec := find_spec(name)) and spec.origin
                    what = f"{os.path.relpath(one)} imports {name}, which Python finds in {other}"
                    raise MissingError(f"{what} and not in {os.path.relpath(beside)}; rename one of them")
                todo.append(beside)


def imports(file: Path) -> Iterator[str]:
    """The modules and packages that a file imports by their whole names."""
    for node in ast.walk(ast.parse(file.read_bytes(), file)):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module.partition(".")[0]


def modules_in(*package: str) -> list[str]:
    """The modules in a package of the current folder, or in this folder itself, by their whole names."""
    found = [path for path in Path(*package).glob("*") if path.suffix == ".py" or any(path.glob("*.py"))]
    return [".".join((*package, path.stem)) for path in found]


def users_frames(error: BaseException) -> list[traceback.FrameSummary]:
    """The lines of the user's code in which an error was raised or passed on, the last one last."""
    from rlnotes.base.origin import origin_of_file

    frames: Iterable[traceback.FrameSummary] = traceback.extract_tb(error.__traceback__)
    return [frame for frame in frames if os.path.isfile(frame.filename) and origin_of_file(frame.filename) == "user"]


def in_one_line(error: BaseException) -> str:
    """An error and, if it was raised in the user's code, its file and line: "my_agents.py, line 3: NameError: ..."."""
    place = ""
    if isinstance(error, SyntaxError) and error.filename:
        place = f"{os.path.relpath(error.filename)}, line {error.lineno}: "
        error = type(error)(error.msg)
    elif frames := users_frames(error):
        place = f"{os.path.relpath(frames[-1].filename)}, line {frames[-1].lineno}: "
    return " ".join(f"{place}{type(error).__name__}: {error}".split())
