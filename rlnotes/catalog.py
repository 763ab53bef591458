"""Agents and environments by name, and what their docstrings say of them."""

import ast
import difflib
import inspect
import textwrap
from dataclasses import Field, fields
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import gymnasium

from rlnotes import agents, envs
from rlnotes.envs.errors import SettingError

CATALOGS = {"agent": agents.CATALOG, "env": envs.CATALOG}


def name(thing: Any) -> str:
    """The command-line name of an agent or environment; of a class outside the catalogue, the class's own."""
    cls = type(thing)
    return agents.CATALOG.name(cls) or envs.CATALOG.name(cls) or getattr(thing, "id", cls.__name__)


def find(group: str, name: str) -> type | None:
    """The class called `name` among the agents or envs; None for another environment registered with Gymnasium.

    Raises `SettingError` where there is neither.
    """
    catalog = CATALOGS[group]
    if name in catalog:
        return catalog.load(name)
    if group == "env" and (spec := gymnasium.registry.get(name)):
        own = next((key for key, path in catalog.items() if path == spec.vector_entry_point), None)
        return catalog.load(own) if own else None
    known = [*catalog, *(gymnasium.registry if group == "env" else [])]
    choices = "one of " + ", ".join(catalog) + (", or an id of Gymnasium's" if group == "env" else "")
    raise SettingError(group, name, f"unknown{suggestion(name, known)}; must be {choices}")


def make(group: str, name: str) -> Any:
    """An agent or environment by name, with its default settings."""
    cls = find(group, name)
    if cls is None:
        from rlnotes.envs.registered import Registered

        return Registered(name)
    return cls()


def suggestion(word: str, known: list[str]) -> str:
    """", did you mean …?" if a known word is close to this one."""
    close = difflib.get_close_matches(word, known, n=1, cutoff=0.5)
    return f", did you mean {close[0]}?" if close else ""


def summary(path: str) -> str:
    """First line of the docstring of a class, "module:Class", read without importing its module."""
    module, _, cls = path.partition(":")
    spec = find_spec(module)
    assert spec is not None and spec.origin is not None
    [node] = [
        node
        for node in ast.parse(Path(spec.origin).read_text(encoding="utf-8")).body
        if isinstance(node, ast.ClassDef) and node.name == cls
    ]
    return (ast.get_docstring(node) or "").partition("\n")[0]


def settings(cls: type) -> list[tuple[Field[Any], str]]:
    """The fields of a dataclass, each with the docstring that stands under it."""
    meanings: dict[str, str] = {}
    for base in reversed(cls.__mro__):
        if "__dataclass_fields__" in vars(base):
            [node] = ast.parse(textwrap.dedent(inspect.getsource(base))).body
            assert isinstance(node, ast.ClassDef)
            for statement, following in zip(node.body, node.body[1:], strict=False):
                if isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name):
                    if isinstance(following, ast.Expr) and isinstance(following.value, ast.Constant):
                        meanings[statement.target.id] = inspect.cleandoc(str(following.value.value))
    return [(field, meanings.get(field.name, "")) for field in fields(cls)]
