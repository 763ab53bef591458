"""Comparisons of agents from Python: run the cells, show the results in tables and figures, and save them."""

import csv
import io
import json
import os
import re
import warnings
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import asdict, dataclass, field
from datetime import datetime
from functools import partial
from html import escape
from pathlib import Path
from typing import Any, Self

from rich.console import Console
from rich.table import Table

from rlnotes import catalog
from rlnotes.agents.base.agent import Agent
from rlnotes.analysis.applicable_bounds import BoundAtTheEnd, at_the_end
from rlnotes.analysis.comparison_row import Row, rows_of
from rlnotes.analysis.labels import common
from rlnotes.analysis.plan_files import save_plans
from rlnotes.analysis.sentences import sentences
from rlnotes.analysis.table_formats import FORMATS
from rlnotes.analysis.tables import columns_of, table
from rlnotes.base.errors import SettingError
from rlnotes.data.dataset import Dataset
from rlnotes.data.minari_files import read
from rlnotes.envs.base.environment import Environment
from rlnotes.settings import Plot, Settings
from rlnotes.simulation import cell_folder
from rlnotes.simulation.cell import Cell
from rlnotes.simulation.given_data import given
from rlnotes.simulation.given_expert import Expert, given_expert
from rlnotes.simulation.given_to_agents import require_used
from rlnotes.simulation.result import EVALUATIONS, Result
from rlnotes.simulation.run import run
from rlnotes.simulation.store import Store

FILE = "comparison.json"
"""the file of a saved comparison that says what it is"""
REPORT = "report.html"
"""the file of a saved comparison for the browser"""
MOST_CELLS = 100_000
"""the largest number of cells of a comparison"""


def compare(
    agents: Agent | str | Sequence[Agent | str],
    envs: Environment | str | Sequence[Environment | str] = "gaussian_bandit",
    *,
    steps: int = Cell.steps,
    episodes: int | None = Cell.episodes,
    runs: int = Cell.runs,
    seed: int | Sequence[int] = Cell.seed,
    precision: float | None = Cell.precision,
    evaluation_episodes: int | None = Cell.evaluation_episodes,
    evaluation_policy: str = Cell.evaluation_policy,
    results: str | Path | None = None,
    workers: int | None = Settings.workers,
    checkpoint: int | None = Settings.checkpoint,
    tensorboard: bool = Settings.tensorboard,
    data: Dataset | str | Path | None = Settings.data,
    expert: Expert | str | Path | None = Settings.expert,
    record: bool | str = Settings.record,
    progress: bool = True,
) -> "Comparison":
    """Run every agent on every environment and compare them.

    Agents and environments are objects or names (`UCB(delta=0.01)`, "ucb", "CartPole-v1"), or places of classes of your
    own ("my_agents:Greedy", "path/to/file.py:Greedy"). With a folder as `results`, every cell is stored there and never
    computed twice. `data` and `expert` may be their places. Other settings: `rlnotes.settings.Settings`.
    Raises `SettingError` if a setting has a wrong value.
    """
    envs, agents, seeds = as_list(envs), as_list(agents), as_list(seed)
    if (number := len(envs) * len(agents) * len(seeds)) > MOST_CELLS:
        raise SettingError("compare", f"{number:,} cells", f"must be at most {MOST_CELLS:,}")
    recorded = data if isinstance(data, Dataset | None) else read(data)
    asked = expert if isinstance(expert, Expert | None) else Expert.read(expert)
    others: Any = {"evaluation_episodes": evaluation_episodes, "evaluation_policy": evaluation_policy}
    cell: Any = partial(Cell, steps=steps, runs=runs, episodes=episodes, precision=precision, **others)
    cells = [
        cell(agent, env, seed=one, data=given(recorded, agent), expert=given_expert(asked, agent))
        for env in [catalog.make("env", e) if isinstance(e, str) else e for e in envs]
        for agent in [catalog.make("agent", a) if isinstance(a, str) else a for a in agents]
        for one in seeds
    ]
    require_used(cells, data, expert)
    for setting, value in {"checkpoint": checkpoint, "tensorboard": tensorboard, "record": record}.items():
        if value and results is None:
            raise SettingError(setting, value, "needs results, the folder to write to")
    store = None if results is None else Store(results, checkpoint, tensorboard, record)
    with store.in_use() if store else nullcontext():
        return Comparison([run(cell, store, progress, workers) for cell in cells])


