"""The columns of a table in the formats that papers and pages take."""

import csv
import io
from collections.abc import Callable

Columns = dict[str, list[str]]
"""the cells of each column by its heading"""

LATEX = {
    "\\": r"\textbackslash{}",
    "±": r"$\pm$",
    "−": "$-$",
    "²": "$^2$",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    **{symbol: f"\\{symbol}" for symbol in "&%$#_{}"},
    "σ": r"$\sigma$",
    "γ": r"$\gamma$",
    "ε": r"$\varepsilon$",
}
"""characters that LaTeX reads in another way, or that its usual fonts do not have"""


def lines_of(columns: Columns) -> list[list[str]]:
    """The headings, and below them the cells of each row."""
    return [list(columns), *map(list, zip(*columns.values(), strict=True))]


def markdown(columns: Columns) -> str:
    """A table in Markdown."""
    first, *others = [[cell.replace("|", r"\|") for cell in line] for line in lines_of(columns)]
    rule = ["---" if not heading else "---:" for heading in first]
    return "".join(f"| {' | '.join(line)} |\n" for line in (first, rule, *others))


def latex(columns: Columns) -> str:
    r"""A table in LaTeX, which needs \usepackage{booktabs}."""
    first, *others = ["  " + " & ".join(map(escaped, line)) + r" \\" for line in lines_of(columns)]
    kinds = "l" + "r" * (len(columns) - 1)
    body = [rf"\begin{{tabular}}{{{kinds}}}", r"  \toprule", first, r"  \midrule", *others, r"  \bottomrule"]
    return "\n".join([*body, r"\end{tabular}", ""])


def escaped(text: str) -> str:
    """A text in LaTeX."""
    return "".join(LATEX.get(character, character) for character in text)


def as_csv(columns: Columns) -> str:
    """A table with commas between its cells."""
    written = io.StringIO()
    csv.writer(written, lineterminator="\n").writerows(lines_of(columns))
    return written.getvalue()


FORMATS: dict[str, Callable[[Columns], str]] = {"latex": latex, "markdown": markdown, "csv": as_csv}
"""the formats by name"""
