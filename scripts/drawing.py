"""What the figures are drawn with."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from rlnotes.simulation.cell import Cell
from rlnotes.simulation.simulate import simulate

HERE, THERE = Path(__file__).parent, Path("results") / "figures"
FIGURES: dict[str, Callable[[], Any]] = {}


def figure(function: Callable[[], Any]) -> Callable[[], Any]:
    """Offer a function as a figure under its name."""
    FIGURES[function.__name__] = function
    return function


def panels(count: int = 1) -> tuple[Figure, list[Axes]]:
    """A figure of so many panels side by side."""
    drawn = Figure(figsize=(5.5 * count, 4), layout="constrained")
    return drawn, list(drawn.subplots(1, count, squeeze=False)[0])


def keep(drawn: Figure, name: str, folder: Path = THERE, **axes: Any) -> None:
    """Name the axes, draw the legends, and write the figure to results/figures, or where it is told."""
    for panel in drawn.axes:
        panel.set(**axes)
        many = len(panel.lines) > 7
        panel.legend(
            frameon=False, fontsize="small", **({"loc": "center left", "bbox_to_anchor": (1, 0.5)} if many else {})
        )
        panel.spines[["top", "right"]].set_visible(False)
    folder.mkdir(parents=True, exist_ok=True)
    drawn.savefig(folder / f"{name}.png", dpi=120 if folder == THERE else 80)
    print(f"{folder / name}.png")


def data(agent: Any, env: Any, episodes: int, runs: int) -> dict[str, np.ndarray]:
    """What was recorded of an agent on an environment."""
    return simulate(Cell(agent, env, episodes=episodes, runs=runs)).data


def picture(comparison: Any, file: Path, metric: str | None = None, dpi: int = 80, **plot: Any) -> None:
    """Draw a comparison and print it."""
    file.parent.mkdir(parents=True, exist_ok=True)
    comparison.plot(metric, **plot).savefig(file, dpi=dpi)
    print(comparison, file, sep="\n")
