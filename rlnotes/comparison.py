"""Agents compared: every cell run, labelled by what differs, tabled, drawn and kept."""

import csv
import io
import itertools
import json
import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from rlnotes import catalog
from rlnotes.agents.agent import Agent
from rlnotes.experiment import Cell, Environment
from rlnotes.results import Result, Store, number
from rlnotes.statistics import Estimate, estimate, paired_difference


def compare(
    agents: Agent | str | Sequence[Agent | str],
    envs: Environment | str | Sequence[Environment | str] = "gaussian_bandit",
    *,
    steps: int = Cell.steps,
    runs: int = Cell.runs,
    seed: int | Sequence[int] = Cell.seed,
    results: str | Path | None = None,
    progress: bool = True,
) -> "Comparison":
    """Run every agent on every environment and compare them.

    Agents and environments are objects or names (`UCB(delta=0.01)`, "ucb", "CartPole-v1"). With a folder as `results`
    every cell is kept there and never computed twice. Raises `SettingError` where a setting cannot be.
    """
    cells = [
        Cell(agent, env, steps, runs, one)
        for env in [catalog.make("env", e) if isinstance(e, str) else e for e in several(envs)]
        for agent in [catalog.make("agent", a) if isinstance(a, str) else a for a in several(agents)]
        for one in several(seed)
    ]
    store = None if results is None else Store(results)
    return Comparison([run(cell, store, progress) for cell in cells])


def several(one_or_more: Any) -> list[Any]:
    """A list of one thing or of several."""
    return list(one_or_more) if isinstance(one_or_more, list | tuple | range) else [one_or_more]


def run(cell: Cell, store: Store | None = None, progress: bool = True) -> Result:
    """The result of a cell: the one that is kept in `store`, or else a new one, which is kept there."""
    kept = store.find(cell.name, cell.settings) if store else None
    with progress_bar(f"{cell}{' (kept)' if kept else ''}", cell.steps * cell.runs, visible=progress) as advance:
        if kept:
            advance(cell.steps * cell.runs)
            return kept
        result = cell.simulate(advance)
    if store:
        store.save(cell.name, result)
    return result


@contextmanager
def progress_bar(text: str, total: int, visible: bool) -> Iterator[Callable[[int], None]]:
    """A bar on standard error with the share of the work that is done, and the time that is left."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.percentage:3.0f} %"),
        TimeRemainingColumn(elapsed_when_finished=True),
    )
    with Progress(*columns, console=Console(stderr=True), disable=not visible) as bar:
        task = bar.add_task(text, total=total)
        yield lambda steps: bar.advance(task, steps)


@dataclass
class Row:
    """One line of a comparison: cells that differ in nothing but the seed, pooled."""

    label: str
    result: Result
    seeds: list[int]
    estimate: Estimate
    """of the metric, over all runs"""
    difference: Estimate | None = None
    """to the best agent under equal luck, run by run; None where there is no such agent, or it is itself"""
    best: bool = False

    @property
    def luck(self) -> str:
        """Rows of the same luck met the same problem instances and noise."""
        settings = self.result.settings
        return json.dumps([settings["env"], settings["steps"], settings["runs"], self.seeds])

    @property
    def runs(self) -> int:
        return len(self.result.outcome)

    def record(self) -> dict[str, Any]:
        """The line of comparison.csv."""
        settings, nothing = self.result.settings, Estimate(*[np.nan] * 4)
        return {
            "label": self.label,
            "agent": settings["agent"]["name"],
            "env": settings["env"]["name"],
            "seeds": " ".join(map(str, self.seeds)),
            "runs": self.runs,
            "steps": settings["steps"],
            "metric": self.result.metric,
            **{key: number(value) for key, value in self.estimate._asdict().items()},
            **{f"difference_{key}": number(value) for key, value in (self.difference or nothing)._asdict().items()},
            "best": self.best,
            "steps_per_second": settings["steps"] * self.runs / self.result.seconds,
        }


class Comparison:
    """Results side by side.

    `results` are the labelled arrays, label to `Result`; `print(comparison)` is the table; `plot()` the figure.
    """

    def __init__(self, results: Sequence[Result]) -> None:
        pools: dict[str, list[Result]] = {}
        for result in results:
            pool = pools.setdefault(json.dumps({**result.settings, "seed": None}), [])
            if all(result.settings["seed"] != other.settings["seed"] for other in pool):
                pool.append(result)
        labels = label([pool[0].settings for pool in pools.values()])
        self.rows = [row(name, pool) for name, pool in zip(labels, pools.values(), strict=True)]
        self.results = {row.label: row.result for row in self.rows}
        for luck in {row.luck for row in self.rows}:
            find_best([row for row in self.rows if row.luck == luck])

    def __getitem__(self, label: str) -> Result:
        return self.results[label]

    @property
    def metrics(self) -> list[str]:
        """The metrics that occur, each of which has a table and a figure of its own."""
        return sorted({row.result.metric for row in self.rows})

    def table(self, metric: str) -> Table:
        """The rows of one metric: mean with 95 % interval, difference to the best under equal luck, speed."""
        rows = [row for row in self.rows if row.result.metric == metric]
        table = Table("")
        for heading in (f"{metric} ± 95 %", "paired difference", "runs", "steps a second"):
            table.add_column(heading, justify="right")
        for row in rows:
            difference = "best" if row.best else plus_minus(row.difference) if row.difference else "–"
            speed = f"{row.record()['steps_per_second']:,.0f}"
            table.add_row(row.label, plus_minus(row.estimate), difference, f"{row.runs:,}", speed)
        return table

    def __str__(self) -> str:
        console = Console(file=io.StringIO(), width=120)
        for metric in self.metrics:
            console.print(common([row for row in self.rows if row.result.metric == metric]))
            console.print(self.table(metric))
        return console.file.getvalue()  # type: ignore[attr-defined]

    def plot(self, metric: str | None = None, log_x: bool = False) -> Any:
        """A matplotlib figure of the metric (the first, unless named) with 95 % bands, against steps or episodes."""
        from matplotlib import pyplot

        from rlnotes import plots

        figure = pyplot.figure(figsize=plots.SIZE, layout="constrained")
        plots.curves(figure, self, metric or self.metrics[0], log_x)
        return figure

    def save(self, store: Store, name: str, log_x: bool = False) -> Path:
        """Keep comparison.csv, comparison.json and the figures in a new folder of the store; its path."""
        from rlnotes import plots

        records = [row.record() for row in self.rows]

        def write(folder: Path) -> None:
            with (folder / "comparison.csv").open("w", newline="", encoding="utf-8") as file:
                writer = csv.DictWriter(file, records[0])
                writer.writeheader()
                writer.writerows(records)
            rows = [{**record, "settings": row.result.settings} for record, row in zip(records, self.rows, strict=True)]
            (folder / "comparison.json").write_text(json.dumps(rows, indent=2) + "\n", encoding="utf-8")
            for metric in self.metrics:
                plots.save(self, metric, folder, log_x)

        return store.publish(name, write)


def row(label: str, pool: list[Result]) -> Row:
    """The row of cells that differ in nothing but the seed."""
    pool = sorted(pool, key=lambda result: result.settings["seed"])
    result = Result.of_blocks(pool[0].settings, [r.data for r in pool], sum(r.seconds for r in pool))
    return Row(label, result, [r.settings["seed"] for r in pool], estimate(result.outcome))


def find_best(rows: list[Row]) -> None:
    """Mark the best of rows of equal luck and set the others' differences to it."""
    if len(rows) > 1:
        sign = 1 if rows[0].result.metric == "regret" else -1
        best = min(rows, key=lambda row: sign * row.estimate.mean)
        best.best = True
        for row in rows:
            if row is not best:
                row.difference = paired_difference(row.result.outcome, best.result.outcome)


