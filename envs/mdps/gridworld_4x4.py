"""Sutton & Barto's 4×4 gridworld."""

from dataclasses import dataclass

from rlnotes.envs.mdps.base.grid import FOUR_MOVES, Grid
from rlnotes.envs.mdps.base.map_mdp import MapMDP
from rlnotes.envs.mdps.base.model import Model

MAP = ("GSSS", "SSSS", "SSSS", "SSSG")


@dataclass(eq=False, kw_only=True)
class Gridworld4x4(MapMDP):
    """Walk to one of two corners; every step costs 1.

    A step off the map does not move. Under the equiprobable policy V(s) is −14, −18, −20 or −22, while V*(s) is −1, −2
    or −3.
    Source: Sutton & Barto, Reinforcement Learning (2nd ed.), Example 4.1.
    """

    def build(self) -> Model:
        grid = Grid(MAP, "GS")
        return grid.model(FOUR_MOVES, lambda cell, move: [(1.0, grid.move(cell, move), -1.0)], self.discount)
