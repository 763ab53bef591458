"""The figures of a metric, and their files."""

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import matplotlib
import matplotlib.style
import numpy as np
from matplotlib.figure import Figure
from matplotlib.text import Text

from rlnotes.analysis.comparison_row import Row
from rlnotes.base.errors import SettingError
from rlnotes.figures.curves import curves
from rlnotes.figures.legends import uncover
from rlnotes.figures.maps import OF_LEARNERS, learned_maps
from rlnotes.figures.outcomes import profile, scores, sweep, swept_setting
from rlnotes.figures.plans import plans
from rlnotes.figures.pulls import pulls
from rlnotes.figures.style import COLOURS, SIZE, panels
from rlnotes.settings import Plot
from rlnotes.simulation.result import COSTS, EVALUATIONS, PLANNED

MOST = 50
"""the most rows of an environment in a figure: nobody can tell more lines apart"""
LONGEST = 65_000
"""pixels of a side of an image, at most: matplotlib draws no larger one"""
FILES: dict[Any, Any] = {
    "svg.hashsalt": "rlnotes",
    "svg.fonttype": "none",
    "figure.autolayout": False,
    "figure.constrained_layout.use": False,
}
"""matplotlib's settings while files are written, whatever the user's own are"""


BESIDE = {"length": "return", "episode_regret": "return", "pulls": "regret"}
"""what a figure can show besides the metrics, each with the metric whose rows have it"""


def metric_of(shown: str, metrics: Sequence[str]) -> str:
    """The metric whose rows have the data of a figure. Raises `SettingError` if it is not one of these `metrics`."""
    metric = BESIDE.get(shown, shown)
    if metric not in metrics:
        also = [name for name, other in BESIDE.items() if other in metrics]
        raise SettingError.choice("metric", shown, [*metrics, *also])
    return metric


def draw(figure: Figure, rows: Sequence[Row], metric: str, plot: Plot) -> None:
    """Draw the main figure of a metric: convergence of plans, strips of returns after learning, otherwise curves.

    `pulls` are drawn beside regret. Of many rows it shows the `best_rows`.
    """
    if metric in PLANNED:
        draw_best(figure, rows, plans)
    elif metric in EVALUATIONS:
        draw_best(figure, rows, scores)
    elif metric == "pulls":
        draw_best(figure, [row for row in rows if "pulls" in row.result.data], partial(pulls, plot=plot))
    else:
        draw_best(figure, rows, partial(curves, metric=metric, plot=plot))


def draw_best(figure: Figure, rows: Sequence[Row], drawing: Callable[[Figure, Sequence[Row]], None]) -> None:
    """Draw the `best_rows`, and say above the figure how many rows there are if it does not show all."""
    shown = best_rows(rows)
    drawing(figure, shown)
    if len(shown) < len(rows):
        figure.suptitle(f"{figure.get_suptitle()}\nthe best {len(shown):,} of {len(rows):,} rows", fontsize="medium")


def best_rows(rows: Sequence[Row]) -> list[Row]:
    """The rows with the best means, at most `MOST` of each environment, in their order."""
    sign = 1 if rows[0].metric in COSTS else -1
    shown = set[int]()
    for group in panels(rows).values():
        by_mean = sorted(group, key=lambda row: np.nan_to_num(sign * row.estimate.mean, nan=np.inf))
        shown.update(map(id, by_mean[:MOST]))
    return [row for row in rows if id(row) in shown]