def load(folder: str | Path) -> "Result | Comparison":
    """The result in the folder of a cell, or the comparison in that of a comparison. Never loads a pickle.

    Raises `ValueError` if the folder holds neither, or if a cell is damaged.
    """
    if (Path(folder) / FILE).is_file():
        return SavedComparison.read(Path(folder)).load(Path(folder))
    return cell_folder.load(folder)


def as_list(one_or_more: Any) -> Sequence[Any]:
    """The sequence itself, or a list of one object."""
    return one_or_more if isinstance(one_or_more, list | tuple | range) else [one_or_more]


class Comparison:
    """Results side by side.

    `results` maps each label to its `Result`, and `comparison["ucb"]` is the one of that label or agent;
    `print(comparison)` prints the tables; `plot()` draws.
    """

    def __init__(self, results: Sequence[Result]) -> None:
        self.rows = rows_of(results)
        self.results = {row.label: row.result for row in self.rows}

    def __getitem__(self, label: str) -> Result:
        """The result with a label, or the only result of an agent with this name or place."""
        agents = {known: result.settings["agent"] for known, result in self.results.items()}
        of_agent = [known for known, agent in agents.items() if label in (agent["name"], agent.get("class"))]
        if label not in self.results and len(of_agent) != 1:
            raise KeyError(f"{label}; there is {'; '.join(self.results)}")
        return self.results[label if label in self.results else of_agent[0]]

    @property
    def metrics(self) -> list[str]:
        """The metrics; each has a table and a figure."""
        return sorted({row.metric for row in self.rows})

    def rows_by(self, metric: str) -> list[Row]:
        """The rows of one metric."""
        return [row for row in self.rows if row.metric == metric]

    def table(self, metric: str, width: int = 120) -> Table:
        """The table of one metric, for a terminal of this width."""
        return table(self.rows_by(metric), metric, width)

    def __str__(self) -> str:
        return self.text()

    def text(self, width: int = 120) -> str:
        """The tables with their sentences, at most `width` characters wide."""
        printed = io.StringIO()
        console = Console(file=printed, width=width, markup=False)
        for metric in self.metrics:
            rows = self.rows_by(metric)
            console.print(common([row.settings for row in rows]))
            console.print(self.table(metric, width))
            for sentence in sentences(rows):
                console.print(sentence)
        return printed.getvalue()

    def formatted(self, name: str) -> str:
        """The tables in a format: latex, markdown or csv. Raises `SettingError` if there is no such format."""
        if name not in FORMATS:
            raise SettingError.choice("format", name, FORMATS)
        return "\n".join(FORMATS[name](columns_of(self.rows_by(metric), metric)) for metric in self.metrics)

    def _repr_html_(self) -> str:
        """The tables with their sentences, as a notebook shows them."""
        parts = []
        for metric in self.metrics:
            rows, shown = self.rows_by(metric), columns_of(self.rows_by(metric), metric)
            lines = [[f"<th>{escape(heading)}</th>" for heading in shown]]
            lines += [[f"<td>{escape(cell)}</td>" for cell in cells] for cells in zip(*shown.values(), strict=True)]
            table = "".join(f"<tr>{''.join(cells)}</tr>" for cells in lines)
            above = f"<p>{escape(common([row.settings for row in rows]))}</p>"
            parts.append(f"{above}<table>{table}</table>")
            parts += [f"<p>{escape(sentence)}</p>" for sentence in sentences(rows)]
        return "".join(parts)

    def plot(self, metric: str | None = None, **settings: Any) -> Any:
        """A matplotlib figure of a metric, by default the first; `settings` are the `plot.` settings.

        Besides the `metrics` there are `length` and `episode_regret` of episodes, and `pulls` of arms. Raises
        `SettingError` for another metric, an unknown setting, and those of files: `format`, `font_size` and `style`.
        """
        from matplotlib import pyplot

        from rlnotes.figures.files import draw, metric_of, resize
        from rlnotes.figures.style import SIZE

        metric, plot = metric or self.metrics[0], Plot.of_one_figure(settings)
        rows = self.rows_by(metric_of(metric, self.metrics))
        figure = pyplot.figure(figsize=SIZE, layout="constrained")
        draw(figure, rows, metric, plot)
        resize(figure, plot, by_rows=metric in EVALUATIONS)
        if "inline" in pyplot.get_backend():
            pyplot.close(figure)  # a notebook would show it twice: as an open figure, and as the value of the cell
        return figure

    @property
    def name(self) -> str:
        """The agents and the environments in a short name for a folder, such as etc-ucb-gaussian_bandit."""
        parts = []
        for group in catalog.CATALOGS:
            names = list(dict.fromkeys(row.settings[group]["name"].rpartition(":")[2] for row in self.rows))
            parts += [*names[:3], *([f"{len(names) - 3}_more"] if len(names) > 3 else [])]
        return "-".join(re.sub(r"[^A-Za-z0-9_.-]", "_", part)[:30].rstrip(".") for part in parts)

    def save(
        self, store: Store, name: str, plot: Plot | None = None, command: str | None = None, again: str = ""
    ) -> Path:
        """Write the files of the comparison into a new folder of the store; returns its path.

        They are comparison.csv, comparison.json, report.html, the figures, value.csv and policy.csv of plans, and
        comparison.yaml, the text `again` of a file with which a command runs the comparison again.

        comparison.json has the date, the settings of the figures, the paths of the cells from the folder, the rows of
        comparison.csv, the bounds on their regret, and the `command` that made it.
        """
        records = [row.record() for row in self.rows]
        plot = plot or Plot()

        def write(folder: Path) -> None:
            with (folder / "comparison.csv").open("w", newline="", encoding="utf-8") as file:
                writer = csv.DictWriter(file, dict.fromkeys(key for record in records for key in record))
                writer.writeheader()
                writer.writerows(records)
            rows = [{**record, "settings": row.result.settings} for record, row in zip(records, self.rows, strict=True)]
            saved = SavedComparison(
                command,
                datetime.now().astimezone().isoformat(timespec="milliseconds"),
                asdict(plot),
                [f"../cells/{name}" for name in dict.fromkeys(name for row in self.rows for name in row.cells)],
                rows,
                [bound for row in self.rows if row.metric == "regret" for bound in at_the_end(row.label, row.result)],
            )
            saved.write(folder)
            if again:
                (folder / "comparison.yaml").write_text(again, encoding="utf-8")
            save_plans(self.rows, folder)
            self.draw(folder, plot)
            self.report(folder, saved)

        return store.publish(name, write)

    def draw(self, folder: Path, plot: Plot) -> None:
        """Write the figures into a folder."""
        from rlnotes.figures.files import save

        for metric in self.metrics:
            save(self.rows_by(metric), metric, folder, plot)

    def report(self, folder: Path, saved: "SavedComparison") -> None:
        """Write report.html into a folder. If that fails, a warning says so, and the other files are as they were."""
        from rlnotes.report.page import Origin, write_page

        formats = {name: self.formatted(name) for name in FORMATS}
        try:
            origin = Origin(saved.command, saved.date)
            write_page(folder / REPORT, self.rows, Plot(**saved.plot), origin, saved.bounds, formats)
        except Exception as error:  # whatever it is, the numbers are worth more than the page
            (folder / REPORT).unlink(missing_ok=True)
            warnings.warn(f"{REPORT} cannot be written ({type(error).__name__}: {error})", stacklevel=2)


