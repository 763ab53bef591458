"""The table of figures, and helpers to draw and save them."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure

IMAGES, RESULTS = Path(__file__).parents[2] / "docs" / "images", Path("results") / "figures"
"""folders for the images of the documentation, and for all others"""
FIGURES: dict[str, Callable[[], Any]] = {}
"""functions that draw a figure, by name"""


def figure(function: Callable[[], Any]) -> Callable[[], Any]:
    """Add a function to `FIGURES`."""
    FIGURES[function.__name__] = function
    return function


def panels(count: int = 1) -> tuple[Figure, list[Axes]]:
    """A figure with `count` panels side by side."""
    drawn = Figure(figsize=(5.5 * count, 4), layout="constrained")
    return drawn, list(drawn.subplots(1, count, squeeze=False)[0])


def save(drawn: Figure, name: str, folder: Path = RESULTS, **axes: Any) -> None:
    """Set the axes of all panels, draw the legends, and write the figure into the folder."""
    for panel in drawn.axes:
        panel.set(**axes)
        many = len(panel.lines) > 7
        panel.legend(
            frameon=False, fontsize="small", **({"loc": "center left", "bbox_to_anchor": (1, 0.5)} if many else {})
        )
        panel.spines[["top", "right"]].set_visible(False)
    write(drawn, folder / f"{name}.png", dpi=120 if folder == RESULTS else 80)


def write(drawn: Figure, file: Path, dpi: int) -> None:
    """Write a figure into a file, and print the path."""
    file.parent.mkdir(parents=True, exist_ok=True)
    drawn.savefig(file, dpi=dpi)
    print(file)


def draw_comparison(comparison: Any, file: Path, metric: str | None = None, dpi: int = 80, **plot: Any) -> None:
    """Draw a comparison, and print it."""
    print(comparison)
    write(comparison.plot(metric, **plot), file, dpi)
