"""Pictures of a finite MDP: its states are the cells of a grid."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import ceil, sqrt

import numpy as np

from rlnotes.base.memory_check import require_memory

WALL = -1
CELL = 24
"""pixels"""

COLOURS = {
    "#": (70, 70, 70),
    "G": (120, 190, 120),
    "S": (200, 215, 240),
    "C": (90, 90, 110),
    "H": (110, 150, 190),
    "o": (213, 94, 0),
}
FREE, LINE, AGENT = (245, 245, 245), (200, 200, 200), (213, 94, 0)


@dataclass(frozen=True, eq=False)
class Picture:
    """A map with a state and a character per cell, and names of the actions."""

    grid: np.ndarray
    """[height, width], the state of every cell; `WALL` for a cell without a state"""
    text: Sequence[str]
    """one line of characters per row of cells"""
    actions: Sequence[str]
    """a short name of every action, such as ↑"""
    is_map: bool = True
    """whether the place of a cell says something about its state, so that figures show the map"""
    axes: tuple[str, str] | None = None
    """what rows and columns count, if they count something, such as cars at two places"""
    board: Callable[[int], Sequence[str]] | None = None
    """lines of characters that show what happens in a state, if its place on the map does not"""

    @classmethod
    def of_states(cls, states: int, actions: Sequence[str], width: int | None = None) -> "Picture":
        """States in order, in rows of `width`; by default one row of up to 32 states, else nearly a square, no map."""
        is_map = width is not None or states <= 32
        require_memory("states", states, 100 * states)
        width = width or (states if states <= 32 else ceil(sqrt(states)))
        height = ceil(states / width)
        cell = np.arange(height * width)
        grid = np.where(cell < states, cell, WALL).reshape(height, width)
        return cls(grid, ["".join("#" if cell == WALL else "." for cell in row) for row in grid], actions, is_map)

    def ansi(self, state: int) -> str:
        """The map as text, with the cell of `state` in inverse video."""
        lines = [
            "".join(
                f"\x1b[7m{character}\x1b[0m" if cell == state else character
                for cell, character in zip(*pair, strict=True)
            )
            for pair in zip(self.grid, self.text, strict=True)
        ]
        return "\n".join(lines) + "\n"

    def rgb_array(self, state: int) -> np.ndarray:
        """The map as an image [height, width, 3] of bytes, with a disc in the cell of `state`."""
        image = painted(self.text)
        x, y = np.meshgrid(*[np.arange(CELL) - CELL / 2] * 2)
        disc = np.hypot(x, y) < CELL / 3
        for row, column in np.argwhere(self.grid == state):
            image[row * CELL : (row + 1) * CELL, column * CELL : (column + 1) * CELL][disc] = AGENT
        return image


def painted(text: Sequence[str]) -> np.ndarray:
    """Lines of characters as squares of their colours [height, width, 3] of bytes."""
    colours = np.array([[COLOURS.get(character, FREE) for character in line] for line in text], np.uint8)
    image = colours.repeat(CELL, axis=0).repeat(CELL, axis=1)
    image[::CELL] = image[:, ::CELL] = LINE
    return image
