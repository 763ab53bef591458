"""Sutton & Barto's windy gridworld."""

from dataclasses import dataclass

from rlnotes.envs.mdps.base.grid import FOUR_MOVES, KINGS_MOVES, Cell, Grid
from rlnotes.envs.mdps.base.map_mdp import MapMDP
from rlnotes.envs.mdps.base.model import Model

MAP = (*[".........."] * 3, "S......G..", *[".........."] * 3)
WIND = (0, 0, 0, 1, 1, 1, 2, 2, 1, 0)
"""rows that the wind moves the walker up, by the column that the walker leaves"""


@dataclass(eq=False, kw_only=True)
class WindyGridworld(MapMDP):
    """Walk from S to G against a crosswind; every step costs 1, so V*(S) = −15.

    Source: Sutton & Barto, Reinforcement Learning (2nd ed.), Example 6.5, Exercises 6.9 and 6.10.
    """

    kings_moves: bool = False
    """whether the four diagonal moves are available too"""

    stochastic_wind: bool = False
    """whether a wind that blows is one row weaker, as usual or one row stronger, with probability 1/3 each"""

    def build(self) -> Model:
        grid = Grid(MAP, "SG.")
        height, width = grid.shape

        def outcomes(cell: Cell, move: Cell) -> list[tuple[float, Cell, float]]:
            wind = WIND[cell[1]]
            winds = [wind - 1, wind, wind + 1] if self.stochastic_wind and wind else [wind]
            column = min(max(cell[1] + move[1], 0), width - 1)
            rows = [min(max(cell[0] + move[0] - wind, 0), height - 1) for wind in winds]
            return [(1 / len(rows), (row, column), -1.0) for row in rows]

        return grid.model(KINGS_MOVES if self.kings_moves else FOUR_MOVES, outcomes, self.discount)
