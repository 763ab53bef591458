"""Sutton & Barto's cliff walking."""

from dataclasses import dataclass

from rlnotes.envs.mdps.base.grid import FOUR_MOVES, Cell, Grid
from rlnotes.envs.mdps.base.map_mdp import MapMDP
from rlnotes.envs.mdps.base.model import Model

MAP = (*["............"] * 3, "SCCCCCCCCCCG")


@dataclass(eq=False, kw_only=True)
class CliffWalking(MapMDP):
    """Walk from S to G along a cliff C; every step costs 1, so V*(S) = −13.

    A step into the cliff costs 100 and returns to S.
    Source: Sutton & Barto, Reinforcement Learning (2nd ed.), Example 6.6.
    """

    def build(self) -> Model:
        grid = Grid(MAP, "SCG.")
        [start], cliff = grid.find("S"), grid.find("C")

        def outcomes(cell: Cell, move: Cell) -> list[tuple[float, Cell, float]]:
            to = grid.move(cell, move)
            return [(1.0, start, -100.0) if to in cliff else (1.0, to, -1.0)]

        return grid.model(FOUR_MOVES, outcomes, self.discount)
