"""Parts of pictures."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from matplotlib.axes import Axes

from rlnotes.figures.style import COLOURS, LINE_STYLES, frame


def curves(axes: Axes, x: Any, ys: Mapping[str, Any], **settings: Any) -> None:
    """Draw curves by label, which differ in colour and, for a print in grey, in line style."""
    for i, (label, y) in enumerate(ys.items()):
        axes.plot(x, y, color=COLOURS[i % len(COLOURS)], linestyle=LINE_STYLES[i % len(LINE_STYLES)], label=label)
    axes.set(**settings)
    frame(axes)


def image(axes: Axes, pixels: np.ndarray, title: str = "", **colours: Any) -> Any:
    """Draw an image [height, width] in grey, without an axis."""
    axes.set_title(title, fontsize="medium")
    axes.set(xticks=[], yticks=[])
    settings: dict[str, Any] = {"cmap": "gray_r", "vmin": 0} | colours
    return axes.imshow(pixels, **settings)


def tiles(images: np.ndarray, side: int) -> np.ndarray:
    """Put images [rows, columns, side · side] beside each other: [rows · side, columns · side]."""
    rows, columns, _ = images.shape
    return images.reshape(rows, columns, side, side).swapaxes(1, 2).reshape(rows * side, columns * side)
