"""The racetrack."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache

import numpy as np

from rlnotes.envs.mdps.base.grid import Cell, Grid
from rlnotes.envs.mdps.base.mdp import MDP
from rlnotes.envs.mdps.base.model import Model
from rlnotes.envs.mdps.base.model_builders import columns_of_entries
from rlnotes.envs.mdps.base.model_checks import Names
from rlnotes.envs.mdps.base.picture import Picture

TRACKS = {
    "left": (
        "###.............G",
        *["##..............G"] * 2,
        "#...............G",
        *["................G"] * 2,
        "..........#######",
        *[".........########"] * 7,
        *["#........########"] * 8,
        *["##.......########"] * 7,
        *["###......########"] * 2,
        "###SSSSSS########",
    ),
    "right": (
        "################...............G",
        "#############..................G",
        "############...................G",
        *["###########....................G"] * 4,
        "############...................G",
        "#############..................G",
        "##############................##",
        "##############.............#####",
        "##############............######",
        "##############..........########",
        *["#" * wall + "." * (23 - wall) + "#" * 9 for wall in range(14, 0, -1)],
        *["." * 23 + "#" * 9] * 2,
        "S" * 23 + "#" * 9,
    ),
}
FASTEST, OFF = 4, -1
"""largest speed, and the number of no state: the car is off the track"""
CHANGES = [(up, right) for up in (-1, 0, 1) for right in (-1, 0, 1)]
Speeds = tuple[int, int]
"""cells per step, upwards and to the right"""
State = tuple[Cell, Speeds]


@dataclass(eq=False, kw_only=True)
class Racetrack(MDP):
    """Drive a car around a curve to the finish line G; every step pays −1.

    State: a cell and two speeds, upwards and to the right, from 0 to 4; only states that can be reached have a number,
    and `model.called.states` lists them. An action changes each speed by −1, 0 or 1. Speeds beyond that range are not
    available, nor is a stop outside the starting line S. With probability `noise` the speeds stay as they are. Then the
    car moves in a straight line. If it leaves the track, it stops on a random cell of S. If it reaches G first, the
    episode ends. A move with the larger speed n passes the cells nearest to the ends of n equal parts of its line.
    The value of the best policy at the start is −11.69 on the left track, −8.90 on the right. It may leave the track on
    purpose, to start from a better cell.
    Source: Sutton & Barto, Reinforcement Learning (2nd ed.), Exercise 5.12; the cells are read off figure 5.5.
    """

    track: str = "left"
    """left or right, as in figure 5.5"""

    noise: float = 0.1
    """probability that a change of the speeds has no effect"""

    def build(self) -> Model:
        self.require_choice("track", list(TRACKS))
        self.require_probability("noise")
        grid = Grid(TRACKS[self.track], "SG#.")
        line, goals = grid.find("S"), set(grid.find("G"))
        states: list[State] = [(cell, (0, 0)) for cell in line]
        number = {state: i for i, state in enumerate(states)}

        @cache
        def after(cell: Cell, speeds: Speeds) -> State | None:
            """The state after a move; None if the car leaves the track."""
            for to in passed(cell, speeds):
                if not on_track(grid, to):
                    return None
                cell = to
                if cell in goals:
                    break
            return cell, speeds

        def moves(cell: Cell, speeds: Speeds) -> Iterator[tuple[int, float, State | None]]:
            """Every action with the probabilities of the states after it."""
            for action, change in enumerate(CHANGES):
                new = speeds[0] + change[0], speeds[1] + change[1]
                if cell in goals:
                    yield action, 1.0, (cell, speeds)
                elif min(new) >= 0 and max(new) <= FASTEST and (new != (0, 0) or cell in line):
                    chances = {new: 1 - self.noise, speeds: self.noise} if new != speeds else {new: 1.0}
                    yield from ((action, p, after(cell, v)) for v, p in chances.items() if p)

        entries: list[tuple[int, int, float, int]] = []
        for i, state in enumerate(states):  # the list grows by every new state
            for action, p, to in moves(*state):
                if to and to not in number:
                    number[to] = len(states)
                    states.append(to)
                entries.append((i, action, p, number[to] if to else OFF))

        def board(number: int) -> list[str]:
            """The track with the car `o`."""
            row, column = states[number][0]
            lines = list(grid.lines)
            lines[row] = f"{lines[row][:column]}o{lines[row][column + 1 :]}"
            return lines

        names = [f"{up:+d}{right:+d}" for up, right in CHANGES]
        final = np.array([cell in goals for cell, _ in states])
        columns = columns_of_entries(len(states), len(CHANGES), *with_returns(entries, len(line), final))
        picture = replace(Picture.of_states(len(states), names), board=board)
        return Model(*columns, self.discount, picture, Names(states, names))


def with_returns(entries: list[tuple[int, int, float, int]], line: int, final: np.ndarray) -> tuple[np.ndarray, ...]:
    """State, action, next state, probability, reward, terminated of entries (state, action, probability, next state).

    One whose next state is `OFF` becomes an entry for each of the first `line` states, with equal probabilities. The
    last array is the start, these states.
    """
    state, action, probability, to = np.array(entries).T
    row = np.repeat(np.arange(len(to)), np.where(to == OFF, line, 1))
    following, off = to[row].astype(int), to[row] == OFF
    following[off] = np.arange(off.sum()) % line
    chance, state = probability[row] / np.where(off, line, 1), state[row].astype(int)
    start = (np.arange(len(final)) < line) / line
    return state, action[row].astype(int), following, chance, np.where(final[state], 0.0, -1.0), final[following], start


def passed(cell: Cell, speeds: Speeds) -> list[Cell]:
    """The cells that a car passes, the last one included; of two equally near ones, the one with the longer way."""
    (row, column), (up, right), n = cell, speeds, max(speeds)
    return [(row - (2 * k * up + n) // (2 * n), column + (2 * k * right + n) // (2 * n)) for k in range(1, n + 1)]


def on_track(grid: Grid, cell: Cell) -> bool:
    """Whether a cell is on the map and no wall."""
    return 0 <= cell[0] < grid.shape[0] and 0 <= cell[1] < grid.shape[1] and grid.lines[cell[0]][cell[1]] != "#"
