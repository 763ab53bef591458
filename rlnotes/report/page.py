"""The page of a comparison for the browser: one file without links to other files."""

from collections.abc import Sequence
from importlib.resources import files
from itertools import groupby
from math import log
from pathlib import Path
from typing import Any, NamedTuple

from jinja2 import Environment, PackageLoader, StrictUndefined

from rlnotes.analysis.applicable_bounds import BoundAtTheEnd
from rlnotes.analysis.comparison_row import Line, Row
from rlnotes.analysis.labels import flat, heading, listed, short_number
from rlnotes.analysis.sentences import sentences
from rlnotes.analysis.tables import heading_of
from rlnotes.base.docstrings import glossary
from rlnotes.report.charts import charts
from rlnotes.report.citation import bibtex
from rlnotes.report.course import courses
from rlnotes.report.maps import maps
from rlnotes.report.win_rates import win_rates
from rlnotes.settings import Plot
from rlnotes.simulation.result import PlanFacts

MAIN = (
    "label",
    "metric",
    "mean",
    "low",
    "high",
    "difference_mean",
    "p_value",
    "beats_best_mean",
    "runs",
    "steps_per_second",
    "start_value",
    "bound",
)
"""columns of comparison.csv that the table shows at first"""


FORMATS = {"latex": "LaTeX", "markdown": "Markdown", "csv": "CSV"}
"""how the formats of the table are spelt"""


RECORDS = (Line, PlanFacts)
"""the typed records that have the columns of comparison.csv"""
NAMED = 4
"""agents and environments up to which the heading names them"""


class Origin(NamedTuple):
    """Where a comparison comes from."""

    command: str | None
    """None from Python"""
    date: str


class Number(NamedTuple):
    """A cell of the table."""

    exact: str
    """as comparison.csv has it"""
    short: str


def write_page(
    file: Path,
    rows: Sequence[Row],
    plot: Plot,
    origin: Origin,
    bounds: Sequence[BoundAtTheEnd],
    formats: dict[str, str],
) -> None:
    """Write the page of the rows of a comparison. The same rows and the same origin give the same bytes.

    `bounds` are those of comparison.json, and `formats` the table as a text to copy, by the name of the format.
    """
    environment = Environment(
        loader=PackageLoader("rlnotes.report", "."),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.policies["json.dumps_kwargs"] = {"separators": (",", ":")}
    _, chosen = heading([row.settings for row in rows])
    records = [row.record() for row in rows]
    columns = list(dict.fromkeys(key for record in records for key in record))
    by_metric = {metric: [row for row in rows if row.metric == metric] for metric in sorted({r.metric for r in rows})}
    meanings = glossary(*RECORDS)
    text = environment.get_template("page.html").render(
        style=resource("page.css"),
        script=resource("page.js"),
        what=named(records),
        chosen=chosen,
        origin=origin,
        settings={row.label: listed(flat(row.settings)) for row in rows},
        columns={name: meanings[name] for name in columns},
        main=MAIN,
        lines=[{name: number(record.get(name)) for name in columns} for record in records],
        metrics={
            metric: {
                "sentences": list(sentences(group)),
                "charts": {
                    kind: list(drawn) for kind, drawn in groupby(charts(group, metric, plot), lambda one: one["kind"])
                },
                "win_rates": list(win_rates(group)),
                "maps": list(maps(group, metric)),
                "courses": list(courses(group)) if metric == "return" else [],
            }
            for metric, group in by_metric.items()
        },
        bounds=bounds,
        short=short_number,
        heading=heading_of,
        height=lambda bound: height(bound, next(row for row in rows if row.label == bound["row"])),
        formats={**{FORMATS[name]: text for name, text in formats.items()}, "BibTeX": bibtex()},
    )
    file.write_text(text, encoding="utf-8")


def named(records: Sequence[Line]) -> str:
    """The agents and the environments, or how many there are."""
    parts = []
    for kind, names in (("agents", [r["agent"] for r in records]), ("environments", [r["env"] for r in records])):
        different = list(dict.fromkeys(names))
        parts.append(", ".join(different) if len(different) <= NAMED else f"{len(different)} {kind}")
    return " on ".join(parts)


def height(bound: BoundAtTheEnd, row: Row) -> str:
    """The value of a bound on the regret of a row after its last step; of a slope, the slope."""
    if bound["about"] != "slope":
        return short_number(bound["value"])
    n = int(row.result.data["steps"][-1])
    return f"{short_number(bound['value'] / log(n)) if n > 1 else '?'} log n, a slope and no height"


def resource(name: str) -> str:
    """The text of a file beside this one."""
    return (files("rlnotes.report") / name).read_text(encoding="utf-8")


def number(value: Any) -> Number:
    """A value of comparison.csv as it is there, and short."""
    if value is None:
        return Number("", "")
    if isinstance(value, bool):
        return Number(str(value), "yes" if value else "no")
    if isinstance(value, int):
        return Number(str(value), f"{value:,}")
    return Number(str(value), short_number(value) if isinstance(value, float) else str(value))