@dataclass
class SavedComparison:
    """The content of comparison.json."""

    command: str | None
    """the command that made it, as a shell reads it; None from Python"""
    date: str
    plot: dict[str, Any]
    """the settings of the figures"""
    cells: list[str]
    """the paths of the cells from the folder of the comparison"""
    rows: list[dict[str, Any]]
    """the rows of comparison.csv, with all settings"""
    bounds: list[BoundAtTheEnd] = field(default_factory=list)
    """the bounds on regret that apply to each row"""

    @classmethod
    def read(cls, folder: Path) -> Self:
        """The content of comparison.json in a folder; raises `ValueError` if it holds none."""
        try:
            return cls(**json.loads((folder / FILE).read_text(encoding="utf-8")))
        except TypeError as error:  # it has other entries
            raise ValueError("holds a comparison of another version of rlnotes") from error
        except (OSError, ValueError) as error:
            raise ValueError(f"holds no comparison that can be read ({error})") from error

    def write(self, folder: Path) -> None:
        """Write comparison.json into a folder."""
        (folder / FILE).write_text(json.dumps(asdict(self), indent=2) + "\n", encoding="utf-8")

    def load(self, folder: Path) -> Comparison:
        """The comparison in a folder again, from its cells; raises `ValueError` if one is missing or damaged."""
        return Comparison([cell_folder.load(os.path.normpath(folder / cell)) for cell in self.cells])
