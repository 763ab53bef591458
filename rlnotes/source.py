"""The source code that decides a cell's numbers."""

import ast
import hashlib
import inspect
import sys
from importlib.util import find_spec
from pathlib import Path

PARTS = ("rlnotes.agents.", "rlnotes.envs.", "rlnotes.nn.")
"""Where the code of agents and environments lies; no other import of theirs decides a number."""


def fingerprint(*classes: type) -> str:
    """Hash of the source of classes: of their modules, their bases' and what those import of agents, envs and nn.

    Raises `OSError` where a class has no source that can be read, as at the interactive prompt.
    """
    texts: dict[str, str] = {}
    for cls in classes:
        for base in cls.__mro__:
            if base is cls or base.__module__.startswith(PARTS):
                collect(base.__module__, base, texts)
    return hashlib.sha256("".join(texts[module] for module in sorted(texts)).encode()).hexdigest()


def collect(module: str, cls: type | None, texts: dict[str, str]) -> None:
    """Add the text of a module (in a notebook, of the class alone) and of its imports to `texts`."""
    if module in texts:
        return
    if file := getattr(sys.modules.get(module), "__file__", None) or origin(module):
        texts[module] = Path(file).read_text(encoding="utf-8")
    else:
        assert cls is not None
        texts[module] = inspect.getsource(cls)
    for node in ast.walk(ast.parse(texts[module])):
        if isinstance(node, ast.ImportFrom) and node.module:
            for name in (node.module, *(f"{node.module}.{alias.name}" for alias in node.names)):
                if name.startswith(PARTS) and origin(name):
                    collect(name, None, texts)


def origin(module: str) -> str | None:
    """File of a module; None for a package or what is no module."""
    try:
        spec = find_spec(module)
    except (ModuleNotFoundError, ValueError):
        return None
    return spec.origin if spec and not spec.submodule_search_locations else None
