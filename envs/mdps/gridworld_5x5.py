"""Sutton & Barto's 5×5 gridworld."""

from dataclasses import dataclass

from rlnotes.envs.mdps.base.grid import FOUR_MOVES, Cell, Grid
from rlnotes.envs.mdps.base.map_mdp import MapMDP
from rlnotes.envs.mdps.base.model import Model

MAP = (".A.B.", ".....", "...b.", ".....", ".a...")


@dataclass(eq=False, kw_only=True)
class Gridworld5x5(MapMDP):
    """Jump from A to a for 10 or from B to b for 5, as often as possible.

    Every action in A or B jumps. A step off the map does not move and costs 1; any other step pays 0. With γ = 0.9,
    V*(A) = 24.419.
    Source: Sutton & Barto, Reinforcement Learning (2nd ed.), Examples 3.5 and 3.8.
    """

    discount: float = 0.9

    time_limit: int | None = 1_000

    def build(self) -> Model:
        grid = Grid(MAP, ".ABab")
        jumps = {grid.find(letter)[0]: (grid.find(letter.lower())[0], pay) for letter, pay in (("A", 10.0), ("B", 5.0))}

        def outcomes(cell: Cell, move: Cell) -> list[tuple[float, Cell, float]]:
            to = grid.move(cell, move)
            return [(1.0, *jumps.get(cell, (to, -1.0 if to == cell else 0.0)))]

        return grid.model(FOUR_MOVES, outcomes, self.discount, start=".ABab")
