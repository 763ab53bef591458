"""Sutton & Barto's Dyna maze."""

from dataclasses import dataclass

from rlnotes.envs.mdps.base.grid import FOUR_MOVES, Cell, Grid
from rlnotes.envs.mdps.base.map_mdp import MapMDP
from rlnotes.envs.mdps.base.model import Model

MAP = (".......#G", "..#....#.", "S.#....#.", "..#......", ".....#...", ".........")


@dataclass(eq=False, kw_only=True)
class DynaMaze(MapMDP):
    """Walk through a maze from S to G, which pays 1, in 14 steps: V*(S) = γ^13.

    Source: Sutton & Barto, Reinforcement Learning (2nd ed.), Example 8.1.
    """

    discount: float = 0.95

    def build(self) -> Model:
        grid = Grid(MAP, "SG#.")

        def outcomes(cell: Cell, move: Cell) -> list[tuple[float, Cell, float]]:
            to = grid.move(cell, move)
            return [(1.0, to, 1.0 if to in grid.find("G") else 0.0)]

        return grid.model(FOUR_MOVES, outcomes, self.discount)