def flat(settings: dict[str, Any]) -> dict[str, Any]:
    """Settings that say something to a reader, under their command-line names."""
    return {
        "agent": settings["agent"]["name"],
        "env": settings["env"]["name"],
        **{
            f"{group}.{key}": value
            for group in ("agent", "env")
            for key, value in settings[group].items()
            if key != "name"
        },
        "steps": settings["steps"],
        "runs": settings["runs"],
    }


def label(all_settings: list[dict[str, Any]]) -> list[str]:
    """Of each settings what differs from the others and nothing else: the agent, or a field of the same agent."""
    flats = [flat(settings) for settings in all_settings]

    def differs(key: str) -> bool:
        """Whether agents (or environments) of one name differ in this setting."""
        group = key.partition(".")[0]
        return any(
            a[key] != b[key]
            for a, b in itertools.combinations(flats, 2)
            if key in a and key in b and ("." not in key or a[group] == b[group])
        )

    keys = [key for key in dict.fromkeys(key for settings in flats for key in settings) if differs(key)]
    return [", ".join(named(key, settings[key]) for key in keys or ["agent"] if key in settings) for settings in flats]


def common(rows: list[Row]) -> str:
    """What all rows share, in a line."""
    first, *others = ({**flat(row.result.settings), "runs": row.runs} for row in rows)
    shared = {k: v for k, v in first.items() if v is not None and all(k in o and o[k] == v for o in others)}
    return ", ".join(named(key, value) for key, value in shared.items())


def named(key: str, value: Any) -> str:
    """A setting in words: the agent's and the environment's name, a number of steps or runs, or field=value."""
    if key in ("agent", "env"):
        return str(value)
    return f"{value:,} {key}" if key in ("steps", "runs") else f"{key.rpartition('.')[2]}={shown(value)}"


def shown(value: Any) -> str:
    """A setting's value as the command line has it, cut where it is long."""
    text = "null" if value is None else str(value).replace(" ", "")
    return text if len(text) <= 30 else text[:29] + "…"


def plus_minus(estimate: Estimate) -> str:
    """Mean ± half of the interval, with two digits of the latter."""
    half = estimate.high - estimate.mean
    if not half > 0:
        return f"{estimate.mean:.4g}" + (" ± 0" if half == 0 else "")
    digits = max(0, 1 - math.floor(math.log10(half)))
    return f"{estimate.mean:,.{digits}f} ± {half:.{digits}f}"
