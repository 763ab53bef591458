"""The docstrings under the names that a class annotates: its fields, or the keys of a typed record."""

import ast
import inspect
import itertools
import re
from collections.abc import Iterator
from textwrap import dedent

GAP = " " * 4
"""space that separates the parts of a formula"""
WIDTH = 95
"""characters of a line of a docstring that leaves no room for more words"""


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


def blocks(docstring: str) -> list[str]:
    """The paragraphs and formulas of a docstring.

    The source, and a setting at the beginning of a line, begin a paragraph.
    """
    return re.split(r"\n\s*\n", re.sub(r"\n(?=Source:|`\w+`: )", "\n\n", docstring.strip()))


def in_long_lines(docstring: str) -> str:
    """A docstring whose paragraphs have no line ends but those of lines that end early; formulas stay as they are."""
    return "\n\n".join(block if is_formula(block) else joined(block) for block in blocks(docstring))


def joined(block: str) -> str:
    """A paragraph whose lines end only where they end early."""
    ends = ["\n" if early else " " for early in ends_early(block)]
    return "".join(map("".join, zip(block.split("\n"), [*ends, ""], strict=True)))


def ends_early(block: str) -> list[bool]:
    """Whether a line ends although the next word fits into it, or before an item such as `gaussian: ...`.

    It says so of every line but the last.
    """
    return [
        len(line) + len(following.split()[0]) < WIDTH or bool(re.match(r"\w+: ", following))
        for line, following in itertools.pairwise(block.split("\n"))
    ]


def is_formula(block: str) -> bool:
    """Whether a paragraph is a formula, or a list of formulas, and no text.

    It has wide gaps; or it ends without a full stop, and has lines that end early, or begins with signs that stand
    before a relation, or with what is optimised.
    """
    before, relation, _ = re.split(r"( [=←≤<∝~∼]+ |$)", block.partition("\n")[0], maxsplit=1)
    words = re.search(r"\b[A-Za-z][a-z]{2,}\b", re.sub(r"(arg)?(max|min)|log|exp", "", before))
    begins = (relation and not words) or re.match(r"(minimise|maximise|min|max) ", block)
    return GAP in block or (not block.endswith(".") and bool(begins or any(ends_early(block))))
