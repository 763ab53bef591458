"""Print the map of the notes: the code and the tests of each note, with their whole names.

    python scripts/notes.py            all notes
    python scripts/notes.py 1.4 1.5    these notes, in plain lines

Code belongs to a note if its docstring cites it, as [notes 3.1, 3.2] or [notes 1.4 to 1.6]. A test also belongs to a
note if its name or the docstring of its file cites it. Exits with 1 if a note of NOTES.md has no code or no test.
"""

import ast
import re
import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from rich.console import Console
from rich.table import Table

ROOT = Path(__file__).parents[1]
NOTE = re.compile(r"(\d)[._](\d+)(?:(?: to |_to_)(\d)[._](\d+))?")


def numbers(text: str) -> Iterator[str]:
    """The notes in a text such as `1.2, 1.4 to 1.6`."""
    for section, first, _, last in NOTE.findall(text):
        yield from (f"{section}.{number}" for number in range(int(first), int(last or first) + 1))


def cited(docstring: str | None) -> set[str]:
    """The notes that a docstring cites."""
    return {number for bracket in re.findall(r"\[notes ([^]]*)\]", docstring or "") for number in numbers(bracket)}


def definitions(path: Path) -> Iterator[tuple[str, str | None]]:
    """Whole names, such as rlnotes/nn/vae.py::VAE.kl, and docstrings of a file, its classes, functions and methods."""
    tree, file = ast.parse(path.read_text(encoding="utf-8")), str(path.relative_to(ROOT))
    yield file, ast.get_docstring(tree)
    yield from inside(tree, f"{file}::")


def inside(tree: ast.AST, owner: str) -> Iterator[tuple[str, str | None]]:
    """The same of what a file or class defines."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.ClassDef | ast.FunctionDef):
            yield owner + node.name, ast.get_docstring(node)
        if isinstance(node, ast.ClassDef):
            yield from inside(node, f"{owner}{node.name}.")


def code() -> dict[str, list[str]]:
    """Classes, functions and methods of each note."""
    found = defaultdict(list)
    for folder in ("envs", "agents", "rlnotes"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            for name, docstring in definitions(path):
                for number in cited(docstring) if "::" in name else ():
                    found[number].append(name)
    return found


def tests() -> dict[str, list[str]]:
    """Tests of each note."""
    found = defaultdict(list)
    for path in sorted((ROOT / "tests").rglob("test_*.py")):
        for name, docstring in definitions(path):
            test = name.rpartition("::")[2]
            named = numbers(test.removeprefix("test_notes_")) if test.startswith("test_notes_") else ()
            for number in cited(docstring) | set(named):
                found[number].append(name)
    return found


def main(*chosen: str) -> int:
    """Print the map, or what belongs to the chosen notes."""
    there = re.findall(r"^- \*\*(\d\.\d+)\*\*", (ROOT / "NOTES.md").read_text(encoding="utf-8"), re.MULTILINE)
    by_code, by_test = code(), tests()
    table = Table(show_lines=True)
    for heading in ("note", "code", "tests"):
        table.add_column(heading, overflow="fold")
    if unknown := [number for number in chosen if number not in there]:
        print(f"note {unknown[0]}: unknown; NOTES.md has {', '.join(there)}", file=sys.stderr)
        return 2
    for number in chosen:
        print(f"{number}", *(f"  {name}" for name in (*by_code[number], *by_test[number])), sep="\n")
    if chosen:
        return 0
    missing = []
    for number in there:
        table.add_row(number, "\n".join(by_code[number]), "\n".join(by_test[number]))
        if not by_code[number] or not by_test[number]:
            missing.append(number)
    Console().print(table)
    if missing:
        print(f"without code or without a test: {', '.join(missing)}", file=sys.stderr)
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
