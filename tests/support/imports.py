"""The modules of the project, and the modules that each one imports."""

import ast
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]


def named(parent, folder):
    """The modules below a folder by their names; a package is the module of its `__init__.py`."""
    for path in folder.rglob("*.py"):
        parts = path.relative_to(folder).with_suffix("").parts
        yield ".".join((parent, *parts)).removesuffix(".__init__"), path


MODULES = {
    **dict(named("rlnotes", ROOT / "rlnotes")),
    **dict(named("rlnotes.envs", ROOT / "envs")),
    **dict(named("rlnotes.agents", ROOT / "agents")),
}
"""every module of rlnotes, by name"""


@cache
def parsed(path):
    """The syntax tree of a file."""
    return ast.parse(path.read_text(encoding="utf-8"))


def at_run_time(node):
    """All nodes of a syntax tree, except the blocks for type checkers."""
    if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
        return
    yield node
    for child in ast.iter_child_nodes(node):
        yield from at_run_time(child)


def imports(path):
    """Names that a file imports, anywhere in it, as module.name."""
    for node in at_run_time(parsed(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def imported(module):
    """The modules of rlnotes that a module imports."""
    found = set()
    for name in imports(MODULES[module]):
        module_or_owner = name if name in MODULES else name.rpartition(".")[0]
        if module_or_owner in MODULES:
            found.add(module_or_owner)
    return found - {module}
