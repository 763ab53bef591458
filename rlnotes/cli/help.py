"""The text of `--help`; it is read from docstrings without importing the classes, so it appears quickly."""

import ast
import inspect
import itertools
import textwrap
from collections.abc import Iterable, Iterator
from dataclasses import is_dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any, NamedTuple

import yaml
from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from rlnotes import catalog
from rlnotes.base.code_cache import cached
from rlnotes.base.configured import in_words, setting_fields
from rlnotes.base.docstrings import annotated, in_long_lines, parsed_class
from rlnotes.base.module_spec import module_spec
from rlnotes.cli.commands import COMMANDS
from rlnotes.envs.registered import SHARED, Registered

GROUPS = {"agent": "Agents, agent=NAME:", "env": "Environments, env=NAME, or an id of Gymnasium's:"}
"""headings of the agents and environments that belong to no other group"""
MASKS = "If its info has an action_mask, agents with tables, own networks, and random choose only allowed actions."
"""what happens without a setting"""
OFFERED = {"agent": "Agents of installed packages:", "env": "Environments of installed packages:"}


def print_help(arguments: list[str]) -> None:
    """Print help on the agents and environments that the arguments name, otherwise on the whole command line."""
    console = Console(highlight=False, markup=False, soft_wrap=False)
    if COMMANDS.keys() & set(arguments[:1]):
        print_command(console, arguments[0])
        return
    chosen = [
        (group, name)
        for group, _, names in (argument.partition("=") for argument in arguments)
        if group in catalog.CATALOGS
        for name in names.split(",")
    ]
    for group, name in chosen:
        print_details(console, group, name)
    if not chosen:
        print_overview(console)


def print_command(console: Console, name: str) -> None:
    """Print what a command on stored results does, its words, and its settings."""
    command = COMMANDS[name]
    console.print(f"{command.purpose}\n\n    python -m rlnotes.run {name} {command.words}\n")
    console.print(f"The words are {command.meaning}.\n")
    if command.settings:
        rows = [(s.name, f"{s.meaning} (default {s.default})") for s in settings(command.settings)]
        print_section(console, "Settings:", rows)
    if command.examples:
        console.print("Examples:\n")
        console.print(textwrap.indent(command.examples, "    "))


def print_details(console: Console, group: str, name: str) -> None:
    """Print the docstring and the settings of an agent or environment."""
    own = catalog.own_place(group, name)
    cls = catalog.find(group, name) if own else None
    path = catalog.path(group, catalog.id_of(name) if own and cls is None else name)
    console.print(f"{group}={name}\n")
    if path is None:
        console.print(f"An environment of Gymnasium's. {MASKS}\n")
        defaults = Registered.defaults(name).items()
        found = [Setting(key, catalog.written(value), SHARED.get(key, (Any, ""))[1]) for key, value in defaults]
    else:
        if text := ast.get_docstring(parsed_class(cls)) if cls else docstring(path):
            console.print(f"{in_long_lines(text)}\n")
        found = settings_of(cls) if cls else settings(path)
    rows = [(f"{group}.{s.name}", f"{s.meaning} (default {s.default})".strip()) for s in found]
    print_section(console, "Settings:" if rows else "It has no settings.", rows)


