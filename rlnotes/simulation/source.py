"""Modules as code: where they come from, and what their files say."""

import ast
import os
import re
import sys
from collections.abc import Iterator
from contextlib import suppress
from functools import cache
from hashlib import sha256
from importlib.util import decode_source, find_spec, resolve_name
from pathlib import Path
from types import CodeType
from typing import Any, NamedTuple

from rlnotes.base.code_cache import cached
from rlnotes.base.module_spec import module_spec
from rlnotes.base.origin import Origin, origin_of_file

READER = sha256(Path(__file__).read_bytes()).digest()
"""digest of the code in this file, which decides what is read in others"""

is_absolute = cache(os.path.isabs)


class UncoveredError(Exception):
    """The code that runs cannot be traced to files; the message says what and why."""


class Source(NamedTuple):
    """What the file of a module says."""

    digest: str
    """of its syntax tree without docstrings for this project, and of its text for other code"""
    imports: tuple[str, ...]
    """modules, and names in modules, that it imports anywhere"""
    functions: frozenset[CodeType]
    """its functions as Python compiles them"""
    names: frozenset[str]
    """the names that they use: global variables, attributes and modules"""
    constants: dict[str, Any]
    """the variables of the module and of its classes that the file sets to a number, a text or the like"""
    imported: frozenset[str]
    """the variables that its imports set"""

    @property
    def mutable(self) -> list[str]:
        """The constants whose values can change in place."""
        return [name for name, value in self.constants.items() if isinstance(value, list | dict | set)]


def file_of(module: str) -> str | None:
    """The file of a module; None if it has no file of its own, like a module of the interpreter or of a notebook."""
    loaded = sys.modules.get(module)
    file = getattr(loaded, "__file__", None) if loaded else file_to_load(module)
    return file if file and is_absolute(file) else None  # torch.ops says it is in "_ops.py", which is no file


@cache
def file_to_load(module: str) -> str | None:
    """The file from which Python would load a module. Packages around other code may decide that when they are run."""
    try:
        spec = module_spec(module) if module.startswith("rlnotes.") else find_spec(module)
    except (ImportError, ValueError, AttributeError):
        return None
    return spec.origin if spec and spec.has_location else None


def origin(module: str) -> Origin:
    """Where a module comes from. A name alone says nothing: `random` may be a file of the user's."""
    package = module.partition(".")[0]
    if package == "rlnotes":
        return "project"
    if file := file_of(module):
        return origin_of_file(file)
    if package != module:  # a package made it while it ran
        return origin(package)
    return "standard" if module in sys.stdlib_module_names and module != "__main__" else "user"


def source(module: str) -> Source:
    """What the file of a module says now; raises `UncoveredError` if it has none."""
    file = file_of(module)
    if file is None:
        raise UncoveredError(f"{module} has no file")
    try:
        return read(file, os.stat(file).st_mtime_ns, module)
    except (OSError, SyntaxError, ValueError) as error:
        raise UncoveredError(f"{file} cannot be read ({error})") from None


@cache
def read(file: str, changed: int, module: str) -> Source:
    """What a file says, which was last `changed` at this time."""
    content = Path(file).read_bytes()
    if not file.endswith(".py"):
        return Source(sha256(content).hexdigest(), (), frozenset(), frozenset(), {}, frozenset())
    own = origin(module) == "project"
    return Source(*cached(file, "source", (READER, module, own, content), lambda: parsed(file, content, module, own)))


def parsed(file: str, content: bytes, module: str, own: bool) -> Source:
    """What the content of a file says; `own`: it is a file of this project."""
    text = decode_source(content)
    tree = ast.parse(text, file)
    package = module if Path(file).name == "__init__.py" else module.rpartition(".")[0]
    statements = [node for node in walk(tree) if isinstance(node, ast.Import | ast.ImportFrom)]
    bound = [alias.asname or alias.name.partition(".")[0] for statement in statements for alias in statement.names]
    functions = frozenset(nested(compile(text, file, "exec", dont_inherit=True)))
    used = [
        code.co_names for code in functions if not re.fullmatch("<(list|set|dict)comp>|<genexpr>", code.co_qualname)
    ]
    literals = dict(constants(tree.body))
    said = syntax(tree) if own else text
    return Source(
        digest=sha256(said.encode()).hexdigest(),
        imports=tuple(dict.fromkeys(name for node in statements for name in imported(node, package))),
        functions=functions,
        names=frozenset(name for names in used for name in names),  # a comprehension outside functions runs only once
        constants=literals,
        imported=frozenset(bound),
    )


def constants(block: list[ast.stmt], owner: str = "") -> Iterator[tuple[str, Any]]:
    """The variables that a block sets to a literal, and those of its classes, by their full names."""
    for statement in block:
        if isinstance(statement, ast.ClassDef):
            yield from constants(statement.body, f"{owner}{statement.name}.")
        elif isinstance(statement, ast.Assign | ast.AnnAssign) and statement.value:
            targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
            with suppress(ValueError):
                value = ast.literal_eval(statement.value)
                yield from ((owner + target.id, value) for target in targets if isinstance(target, ast.Name))


def nested(code: CodeType) -> Iterator[CodeType]:
    """The functions and classes in compiled code, and the functions in these."""
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield constant
            yield from nested(constant)


def walk(node: ast.AST) -> Iterator[ast.AST]:
    """All nodes of a syntax tree, except the blocks that only a type checker reads."""
    yield node
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.If) and "TYPE_CHECKING" in (getattr(child.test, name, "") for name in ("id", "attr")):
            for other in child.orelse:
                yield from walk(other)
        else:
            yield from walk(child)


def imported(statement: ast.Import | ast.ImportFrom, package: str) -> Iterator[str]:
    """The full names of what a statement in a file of a package imports."""
    if isinstance(statement, ast.Import):
        yield from (alias.name for alias in statement.names)
    else:
        relative = "." * statement.level + (statement.module or "")
        module = resolve_name(relative, package) if statement.level and package else relative.lstrip(".")
        yield module
        yield from (f"{module}.{alias.name}" for alias in statement.names)


def syntax(tree: ast.Module) -> str:
    """The syntax tree as text, without comments, formatting and texts that stand alone, such as docstrings."""
    for node in ast.walk(tree):
        for block in ("body", "orelse", "finalbody"):
            if isinstance(statements := getattr(node, block, None), list):
                setattr(node, block, [statement for statement in statements if not is_text(statement)])
    return ast.dump(tree)


def is_text(statement: ast.stmt) -> bool:
    """Whether a statement is only a text."""
    value = statement.value if isinstance(statement, ast.Expr) else None
    return isinstance(value, ast.Constant) and isinstance(value.value, str)
