"""The page of results: every number that is stored, from the typed records and their docstrings."""

import ast
from collections.abc import Iterator

from pages_of.page import escaped, table, write
from rlnotes.base.docstrings import annotated
from rlnotes.cli import help

BEGIN = """# Results

A comparison leaves two kinds of folders in `results/`. Names in brackets are the axes of an array.

- `results/cells/<agent>-<env>-<hash>/` is a cell, one agent on one environment: `config.yaml`, `data.npz`,
  `summary.json` and `SHA256SUMS`.
- `results/<date>-<time>-<agents>-<environments>/` is a comparison: `comparison.csv`, `comparison.json`,
  `report.html` and the figures.
  Of plans there are `value.csv` and `policy.csv`, a line per plan and state, with the names of states and actions if
  the environment is a [model in a file](../how_to/own_model.md).

`config.yaml` has all settings of the cell, the values that the agent took from the environment (`inferred`), and the
digests of the code that computed it. `SHA256SUMS` has the checksums of the other files.
[Results in pandas](../how_to/results_in_pandas.md) shows how to read them.
"""
HOW = {
    "PerRun": "one row per run",
    "PerBlock": "one row per block of 1,000 runs",
    "MeanOverRuns": "mean over the runs",
    "Shared": "the same for all runs",
    "OfFirstBlock": "of the first 1,000 runs alone",
}
"""what the annotations of `Record` say about an array"""
RECORDS = {
    "data.npz": "rlnotes.base.record:Record",
    "summary.json": "rlnotes.simulation.result:Summary",
    "comparison.csv": "rlnotes.analysis.comparison_row:Line",
}
"""the typed record of every file"""


def pages() -> None:
    """Write the page of results."""
    parts = [BEGIN]
    for file, place in RECORDS.items():
        rows = table(["name", "what it is", "meaning"], list(keys(place)))
        parts.append(f"## {file}\n\n{escaped(help.docstring(place))}\n\n{rows}")
    write("results", "\n".join(parts))


def keys(place: str) -> Iterator[list[str]]:
    """Name, type and meaning of every key of a typed record, those of its base last."""
    node, module = help.definition(place)
    for name, following in annotated(node):
        assert isinstance(following, ast.Expr)
        kind, meaning = ast.unparse(name.annotation), " ".join(ast.literal_eval(following.value).split())
        yield [f"`{ast.unparse(name.target)}`", HOW.get(kind) or in_words(name.annotation), escaped(meaning)]
    for base in node.bases:
        if (name := ast.unparse(base)) != "TypedDict":
            yield from keys(f"{module_of(name, module) or place.partition(':')[0]}:{name}")


def module_of(name: str, module: ast.Module) -> str | None:
    """The module from which another one imports a name; None if it defines the name itself."""
    imports = (node for node in module.body if isinstance(node, ast.ImportFrom))
    return next((node.module for node in imports if name in {alias.name for alias in node.names}), None)


def in_words(annotation: ast.expr) -> str:
    """A type in words."""
    listed = ast.unparse(annotation).startswith("list")
    return "a list of numbers" if listed else help.kind_in_words(annotation)