def figures(rows: Sequence[Row], metric: str, plot: Plot) -> dict[str, Figure]:
    """All figures of a metric by file name.

    - `<metric>`: the main figure
    - `length`: lengths of the episodes, beside returns, unless every step pays the same
    - `episode_regret`: regret against the best mean return, if that is known
    - `pulls`: pulls of the best arm over time and of every arm, beside regret
    - `policy`: maps of the learnt policies, if the environment has a map
    - `profile`: distribution of the final regret of several agents with common random numbers
    - `scores`: final scores with intervals, and how often each agent beats the best, of several agents
    - `<metric>_by_<setting>`: final score against a setting that takes three numbers or more
    """
    made = {metric: new()}
    draw(made[metric], rows, metric, plot)
    if metric == "return":
        if not all(proportional(row.result.data["returns"], row.result.data["lengths"]) for row in rows):
            made["length"] = new()
            draw(made["length"], rows, "length", plot)
        if with_best := [row for row in rows if "best_return" in row.result.data]:
            made["episode_regret"] = new()
            draw(made["episode_regret"], with_best, "episode_regret", plot)
        if with_map := [row for row in rows if row.result.data.keys() >= OF_LEARNERS]:
            made["policy"] = new()
            draw_best(made["policy"], with_map, learned_maps)
    if metric == "regret" and any("pulls" in row.result.data for row in rows):
        made["pulls"] = new()
        draw(made["pulls"], rows, "pulls", plot)
    if metric == "regret" and all(map(few_paired, panels(rows).values())):
        made["profile"] = new()
        profile(made["profile"], rows)
    if metric not in (*PLANNED, *EVALUATIONS) and len(rows) > 1:
        made["scores"] = new()
        draw_best(made["scores"], rows, scores)
    if metric not in PLANNED and (setting := swept_setting(rows)):
        name = f"{metric}_by_{setting.rpartition('.')[2]}"
        made[name] = new()
        sweep(made[name], rows, setting)
    return made


def few_paired(rows: Sequence[Row]) -> bool:
    """Whether there are several rows, but no more than colours, and all have common random numbers."""
    return 1 < len(rows) <= len(COLOURS) and len({row.pairing for row in rows}) == 1


def proportional(returns: np.ndarray, lengths: np.ndarray) -> bool:
    """Whether every step pays the same, so that the curves of returns and of lengths have the same shape."""
    known = np.isfinite(returns)
    pay = returns[known] / lengths[known]
    return bool(np.ptp(pay) <= 1e-9 * np.abs(pay).max()) if len(pay) else True


def new() -> Figure:
    """An empty figure."""
    return Figure(figsize=SIZE, layout="constrained")


def save(rows: Sequence[Row], metric: str, folder: Path, plot: Plot) -> None:
    """Write the figures of a metric as .png, .svg and `plot.format`; the same rows give the same bytes."""
    font: dict[Any, Any] = {} if plot.font_size is None else {"font.size": plot.font_size}
    with matplotlib.style.context(plot.style or []), matplotlib.rc_context({**FILES, **font}):
        for name, figure in figures(rows, metric, plot).items():
            resize(figure, plot, by_rows=name in ("scores", *EVALUATIONS))
            figure.set_layout_engine(None)  # once for all files
            most = LONGEST / max(figure.get_size_inches())
            figure.savefig(folder / f"{name}.png", dpi=min(160, most))
            figure.savefig(folder / f"{name}.svg", metadata={"Date": None})
            if plot.format:
                undated = {"CreationDate": None} if plot.format == "pdf" else None
                figure.savefig(folder / f"{name}.{plot.format}", dpi=min(300, most), metadata=undated)


def resize(figure: Figure, plot: Plot, by_rows: bool = False) -> None:
    """Give a figure the size that `plot` asks for, and lay it out; with a width alone it keeps its shape.

    The size is that of one panel, and figures with more panels are larger in proportion. The letters in the cells of
    maps grow with the width. `by_rows` says that the height is that of lines of text, which the size of the letters
    changes.
    """
    width, height = figure.get_size_inches()
    scale = plot.width / SIZE[0] if plot.width else 1.0
    tall = (plot.font_size or 10) / 10 if by_rows else scale
    lines = max(1, round(height / SIZE[1]))
    figure.set_size_inches(width * scale, plot.height * lines if plot.height else height * tall)
    for text in figure.findobj(Text):
        if not text.get_in_layout():
            text.set_fontsize(scale * float(text.get_fontsize()))
    lay_out(figure)


def lay_out(figure: Figure) -> None:
    """Lay out a figure of its final size; a legend that then covers a line moves out of its panel."""
    engine = figure.get_layout_engine()
    assert engine is not None
    engine.execute(figure)
    if uncover(figure):
        engine.execute(figure)
