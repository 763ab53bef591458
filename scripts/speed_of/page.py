"""The page of measured speed, docs/performance.md: a section per benchmark, written when it runs."""

import json
import platform
import re
from datetime import date
from importlib.metadata import version
from inspect import cleandoc
from pathlib import Path
from typing import Any

from rich.table import Table

NUMBERS = Path(__file__).parents[2] / "docs" / "performance.json"
"""the same tables, for programs"""
PAGE = Path(__file__).parents[2] / "docs" / "performance.md"
MODULES = {
    "bandits": "bandits",
    "tabular": "mdps",
    "linear": "linear",
    "stepping": "mdps",
    "planning": "planning",
    "layers": "networks",
    "training": "networks",
    "deep": "deep",
}
"""the module of `speed_of` with the function of every benchmark, in the order of the page"""
TITLES = {
    "bandits": "Bandits",
    "tabular": "Learning with tables",
    "linear": "Linear function approximation",
    "stepping": "Finite MDPs",
    "planning": "Planners",
    "layers": "Layers",
    "training": "Training loops",
    "deep": "Deep agents",
}


def write(name: str, about: str, table: Table, words: str) -> None:
    """Write the section of a benchmark into the page, in place of the one that is there, and its numbers."""
    PAGE.write_text(
        with_section(PAGE.read_text(encoding="utf-8"), name, section(about, table, words)), encoding="utf-8"
    )
    numbers = json.loads(NUMBERS.read_text(encoding="utf-8")) if NUMBERS.exists() else {}
    numbers[name] = as_data(table) | {"date": f"{date.today()}", "machine": machine(), "command": words}
    NUMBERS.write_text(json.dumps(numbers, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    print(PAGE, NUMBERS, sep="\n")


def as_data(table: Table) -> dict[str, Any]:
    """The title, the note and the rows of a table, each a cell by heading."""
    headings = [str(column.header) for column in table.columns]
    rows = zip(*([str(cell) for cell in column.cells] for column in table.columns), strict=True)
    found = [dict(zip(headings, cells, strict=True)) for cells in rows]
    return {"title": str(table.title or ""), "note": str(table.caption or ""), "rows": found}


def with_section(page: str, name: str, text: str) -> str:
    """The page with another text under the heading of a benchmark."""
    heading = f"## {TITLES[name]}\n"
    return re.sub(rf"^{heading}.*?(?=^## |\Z)", lambda _: f"{heading}\n{text}\n", page, flags=re.DOTALL | re.MULTILINE)


def section(about: str, table: Table, words: str) -> str:
    """What was measured, where, when and by which command, and the table."""
    title, note = (f"{one}." if one else "" for one in (table.title, table.caption))
    when = f"{date.today():%-d %B %Y}, {machine()}: `python scripts/benchmark.py {words}`"
    return "\n\n".join([cleandoc(about), markdown(table), f"{title} {note}".strip(), when]) + "\n"


def markdown(table: Table) -> str:
    """A table of rich's as Markdown."""
    line = ["--:" if column.justify == "right" else "---" for column in table.columns]
    rows = zip(*([str(cell) for cell in column.cells] for column in table.columns), strict=True)
    lines = [[str(column.header) for column in table.columns], line, *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def machine() -> str:
    """The processor, and the versions on which speed depends most."""
    packages = ", ".join(f"{name} {version(name)}" for name in ("numpy", "numba"))
    return f"{processor()}, Python {platform.python_version()}, {packages}"


def processor() -> str:
    """The name of the processor, as the system tells it."""
    facts = Path("/proc/cpuinfo")
    named = re.search(r"^model name\s*: (.+)$", facts.read_text(), re.MULTILINE) if facts.exists() else None
    return named[1] if named else platform.processor() or platform.machine()