def print_overview(console: Console) -> None:
    """Print the settings, the agents and the environments, one line each."""
    console.print("Run agents on environments, compare them and draw.\n\n    python -m rlnotes.run [key=value ...]\n")
    console.print("Run the comparison of a file, which has KEY: VALUE in each line:\n")
    console.print("    python -m rlnotes.run comparison.yaml [key=value ...]\n")
    console.print("Look at stored results; COMMAND --help says more:\n")
    for command, described in COMMANDS.items():
        console.print(Padding(Text(f"python -m rlnotes.run {command} {described.words}"), (0, 0, 0, 4)))
    console.print()
    defaults = yaml.safe_load((files("rlnotes.cli") / "config.yaml").read_text(encoding="utf-8"))["defaults"]
    chosen = {key: value for default in defaults if isinstance(default, dict) for key, value in default.items()}
    shared = settings("rlnotes.settings:Settings")
    rows = ((s.name, f"{s.meaning} (default {chosen.get(s.name, s.default)})") for s in shared)
    print_section(console, "Settings:", rows)
    lines = first_lines([path for places in catalog.CATALOGS.values() for path in places.values()])
    for group in catalog.CATALOGS:
        for heading, items in families(group):
            print_section(console, heading, ((name, lines[path]) for name, path in items))
        if offered := catalog.offered()[group]:
            print_section(
                console, OFFERED[group], ((name, first_line_or_place(path)) for name, path in offered.items())
            )
    console.print(
        "Separate values by commas to compare them: agent=etc,ucb or agent=ucb agent.delta=0.1,0.01 or seed=0,1,2.\n"
        "etc.pulls=50 sets one agent among several: agent=etc,ucb etc.pulls=50 ucb.delta=0.1,0.01.\n"
        "agent=my_agents:Greedy or agent=path/to/file.py:Greedy runs a class of your own, and env= does the same.\n"
        "agent=NAME --help and env=NAME --help show the settings agent.FIELD= and env.FIELD= of one.\n"
        "hydra/launcher=joblib runs the cells on all cores, hydra/launcher=ray on a cluster; see --hydra-help."
    )


def families(group: str) -> Iterator[tuple[str, Iterator[tuple[str, str]]]]:
    """The agents or environments by their packages: a heading, and the names with their places, "module:Class"."""
    places = catalog.CATALOGS[group].items()
    for package, items in itertools.groupby(places, lambda item: item[1].rpartition(".")[0]):
        yield GROUPS[group] if package.count(".") == 1 else first_line(package), items


class Setting(NamedTuple):
    """A field of a dataclass with the docstring under it."""

    name: str
    default: str | None
    """as the command line writes it"""
    meaning: str
    kind: str = "anything"
    """its type in words"""


def settings(path: str) -> list[Setting]:
    """The settings of a dataclass, "module:Class", those of its bases first.

    If a class gives a setting of its base another default, the setting has the same place and meaning.
    """
    node, module = definition(path)
    places = {
        alias.name: statement.module
        for statement in module.body
        if isinstance(statement, ast.ImportFrom) and (statement.module or "").startswith("rlnotes.")
        for alias in statement.names
    } | {statement.name: path.partition(":")[0] for statement in module.body if isinstance(statement, ast.ClassDef)}
    found: dict[str, Setting] = {}
    for base in reversed(node.bases):  # the order of dataclasses
        if isinstance(base, ast.Name) and base.id in places:
            found |= {setting.name: setting for setting in settings(f"{places[base.id]}:{base.id}")}
    for field, following in own_fields(node):
        assert isinstance(field.target, ast.Name)
        name, value, kind = field.target.id, field.value, field.annotation
        if isinstance(kind, ast.Name) and kind.id in places:  # a dataclass with settings of its own
            given = factory_values(value)
            for s in settings(f"{places[kind.id]}:{kind.id}"):
                found[f"{name}.{s.name}"] = s._replace(name=f"{name}.{s.name}", default=given.get(s.name, s.default))
        elif isinstance(following, ast.Expr) and isinstance(following.value, ast.Constant):
            meaning = " ".join(str(following.value.value).split())
            found[name] = Setting(name, default(value), meaning, kind_in_words(kind))
        elif name in found:
            found[name] = found[name]._replace(default=default(value))
    return list(found.values())


def settings_of(cls: type) -> list[Setting]:
    """The settings of a class of the user's, which may be anything that Python can import."""
    found = meanings(cls)
    defaults = catalog.default_settings(cls).items()
    return [Setting(name, catalog.written(value), found.get(name, "")) for name, value in defaults]


