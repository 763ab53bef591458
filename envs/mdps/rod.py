"""Rod manoeuvring."""

from dataclasses import dataclass, replace
from math import cos, pi, sin

import numpy as np

from rlnotes.envs.mdps.base.grid import Grid
from rlnotes.envs.mdps.base.mdp import MDP
from rlnotes.envs.mdps.base.model import Model, Outcomes
from rlnotes.envs.mdps.base.picture import Picture

MAP = (
    "....................",
    "....................",
    "....................",
    "....................",
    "........####...G....",
    "........####........",
    "........####........",
    "..........##........",
    "..........##........",
    "..........##........",
    "###.......##......##",
    "###...............##",
    "###...............##",
    "###...............##",
    "######............##",
    "######....##########",
    "..........##########",
    "....................",
    "....S...............",
    "....................",
)
ANGLES = 18
"""angles of the rod, 10° apart: after 180° it looks the same"""
MOVES = ("ahead", "back", "left", "right", "turn left", "turn right")
Place = tuple[int, int, int]
"""row and column of the middle of the rod, and its angle"""


@dataclass(eq=False, kw_only=True)
class Rod(MDP):
    """Move a rod through a narrow room to the goal G, upright; every step pays −1.

    State: row and column of the middle of the rod, and its angle in steps of 10°; only places where the rod touches no
    wall have a number, and `model.called.states` lists them. An action moves the rod by one cell along its line or
    across, rounded to the grid, or turns it by 10°. A move that would touch a wall does nothing. The rod begins at S,
    and is level there; the shortest way has 24 moves. The room is one of our own, after the task of the source.
    Source: Moore & Atkeson, Prioritized sweeping, Machine Learning 13 (1993); Sutton & Barto (2nd ed.), Example 8.3.
    """

    length: int = 6
    """cells that the rod is long, 1 to 9"""

    time_limit: int | None = 2_000

    def build(self) -> Model:
        self.require("length", 1 <= self.length <= 9, "must be from 1 to 9")
        grid = Grid(MAP, "SG#.")
        height, width = grid.shape
        goal, start = (*grid.find("G")[0], ANGLES // 2), (*grid.find("S")[0], 0)
        free = {
            (row, column, angle)
            for row in range(height)
            for column in range(width)
            for angle in range(ANGLES)
            if all(is_free(grid, *point) for point in points(row, column, angle, self.length))
        }
        states = sorted(free)

        def outcomes(state: Place, action: int) -> Outcomes:
            if state == goal:
                return [(1.0, state, 0.0, True)]
            to = after(state, action)
            to = to if to in free else state
            return [(1.0, to, -1.0, to == goal)]

        def board(number: int) -> list[str]:
            """The room with the rod `o`."""
            lines = [list(line) for line in grid.lines]
            for row, column in points(*states[number], self.length):
                lines[round(row)][round(column)] = "o"
            return ["".join(line) for line in lines]

        picture = replace(Picture.of_states(len(states), MOVES), board=board)
        return Model.from_function(
            states, range(len(MOVES)), outcomes, start=start, discount=self.discount, picture=picture
        )


def points(row: float, column: float, angle: int, length: int) -> list[tuple[float, float]]:
    """Points of the rod, half a cell apart."""
    up, right = sin(angle * pi / ANGLES), cos(angle * pi / ANGLES)
    along = np.arange(-length / 2, length / 2 + 0.25, 0.5)
    return [(row - up * t, column + right * t) for t in along]


def is_free(grid: Grid, row: float, column: float) -> bool:
    """Whether the cell with a point is in the room and no wall."""
    i, j = round(row), round(column)
    return 0 <= i < grid.shape[0] and 0 <= j < grid.shape[1] and grid.lines[i][j] != "#"


def after(place: Place, action: int) -> Place:
    """The place after an action, if nothing is in the way."""
    row, column, angle = place
    if action >= 4:
        return row, column, (angle + (1 if action == 4 else -1)) % ANGLES
    direction = angle * pi / ANGLES + (0, pi, pi / 2, -pi / 2)[action]
    return row - round(sin(direction)), column + round(cos(direction)), angle
