"""Grids of numbers and of arrows, as the book prints the values and the policies of gridworlds."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes

from rlnotes.envs.mdps.base.grid import FOUR_MOVES
from rlnotes.envs.mdps.base.model import Model
from rlnotes.figures.maps import CENTRED, LIGHT

TIE = 1e-6
"""difference of values up to which two actions are equally good"""


def grid_of(axes: Axes, texts: np.ndarray, title: str = "", shaded: Sequence[tuple[int, int]] = ()) -> None:
    """Draw a grid with a text in each cell [height, width]; some cells may be grey."""
    height, width = texts.shape
    shades = np.ones((height, width))
    for cell in shaded:
        shades[cell] = float(LIGHT)
    axes.imshow(shades, cmap="gray", vmin=0, vmax=1)
    for (row, column), text in np.ndenumerate(texts):
        axes.text(column, row, text, fontsize=min(11, 45 / width), **CENTRED)
    axes.set(xticks=np.arange(width + 1) - 0.5, yticks=np.arange(height + 1) - 0.5, xticklabels=[], yticklabels=[])
    axes.grid(color="k", linewidth=0.6)
    axes.tick_params(length=0)
    axes.set_title(title, fontsize="medium")


def numbers(model: Model, value: np.ndarray) -> np.ndarray:
    """A value [states] as texts with one digit after the point, in the cells of the map [height, width]."""
    assert model.picture
    rounded = np.round(value, 1) + 0.0  # + 0 turns −0 into 0
    return np.vectorize(lambda state: f"{rounded[state]:.1f}".replace("-", "−"))(model.picture.grid)


def greedy(model: Model, value: np.ndarray) -> np.ndarray:
    """Whether each action is greedy for a value [states, actions]; actions tie up to a difference of `TIE`."""
    q = model.q(value)
    best: np.ndarray = q >= q.max(axis=1, keepdims=True) - TIE
    return best


def arrows(
    axes: Axes, model: Model, value: np.ndarray, title: str = "", shaded: Sequence[tuple[int, int]] = ()
) -> None:
    """Draw the greedy actions of a value [states] as arrows in the cells of the map; none in cells that are grey."""
    assert model.picture
    grid, best = model.picture.grid, greedy(model, value)
    grid_of(axes, np.full(grid.shape, ""), title, shaded)
    places = [
        (column, row, *FOUR_MOVES[name])
        for (row, column), state in np.ndenumerate(grid)
        for name, shown in zip(model.picture.actions, best[state], strict=True)
        if shown and (row, column) not in shaded
    ]
    x, y, down, right = np.array(places).T
    axes.quiver(x, y, right, -down, scale=2.6, scale_units="xy", angles="uv", width=0.012, headwidth=4)