def meanings(cls: Any) -> dict[str, str]:
    """The docstrings under the fields of a dataclass and of its bases, by the names of the settings."""
    found: dict[str, str] = {}
    for base in reversed(inspect.getmro(cls)):
        if is_dataclass(base):
            for field, following in own_fields(parsed_class(base)):
                if isinstance(following, ast.Expr) and isinstance(following.value, ast.Constant):
                    found[ast.unparse(field.target)] = " ".join(str(following.value.value).split())
    for nested in setting_fields(cls):
        if is_dataclass(nested.type):
            found |= {f"{nested.name}.{name}": meaning for name, meaning in meanings(nested.type).items()}
    return found


def own_fields(node: ast.ClassDef) -> Iterator[tuple[ast.AnnAssign, ast.stmt | None]]:
    """The fields that a dataclass declares itself, each with the statement after it."""
    if not any("dataclass" in ast.unparse(decorator) for decorator in node.decorator_list):
        return
    for statement, following in annotated(node):
        if not ast.unparse(statement.annotation).startswith("ClassVar"):
            yield statement, following


def factory_values(value: ast.expr | None) -> dict[str, str | None]:
    """The arguments in `field(default_factory=lambda: Class(setting=...))`."""
    if isinstance(value, ast.Call) and isinstance(factory := value.keywords[0].value, ast.Lambda):
        assert isinstance(factory.body, ast.Call)
        return {keyword.arg: default(keyword.value) for keyword in factory.body.keywords if keyword.arg}
    return {}


def kind_in_words(annotation: ast.expr) -> str:
    """The type of a field, or of an `InitVar`, in words: a number or null."""
    if isinstance(annotation, ast.Subscript) and ast.unparse(annotation.value) == "InitVar":
        annotation = annotation.slice
    return in_words(eval(ast.unparse(annotation), {"Any": Any}))


def default(value: ast.expr | None) -> str | None:
    """A default as the command line writes it; for `field(default_factory=lambda: ...)`, the value of the lambda."""
    if isinstance(value, ast.Call) and isinstance(factory := value.keywords[0].value, ast.Lambda):
        value = factory.body
    return catalog.written(ast.literal_eval(value)) if value else None


def docstring(path: str) -> str:
    """The docstring of a class, "module:Class"."""
    return ast.get_docstring(definition(path)[0]) or ""


def first_line(path: str) -> str:
    """The first line of the docstring of a class, "module:Class", or of a package."""
    return (docstring(path) if ":" in path else ast.get_docstring(tree(path)) or "").partition("\n")[0]


def first_lines(paths: list[str]) -> dict[str, str]:
    """The first line of each of these classes of this project."""
    contents = tuple(code(path.partition(":")[0]) for path in paths)
    found: dict[str, str]
    [found] = cached(
        __file__, "first_lines", (*paths, *contents), lambda: ({path: first_line(path) for path in paths},)
    )
    return found


def first_line_or_place(path: str) -> str:
    """The first line of the docstring of a class in an installed package, or its place if it has no docstring."""
    try:
        return first_line(path) or path
    except (OSError, SyntaxError, ValueError):  # ValueError: the module has no such class, or has it from another one
        return path


def definition(path: str) -> tuple[ast.ClassDef, ast.Module]:
    """The definition of a class, "module:Class", and its module."""
    module, _, name = path.partition(":")
    parsed = tree(module)
    [node] = [node for node in parsed.body if isinstance(node, ast.ClassDef) and node.name == name]
    return node, parsed


def tree(module: str) -> ast.Module:
    """The parsed source of a module or package."""
    return ast.parse(code(module))


def code(module: str) -> bytes:
    """The content of the file of a module or package."""
    found = module_spec(module)
    if not (found and found.origin):
        raise FileNotFoundError(module)
    return Path(found.origin).read_bytes()


def print_section(console: Console, heading: str, rows: Iterable[tuple[str, str]]) -> None:
    """Print a heading, and below it two columns."""
    table = Table.grid(padding=(0, 2, 0, 2))
    table.add_column(no_wrap=True)
    for row in rows:
        table.add_row(*row)
    console.print(heading)
    if table.row_count:
        console.print(table, "")
