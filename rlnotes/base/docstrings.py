"""The docstrings under the names that a class annotates: its fields, or the keys of a typed record."""

import ast
import inspect
import itertools
from collections.abc import Iterator
from textwrap import dedent


def annotated(node: ast.ClassDef) -> Iterator[tuple[ast.AnnAssign, ast.stmt | None]]:
    """The names that a class annotates, each with the statement after it."""
    for statement, following in itertools.zip_longest(node.body, node.body[1:]):
        if isinstance(statement, ast.AnnAssign):
            yield statement, following


def parsed_class(cls: type) -> ast.ClassDef:
    """The definition of a class that is loaded."""
    [node] = ast.parse(dedent(inspect.getsource(cls))).body
    assert isinstance(node, ast.ClassDef)
    return node


def glossary(*records: type) -> dict[str, str]:
    """The meaning of every key of typed records, without those of their bases."""
    return {
        ast.unparse(name.target): " ".join(str(following.value.value).split())
        for record in records
        for name, following in annotated(parsed_class(record))
        if isinstance(following, ast.Expr) and isinstance(following.value, ast.Constant)
    }
