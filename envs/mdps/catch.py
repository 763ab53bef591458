"""Catch."""

from dataclasses import dataclass, replace

import numpy as np

from rlnotes.envs.mdps.base.map_mdp import MapMDP
from rlnotes.envs.mdps.base.model import Model, Outcomes
from rlnotes.envs.mdps.base.picture import Picture

State = tuple[int, int, int]


@dataclass(eq=False, kw_only=True)
class Catch(MapMDP):
    """Move a paddle under a falling ball: a catch pays 1, a miss −1.

    State: row and column of the ball, column of the paddle. The ball begins in a random column of the first row, the
    paddle in the middle of the last row; it moves left, stays or moves right. If rows − 1 ≥ columns / 2, as by default,
    the paddle can always arrive in time: V* = 1 at the start. The observation is the number of the state, or two
    images [rows, columns], which are 1 at the ball and at the paddle, else 0. The last observation of an episode is the
    one before the ball comes down.
    Source: Mnih et al., Recurrent models of visual attention (2014); Osband et al., Behaviour suite (2020).
    """

    rows: int = 10
    """height, 2 or more; an episode has one step less"""

    columns: int = 5
    """width, 1 or more"""

    def build(self) -> Model:
        self.require_at_least("rows", 2)
        self.require_at_least("columns", 1)
        larger = "rows" if self.rows > self.columns else "columns"
        self.require_memory_for_states(larger, self.rows * self.columns**2)
        rows, columns = self.rows - 1, self.columns  # the ball is in the last row only after the last step
        states = [(row, ball, paddle) for row in range(rows) for ball in range(columns) for paddle in range(columns)]

        def outcomes(state: State, move: int) -> Outcomes:
            row, ball, paddle = state
            to = min(max(paddle + move, 0), columns - 1)
            if row == rows - 1:
                return [(1.0, state, 1.0 if to == ball else -1.0, True)]
            return [(1.0, (row + 1, ball, to), 0.0, False)]

        start = np.array([row == 0 and paddle == columns // 2 for row, _, paddle in states]) / columns

        def board(number: int) -> list[str]:
            """The ball `o` and the paddle `#`; the ball comes down in the last step, which no state shows."""
            row, ball, paddle = states[number]
            lines = [["."] * columns for _ in range(self.rows)]
            lines[row][ball], lines[-1][paddle] = "o", "#"
            return ["".join(line) for line in lines]

        return Model.from_function(
            states,
            (-1, 0, 1),
            outcomes,
            start=start,
            discount=self.discount,
            picture=replace(Picture.of_states(len(states), "←·→", width=columns**2), board=board),
        )

    @property
    def pixels(self) -> int:
        return 2 * self.rows * self.columns

    def planes(self) -> np.ndarray:
        states = np.arange(self.model.states)
        row, ball, paddle = np.unravel_index(states, (self.rows - 1, self.columns, self.columns))
        planes = np.zeros((len(states), 2, self.rows, self.columns), np.float32)
        planes[states, 0, row, ball] = planes[states, 1, -1, paddle] = 1
        return planes
