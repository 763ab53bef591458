"""Compute numbers of theory and literature with this project, and compare them.

    python scripts/reproduce.py [NAME ...]     an area, or a part of a name; without one: all numbers

The areas are bandits, planning, learning (with tables), linear (values that are linear in features), layers,
generative and deep (the last three need the extra `deep`). A number comes out if ours differs from the published one by
at most four standard errors of the difference, the rounding of the published number, and our proved bound together. By
chance a right number does not come out with probability 6.4e-5.
Exits with 1 if a number does not come out, and with 2 if a name is unknown.
"""

import argparse
import difflib
import sys
import textwrap
import time
from collections.abc import Iterable, Sequence
from importlib import import_module
from importlib.util import find_spec
from itertools import groupby
from pathlib import Path
from typing import NamedTuple

from reproduced.number import Found, Number
from rich.console import Console
from rich.progress import track
from rich.table import Table

AREAS = ["bandits", "planning", "learning", "linear"]
if find_spec("torch"):
    AREAS += ["layers", "generative", "deep"]
"""modules of `reproduced`, each with its `NUMBERS`"""
PAGE = Path(__file__).parents[1] / "docs" / "reproduced.md"
RIGHT = "published or exact", "ours", "standard error or bound", "seconds"
"""columns of numbers"""
COLUMNS = "area", "number", "source", "published or exact", "ours", "standard error or bound", "seconds", "verdict"


class Row(NamedTuple):
    """A number of an area, what we found, and in how many seconds."""

    area: str
    number: Number
    found: Found
    seconds: float

    @property
    def agrees(self) -> bool:
        return self.number.agrees(self.found)

    @property
    def cells(self) -> list[str]:
        """The row of the table."""
        value, error, bound = self.found
        doubt = f"± {error:.2g}" if error else f"≤ {bound:.2g}" if bound else ""
        verdict = "agrees" if self.agrees else "differs"
        return [*facts(self.area, self.number), f"{value:.6g}", doubt, f"{self.seconds:.2f}", verdict]


def facts(area: str, number: Number) -> list[str]:
    """The cells of a row that are known before anything is computed."""
    return [area, number.name, number.source, number.shown]


def every_number() -> list[tuple[str, Number]]:
    """All numbers, with their areas."""
    return [(area, number) for area in AREAS for number in import_module(f"reproduced.{area}").NUMBERS]


def chosen(words: list[str], numbers: list[tuple[str, Number]]) -> list[tuple[str, Number]]:
    """The numbers of these areas and names; exits with 2 if there are none for a word."""
    for word in words:
        if not any(matches(word, area, number) for area, number in numbers):
            known = {part for _, number in numbers for part in number.name.lower().replace(":", " ").split()}
            near = difflib.get_close_matches(word.lower(), [*AREAS, *sorted(known)], n=3, cutoff=0.6)
            hint = f"; near: {', '.join(near)}" if near else ""
            print(f"reproduce: {word}: no such area or name{hint}; the areas are {', '.join(AREAS)}", file=sys.stderr)
            sys.exit(2)
    return [(area, number) for area, number in numbers if not words or any(matches(w, area, number) for w in words)]


def matches(word: str, area: str, number: Number) -> bool:
    """Whether a word is the area, or a part of the name."""
    return word.lower() == area or word.lower() in number.name.lower()


def computed(area: str, number: Number) -> Row:
    """Compute a number."""
    begin = time.perf_counter()
    found = number.ours()
    return Row(area, number, found, time.perf_counter() - begin)


def summary(rows: list[Row]) -> str:
    """How many numbers come out, in how many seconds, and why others do not."""
    wrong = [row for row in rows if not row.agrees]
    seconds = sum(row.seconds for row in rows)
    lines = [f"{len(rows) - len(wrong)} of {len(rows)} numbers come out; {seconds:.0f} seconds."]
    return "\n".join([*lines, *(f"- {row.number.name} differs. {row.number.note}" for row in wrong)])


def markdown(rows: Iterable[Iterable[str]], columns: Sequence[str] = COLUMNS) -> str:
    """The table as Markdown."""
    lines = [columns, ["--:" if column in RIGHT else "---" for column in columns], *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def page(rows: list[Row]) -> str:
    """The text of docs/reproduced.md."""
    lines = (__doc__ or "").partition("\n\n")[2]
    rule = " ".join(textwrap.dedent(lines.partition("\n\n")[2]).partition("Exits")[0].split())
    begin = "# Numbers of theory and literature\n\n`python scripts/reproduce.py --write` wrote this page."
    return f"{begin} {rule}\n\n{summary(rows)}\n\n{sections(row.cells for row in rows)}\n"


def sections(rows: Iterable[list[str]]) -> str:
    """A section with a table for each area; the rows of an area stand together."""
    by_area = groupby(rows, lambda cells: cells[0])
    parts = (
        f"## {area.capitalize()}\n\n{markdown((line[1:] for line in lines), COLUMNS[1:])}" for area, lines in by_area
    )
    return "\n\n".join(parts)


def main() -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="NAME", help="an area, or a part of a name")
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--markdown", action="store_true", help="print the table as Markdown")
    form.add_argument("--write", action="store_true", help=f"write all numbers into docs/{PAGE.name}")
    options = parser.parse_args()
    if options.write and (options.names or "deep" not in AREAS):
        parser.error("--write needs all numbers: no NAME, and the extra deep")
    numbers = chosen(options.names, every_number())
    waiting = {"console": Console(stderr=True), "transient": True, "disable": not sys.stderr.isatty()}
    rows = [computed(*one) for one in track(numbers, "computing", **waiting)]
    if options.write:
        PAGE.write_text(page(rows), encoding="utf-8")
        print(PAGE)
    elif options.markdown:
        print(markdown(row.cells for row in rows))
    else:
        table = Table(*COLUMNS)
        for row in rows:
            table.add_row(*row.cells, style="" if row.agrees else "bold")
        Console(width=None if sys.stdout.isatty() else 200).print(table)
    if not options.markdown:
        print(summary(rows))
    return 0 if all(row.agrees for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
