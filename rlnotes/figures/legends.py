"""Legends that name the lines of figures, and cover none of them."""

from collections.abc import Iterable, Sequence

import matplotlib
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.legend import Legend

FEW = 7
"""lines up to which the legend stands inside a single panel"""


def legend(figure: Figure, panels: Iterable[Axes]) -> None:
    """Name the lines, in the order of the table: inside a panel if it is the only one and they are few, else beside."""
    panels = list(panels)
    handles = lines(panels)
    if len(handles) > FEW or (len(handles) > 1 and len(panels) > 1):
        beside(figure, handles)
    elif len(handles) > 1:
        panels[0].legend(handles=handles, frameon=False)


def lines(panels: Sequence[Axes]) -> list[Artist]:
    """The lines with a name; of equal names in several panels the first."""
    named: dict[str, Artist] = {}
    for axes in panels:
        for handle, name in zip(*axes.get_legend_handles_labels(), strict=True):
            named.setdefault(name, handle)
    return list(named.values())


def beside(figure: Figure, handles: Sequence[Artist]) -> None:
    """Name the lines at the right of the figure."""
    size = matplotlib.rcParams["font.size"] * min(0.8, 20 / len(handles))
    figure.legend(handles=handles, frameon=False, loc="outside right center", fontsize=size)


def uncover(figure: Figure) -> bool:
    """Move a legend that covers a line out of its panel; returns whether there was one. The figure has its layout."""
    for axes in figure.axes:
        if (inside := axes.get_legend()) and covers(figure, inside, axes):
            inside.remove()
            beside(figure, lines([axes]))
            return True
    return False


def covers(figure: Figure, inside: Legend, axes: Axes) -> bool:
    """Whether a name or a sample line of a legend lies on a line of its panel."""
    paths = [line.get_transform().transform_path(line.get_path()) for line in axes.get_lines()]
    near = [path for path in paths if path.intersects_bbox(inside.get_window_extent(), filled=False)]
    if not near:
        return False
    figure.draw_without_rendering()  # which puts the entries in their places
    boxes = [entry.get_window_extent() for entry in (*inside.get_texts(), *inside.get_lines())]
    return any(path.intersects_bbox(box, filled=False) for path in near for box in boxes)
