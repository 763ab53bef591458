"""The blocking maze and the shortcut maze."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from rlnotes.envs.mdps.base.grid import FOUR_MOVES, Cell, Grid
from rlnotes.envs.mdps.base.mdp import MDP
from rlnotes.envs.mdps.base.model import Model
from rlnotes.envs.mdps.base.sampling_tables import sampling_tables

MAP = ("........G", ".........", ".........", ".#######.", ".........", "...S.....")
LEFT, RIGHT = (3, 0), (3, 8)
"""the gaps in the wall"""
MAZES: dict[str, tuple[int, list[Cell], list[Cell]]] = {
    "blocking": (1_000, [LEFT], [RIGHT]),
    "shortcut": (3_000, [RIGHT], []),
}
"""steps before the change, and the gaps that are closed before and after it"""


@dataclass(eq=False, kw_only=True)
class ChangingMaze(MDP):
    """Walk from S to G, which pays 1, through a maze that changes after some steps.

    In the blocking maze the short way, 10 steps, closes and a long one, 16 steps, opens. In the shortcut maze a short
    way opens beside the long one. `reset` brings the first maze back. Agents do not know the model, since it changes.
    Source: Sutton & Barto, Reinforcement Learning (2nd ed.), Examples 8.2 and 8.3, figures 8.4 and 8.5.
    """

    maze: str = "blocking"
    """blocking or shortcut"""

    change: int | None = None
    """steps of a run before the change, 0 or more; null: 1,000 in the blocking maze, 3,000 in the other"""

    discount: float = 0.95

    def __post_init__(self, num_envs: int, render_mode: str | None) -> None:
        super().__post_init__(num_envs, render_mode)
        self.later = self.with_closed(MAZES[self.maze][2])

    def build(self) -> Model:
        self.require_choice("maze", list(MAZES))
        if self.change is not None:
            self.require_whole("change", 0)
        return self.with_closed(MAZES[self.maze][1])

    def with_closed(self, closed: list[Cell]) -> Model:
        """The maze with some of its gaps closed."""
        grid = Grid(MAP, "SG#.")

        def outcomes(cell: Cell, move: Cell) -> list[tuple[float, Cell, float]]:
            to = grid.move(cell, move)
            to = cell if to in closed else to
            return [(1.0, to, 1.0 if to in grid.find("G") else 0.0)]

        return grid.model(FOUR_MOVES, outcomes, self.discount)

    @property
    def observed_model(self) -> None:
        return None

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[np.ndarray, dict[str, Any]]:
        self.left = MAZES[self.maze][0] if self.change is None else self.change
        return super().reset(seed=seed, options=options)

    def step(self, actions: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, dict[str, Any]]:
        if self.left == 0:
            self.fixed = *sampling_tables(self.later), self.model.actions, self.step_limit
        self.left -= 1
        return super().step(actions)
