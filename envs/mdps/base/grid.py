"""Maps written in text, and walks on their cells."""

from collections.abc import Callable, Iterable, Sequence
from functools import cached_property

import numpy as np

from rlnotes.base.errors import SettingError
from rlnotes.envs.mdps.base.model import Model, Outcomes
from rlnotes.envs.mdps.base.picture import WALL, Picture

Cell = tuple[int, int]
"""row and column, from the top left"""

FOUR_MOVES: dict[str, Cell] = {"↑": (-1, 0), "→": (0, 1), "↓": (1, 0), "←": (0, -1)}
KINGS_MOVES: dict[str, Cell] = FOUR_MOVES | {"↗": (-1, 1), "↘": (1, 1), "↙": (1, -1), "↖": (-1, -1)}


class Grid:
    """A map of lines of equal length.

    `#` is a wall; every other symbol of `symbols` is a cell.
    Raises `SettingError` if the lines differ in length or have other symbols.
    """

    def __init__(self, lines: Sequence[str], symbols: str) -> None:
        self.lines = list(lines)
        if not self.lines or not self.lines[0]:
            raise SettingError("map", self.lines, 'must have at least one line and one column, such as ["S..",".#G"]')
        for number, line in enumerate(self.lines, 1):
            if len(line) != len(self.lines[0]):
                requirement = f"line {number} has {len(line)} characters and the first {len(self.lines[0])}"
                raise SettingError("map", line, f"is ragged: {requirement}")
            if unknown := set(line) - set(symbols):
                requirement = f"line {number} has the unknown symbol {min(unknown)!r}; there are {' '.join(symbols)}"
                raise SettingError("map", line, requirement)
        self.shape = len(self.lines), len(self.lines[0])

    @cached_property
    def characters(self) -> np.ndarray:
        """[height, width]"""
        return np.array([list(line) for line in self.lines])

    @cached_property
    def states(self) -> np.ndarray:
        """[height, width], the state of every cell, numbered line by line; `WALL` at a wall."""
        free = self.characters != "#"
        return np.where(free, np.cumsum(free).reshape(self.shape) - 1, WALL)

    @cached_property
    def cells(self) -> list[Cell]:
        """The cell of every state."""
        return [(int(row), int(column)) for row, column in np.argwhere(self.states != WALL)]

    def find(self, symbol: str) -> list[Cell]:
        """The cells with that symbol."""
        return [(int(row), int(column)) for row, column in np.argwhere(self.characters == symbol)]

    def start(self, symbols: str = "S") -> np.ndarray:
        """Probabilities of the start states: uniform over the cells with one of the symbols."""
        chosen = np.isin(self.characters[self.states != WALL], list(symbols))
        if not chosen.any():
            raise SettingError("map", self.lines, f"must have a start cell, {symbols}")
        return chosen / chosen.sum()

    def move(self, cell: Cell, move: Cell) -> Cell:
        """The cell after a move; a move into a wall or off the map stays in the cell."""
        row, column = cell[0] + move[0], cell[1] + move[1]
        inside = 0 <= row < self.shape[0] and 0 <= column < self.shape[1]
        return (row, column) if inside and self.lines[row][column] != "#" else cell

    def moved(self, down: int, right: int) -> np.ndarray:
        """[states], the state after a move from every state: `move`, for all cells at once."""
        row, column = np.nonzero(self.states != WALL)
        to = self.states[np.clip(row + down, 0, self.shape[0] - 1), np.clip(column + right, 0, self.shape[1] - 1)]
        return np.where(to == WALL, np.arange(len(row)), to)

    def picture(self, actions: Sequence[str]) -> Picture:
        return Picture(self.states, self.lines, actions)

    def model(
        self,
        moves: dict[str, Cell],
        outcomes: Callable[[Cell, Cell], Iterable[tuple[float, Cell, float]]],
        discount: float,
        final: str = "G",
        start: str = "S",
    ) -> Model:
        """The model of a walk, from `outcomes(cell, move)`: a list of (probability, next cell, reward).

        An episode begins in any cell with one of the symbols `start`, and ends in the cells with the symbol `final`.
        """
        ends = set(self.find(final))

        def entries(cell: Cell, name: str) -> Outcomes:
            if cell in ends:
                return [(1.0, cell, 0.0, True)]
            return [(p, to, reward, to in ends) for p, to, reward in outcomes(cell, moves[name])]

        return Model.from_function(
            self.cells,
            moves,
            entries,
            start=self.start(start),
            discount=discount,
            picture=self.picture(list(moves)),
        )
