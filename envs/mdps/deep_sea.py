"""The deep sea."""

from dataclasses import dataclass

import numpy as np

from rlnotes.envs.mdps.base.grid import Cell
from rlnotes.envs.mdps.base.map_mdp import MapMDP
from rlnotes.envs.mdps.base.model import Model, Outcomes
from rlnotes.envs.mdps.base.picture import WALL, Picture


@dataclass(eq=False, kw_only=True)
class DeepSea(MapMDP):
    """Dive one row per step, left or right; always right leads to a treasure.

    The treasure is 1. A step to the right costs 0.01 / size, so V*(start) = 0.99. Random actions find the treasure in
    one of 2^size episodes. If the actions are mixed, an agent cannot transfer what it learns from one cell to another.
    Source: Osband et al., Behaviour suite for reinforcement learning, ICLR 2020.
    """

    size: int = 10
    """number of rows, of columns and of steps of an episode, 1 or more"""

    mixed: int | None = 0
    """seed that draws which action goes right in each cell; null: the second action in all cells"""

    def build(self) -> Model:
        self.require_at_least("size", 1)
        self.require_memory_for_states("size", self.size * (self.size + 1) // 2)
        last = self.size - 1
        cells = [(row, column) for row in range(self.size) for column in range(row + 1)]
        turned = set[Cell]()
        if self.mixed is not None:
            self.require_at_least("mixed", 0)
            chance = np.random.default_rng(self.mixed).random(len(cells))
            turned = {cell for cell, number in zip(cells, chance, strict=True) if number < 0.5}

        def outcomes(cell: Cell, second: bool) -> Outcomes:
            row, column = cell
            right = second != (cell in turned)
            reward = -0.01 / self.size * right + (right and cell == (last, last))
            below = (row + 1, column + 1 if right else max(column - 1, 0))
            return [(1.0, cell if row == last else below, reward, row == last)]

        grid = np.full((self.size, self.size), WALL)
        for number, cell in enumerate(cells):
            grid[cell] = number
        text = ["." * (row + 1) + "#" * (last - row) for row in range(last)] + ["." * last + "G"]
        names = "←→" if self.mixed is None else "01"
        return Model.from_function(
            cells,
            (False, True),
            outcomes,
            start=(0, 0),
            discount=self.discount,
            picture=Picture(grid, text, names),
        )
