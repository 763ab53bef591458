"""What `--help` says, from the docstrings of what it speaks of, which are read and not imported: help is quick."""

import ast
import itertools
from collections.abc import Iterable
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

import yaml
from rich.console import Console
from rich.table import Table

from rlnotes import catalog
from rlnotes.envs.registered import Registered


def print_help(arguments: list[str]) -> None:
    """Help on the agents and environments that the arguments name, or on the whole command line."""
    console = Console(highlight=False, markup=False, soft_wrap=False)
    chosen = [
        (group, name)
        for group, _, names in (argument.partition("=") for argument in arguments)
        if group in catalog.CATALOGS
        for name in names.split(",")
    ]
    for group, name in chosen:
        describe(console, group, name)
    if not chosen:
        overview(console)


def describe(console: Console, group: str, name: str) -> None:
    """Print what an agent or environment says of itself, and its settings."""
    path = catalog.path(group, name)
    console.print(f"{group}={name}\n")
    if path is None:
        console.print("An environment of Gymnasium's.\n")
        rows = [
            (f"{group}.{key}", f"(default {catalog.written(value)})")
            for key, value in Registered.defaults(name).items()
        ]
    else:
        console.print(f"{docstring(path)}\n")
        rows = [(f"{group}.{s.name}", f"{s.meaning} (default {s.default})") for s in settings(path)]
    section(console, "Settings:" if rows else "It has no settings.", rows)


def overview(console: Console) -> None:
    """Print the settings, the agents and the environments, a line each."""
    console.print("Run agents on environments, compare them and draw.\n\n    python -m rlnotes.run [key=value ...]\n")
    defaults = yaml.safe_load((files("rlnotes.cli") / "config.yaml").read_text(encoding="utf-8"))["defaults"]
    chosen = {key: value for default in defaults if isinstance(default, dict) for key, value in default.items()}
    own = settings("rlnotes.settings:Settings")
    rows = ((s.name, f"{s.meaning} (default {chosen.get(s.name, s.default)})") for s in own)
    section(console, "Settings:", rows)
    for group, catalogue in catalog.CATALOGS.items():
        plain = {"agent": "Agents, agent=NAME:", "env": "Environments, env=NAME, or an id of Gymnasium's:"}[group]
        for package, items in itertools.groupby(catalogue.items(), lambda item: item[1].rpartition(".")[0]):
            heading = plain if package.count(".") == 1 else first_line(package)
            section(console, heading, ((name, first_line(path)) for name, path in items))
    console.print(
        "A comma anywhere sweeps and compares: agent=etc,ucb or agent=ucb agent.delta=0.1,0.01 or seed=0,1,2.\n"
        "agent=NAME --help and env=NAME --help tell the settings agent.FIELD= and env.FIELD= of one.\n"
        "hydra/launcher=joblib runs the cells on all cores, hydra/launcher=ray on a cluster; --hydra-help tells more."
    )


class Setting(NamedTuple):
    """A field of a dataclass with the docstring that stands under it."""

    name: str
    default: str | None
    """as the command line has it"""
    meaning: str


def settings(path: str) -> list[Setting]:
    """The settings of a dataclass, "module:Class", those of its bases first.

    A setting to which a class only gives another default keeps its place and meaning.
    """
    node, module = definition(path)
    homes = {
        alias.name: statement.module
        for statement in module.body
        if isinstance(statement, ast.ImportFrom) and (statement.module or "").startswith("rlnotes.")
        for alias in statement.names
    } | {statement.name: path.partition(":")[0] for statement in module.body if isinstance(statement, ast.ClassDef)}
    found: dict[str, Setting] = {}
    for base in reversed(node.bases):  # as dataclasses have it
        if isinstance(base, ast.Name) and base.id in homes:
            found |= {setting.name: setting for setting in settings(f"{homes[base.id]}:{base.id}")}
    for statement, following in itertools.zip_longest(node.body, node.body[1:]):
        if isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name):
            name, value, kind = statement.target.id, statement.value, statement.annotation
            if ast.unparse(kind).startswith("ClassVar"):
                continue
            if isinstance(kind, ast.Name) and kind.id in homes:  # a dataclass of settings of its own
                own = given(value)
                for s in settings(f"{homes[kind.id]}:{kind.id}"):
                    found[f"{name}.{s.name}"] = Setting(f"{name}.{s.name}", own.get(s.name, s.default), s.meaning)
                continue
            match following:
                case ast.Expr(value=ast.Constant(value=str(text))):
                    found[name] = Setting(name, default(value), " ".join(text.split()))
                case _ if name in found:
                    found[name] = found[name]._replace(default=default(value))
    return list(found.values())


def given(value: ast.expr | None) -> dict[str, str | None]:
    """What `field(default_factory=lambda: Class(setting=...))` gives for settings of the class."""
    if isinstance(value, ast.Call) and isinstance(factory := value.keywords[0].value, ast.Lambda):
        assert isinstance(factory.body, ast.Call)
        return {keyword.arg: default(keyword.value) for keyword in factory.body.keywords if keyword.arg}
    return {}


def default(value: ast.expr | None) -> str | None:
    """A default as the command line has it; of `field(default_factory=lambda: ...)` what is made."""
    if isinstance(value, ast.Call) and isinstance(factory := value.keywords[0].value, ast.Lambda):
        value = factory.body
    return catalog.written(ast.literal_eval(value)) if value else None


def docstring(path: str) -> str:
    """The docstring of a class, "module:Class"."""
    return ast.get_docstring(definition(path)[0]) or ""


def first_line(path: str) -> str:
    """The first line that a class, "module:Class", or a package says of itself."""
    return (docstring(path) if ":" in path else ast.get_docstring(tree(path)) or "").partition("\n")[0]


def definition(path: str) -> tuple[ast.ClassDef, ast.Module]:
    """Where a class, "module:Class", is defined."""
    module, _, name = path.partition(":")
    parsed = tree(module)
    [node] = [node for node in parsed.body if isinstance(node, ast.ClassDef) and node.name == name]
    return node, parsed


def tree(module: str) -> ast.Module:
    """The source of a module or package, parsed."""
    spec = find_spec(module)
    assert spec
    assert spec.origin
    return ast.parse(Path(spec.origin).read_text(encoding="utf-8"))


def section(console: Console, heading: str, rows: Iterable[tuple[str, str]]) -> None:
    """Print a heading and under it two columns."""
    table = Table.grid(padding=(0, 2, 0, 2))
    table.add_column(no_wrap=True)
    for row in rows:
        table.add_row(*row)
    console.print(heading)
    if table.row_count:
        console.print(table, "")
