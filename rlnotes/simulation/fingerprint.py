"""A hash of the source code that decides a cell's numbers."""

import ast
import hashlib
import inspect
import sys
from collections.abc import Iterator
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

ROOMS = ("rlnotes.base.", "rlnotes.envs.", "rlnotes.agents.", "rlnotes.nn.", "rlnotes.simulation.")
"""the rooms of this project that decide numbers, as beginnings of module names"""
SIMULATION = "rlnotes.simulation.simulate"
"""the module that computes a cell"""


@cache
def fingerprint(*things: Any) -> str | None:
    """Hash of the source of the simulation and of these classes or functions, with everything that they import.

    It covers the `ROOMS` of this project and all files of the user. It leaves out installed packages; their versions
    are part of the settings. None if the source of a class cannot be read, for example at the interactive prompt. Each
    file is read once per process, so the hash is that of the code that runs.
    """
    texts: dict[str, str] = {}
    try:
        collect(SIMULATION, None, texts)
        for thing in things:
            for base in inspect.getmro(thing) if inspect.isclass(thing) else (thing,):
                if base is thing or decides_numbers(base.__module__):
                    collect(base.__module__, base, texts)
    except OSError:
        return None
    return hashlib.sha256("".join(texts[module] for module in sorted(texts)).encode()).hexdigest()


def collect(module: str, thing: Any, texts: dict[str, str]) -> None:
    """Add the text of a module and of its imports to `texts`; in a notebook, the text of the class alone."""
    if module in texts:
        return
    file = getattr(sys.modules.get(module), "__file__", None) or source_file(module)
    if file is None:
        texts[f"{module}.{thing.__qualname__}"] = notebook_source(thing)
        return
    texts[module], imports = source(file)
    for name in imports:
        collect(name, None, texts)


@cache
def source(file: str) -> tuple[str, list[str]]:
    """The text of a file, and the names of the modules that it imports and that decide numbers."""
    if not file.endswith(".py"):
        raise OSError(f"{file} is not Python source")
    text = Path(file).read_text(encoding="utf-8")
    imports = []
    for node in walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            imports += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            imports += [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
    return text, [name for name in imports if decides_numbers(name) and source_file(name)]


def walk(node: ast.AST) -> Iterator[ast.AST]:
    """All nodes of a source, except blocks that only a type checker reads."""
    if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
        return
    yield node
    for child in ast.iter_child_nodes(node):
        yield from walk(child)


def decides_numbers(module: str) -> bool:
    """Whether a module belongs to the rooms that decide numbers, or to the user."""
    top = module.partition(".")[0]
    if top == "rlnotes":
        return module.startswith(ROOMS)
    if top in sys.stdlib_module_names:
        return False
    file = getattr(sys.modules.get(top), "__file__", None) or source_file(top)
    return file is None or not {"site-packages", "dist-packages"} & set(Path(file).parts)


def source_file(module: str) -> str | None:
    """The source file of a module; None if there is no such file or module."""
    try:
        spec = find_spec(module)
    except (ModuleNotFoundError, ValueError):
        return None
    return spec.origin if spec and spec.origin and spec.origin.endswith(".py") else None


def notebook_source(thing: Any) -> str:
    """The source of a class or function without a file: the functions that Python still has from the notebook."""
    functions = [f for f in vars(thing).values() if inspect.isfunction(f)] if inspect.isclass(thing) else [thing]
    # Methods that a dataclass generates have the file name "<string>".
    written = [f for f in map(inspect.unwrap, functions) if f.__code__.co_filename != "<string>"]
    return "".join(map(inspect.getsource, written))
