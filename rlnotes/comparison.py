"""Agents compared: every cell run, labelled by what differs, tabled, drawn and kept."""

import csv
import io
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table

from rlnotes import catalog
from rlnotes.agents.base.agent import Agent
from rlnotes.analysis.comparison_row import Row, compare_to_best
from rlnotes.analysis.labels import common, labels, lessons, plus_minus, undecided
from rlnotes.base.errors import SettingError
from rlnotes.envs.base.environment import Environment
from rlnotes.settings import Plot, Settings
from rlnotes.simulation.cell import Cell
from rlnotes.simulation.result import PLANNED, Result
from rlnotes.simulation.run import run
from rlnotes.simulation.store import Store

LABEL = 26
"""characters of a label that are not folded"""


def compare(
    agents: Agent | str | Sequence[Agent | str],
    envs: Environment | str | Sequence[Environment | str] = "gaussian_bandit",
    *,
    steps: int = Cell.steps,
    episodes: int | None = Cell.episodes,
    runs: int = Cell.runs,
    seed: int | Sequence[int] = Cell.seed,
    precision: float | None = Cell.precision,
    results: str | Path | None = None,
    checkpoint: int | None = Settings.checkpoint,
    tensorboard: bool = Settings.tensorboard,
    progress: bool = True,
) -> "Comparison":
    """Run every agent on every environment, for so many steps of every run, or episodes, and compare them.

    Agents and environments are objects or names (`UCB(delta=0.01)`, "ucb", "CartPole-v1"). With a folder as `results`
    every cell is kept there and never computed twice, and with a `checkpoint` after so many steps of a run one that was
    stopped goes on from the last one, where the agent can; with `tensorboard` models of stable-baselines3 that learn
    now write there how they do. Raises `SettingError` where a setting cannot be.
    """
    cells = [
        Cell(agent, env, steps, runs, one, episodes, precision)
        for env in [catalog.make("env", e) if isinstance(e, str) else e for e in several(envs)]
        for agent in [catalog.make("agent", a) if isinstance(a, str) else a for a in several(agents)]
        for one in several(seed)
    ]
    for setting, value in {"checkpoint": checkpoint, "tensorboard": tensorboard}.items():
        if value and results is None:
            raise SettingError(setting, value, "needs results, the folder to keep it in")
    store = None if results is None else Store(results, checkpoint, tensorboard)
    return Comparison([run(cell, store, progress) for cell in cells])


def several(one_or_more: Any) -> list[Any]:
    """A list of one thing or of several."""
    return list(one_or_more) if isinstance(one_or_more, list | tuple | range) else [one_or_more]


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
        names = labels([pool[0].settings for pool in pools.values()])
        metrics = {metric for result in results for metric in (result.metric, "greedy_return")}
        self.rows = [
            Row.of(name, pool, metric)
            for name, pool in zip(names, pools.values(), strict=True)
            for metric in pool[0].metrics
            if metric in metrics
        ]
        lucks = list(dict.fromkeys(row.luck for row in self.rows))
        self.rows.sort(key=lambda row: lucks.index(row.luck))
        self.results = {row.label: row.result for row in self.rows}
        for luck in lucks:
            for metric in metrics:
                compare_to_best([row for row in self.rows if (row.luck, row.metric) == (luck, metric)])

    def __getitem__(self, label: str) -> Result:
        if label not in self.results:
            raise KeyError(f"{label}; there is {'; '.join(self.results)}")
        return self.results[label]

    @property
    def metrics(self) -> list[str]:
        """The metrics that occur, each of which has a table and a figure of its own."""
        return sorted({row.metric for row in self.rows})

    def table(self, metric: str) -> Table:
        """The rows of one metric: mean with 95 % interval, difference to the best under equal luck, speed.

        "beats it" is how often one does better than the best in a run with the same luck; a tie is half.
        Of plans also the value from the start, its error bound, and what it took.
        """
        rows = [row for row in self.rows if row.metric == metric]
        columns = {
            "": [row.label for row in rows],
            **(planned(rows, metric) if metric in PLANNED else {}),
            f"{'realized' if metric in PLANNED else metric} ± 95 %": [plus_minus(row.estimate) for row in rows],
            "paired difference": [
                plus_minus(row.difference.estimate) if row.difference else "best" * row.best for row in rows
            ],
            "beats it": [
                f"{100 * row.beats_best.mean:.0f} %" if row.beats_best and metric not in PLANNED else "" for row in rows
            ],
            "runs": [f"{row.runs:,}" for row in rows],
            "steps a second": [f"{row.result.steps_per_second:,.0f}" * (metric not in PLANNED) for row in rows],
        }
        table = Table()
        shown = {heading: cells for heading, cells in columns.items() if any(cells)}
        for heading, words in shown.items():  # where there is little room headings are wrapped before short labels
            short = not heading and max(map(len, words)) <= LABEL
            table.add_column(heading, justify="right" if heading else "left", overflow="fold", no_wrap=short)
        for i, cells in enumerate(zip(*shown.values(), strict=True)):
            ends_a_comparison = i + 1 < len(rows) and rows[i].luck != rows[i + 1].luck and any(row.best for row in rows)
            table.add_row(*cells, end_section=ends_a_comparison)
        return table

    def __str__(self) -> str:
        return self.text()

    def text(self, width: int = 120) -> str:
        """The tables, at most so many characters wide."""
        console = Console(file=io.StringIO(), width=width, markup=False)
        for metric in self.metrics:
            console.print(common([row.pooled for row in self.rows if row.metric == metric]))
            console.print(self.table(metric))
            rows = [row for row in self.rows if row.metric == metric]
            for sentence in [*undecided(rows), *lessons(rows)]:
                console.print(sentence)
        return console.file.getvalue()  # type: ignore[attr-defined]

    def plot(self, metric: str | None = None, **settings: Any) -> Any:
        """A matplotlib figure of the metric (the first, unless named) with 95 % bands, against steps or episodes.

        `settings` are those of `plot.` on the command line.
        """
        from matplotlib import pyplot

        from rlnotes.figures import curves

        figure = pyplot.figure(figsize=curves.SIZE, layout="constrained")
        curves.draw(figure, self, metric or self.metrics[0], Plot(**settings))
        return figure

    def save(self, store: Store, name: str, plot: Plot | None = None) -> Path:
        """Keep comparison.csv, comparison.json and the figures in a new folder of the store; its path."""
        from rlnotes.figures import curves

        records = [row.record() for row in self.rows]

        def write(folder: Path) -> None:
            with (folder / "comparison.csv").open("w", newline="", encoding="utf-8") as file:
                writer = csv.DictWriter(file, dict.fromkeys(key for record in records for key in record))
                writer.writeheader()
                writer.writerows(records)
            rows = [{**record, "settings": row.result.settings} for record, row in zip(records, self.rows, strict=True)]
            (folder / "comparison.json").write_text(json.dumps(rows, indent=2) + "\n", encoding="utf-8")
            for metric in self.metrics:
                curves.save(self, metric, folder, plot or Plot())

        return store.publish(name, write)


def planned(rows: list[Row], metric: str) -> dict[str, list[str]]:
    """The columns on plans."""
    data = [row.result.data for row in rows]
    return {
        metric: [f"{d['start_value']:.6g}" for d in data],
        "error bound": [
            (f"{d['bound']:.1e}" if np.isfinite(d["bound"]) else "none") + ", not converged" * (not d["converged"])
            for d in data
        ],
        "sweeps": [f"{d['sweeps']:,}" for d in data],
        "seconds": [f"{row.result.clock[-1]:.2g}" for row in rows],
    }
