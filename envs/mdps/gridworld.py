"""A gridworld with any map."""

from dataclasses import dataclass

import numpy as np

from rlnotes.base.memory_check import require_memory_for_model
from rlnotes.envs.mdps.base.grid import FOUR_MOVES, Grid
from rlnotes.envs.mdps.base.map_mdp import MapMDP
from rlnotes.envs.mdps.base.model import Model

MAP = ("S...#...", ".##...#.", "...#H..G", ".#......", "...#.#..")


@dataclass(eq=False, kw_only=True)
class Gridworld(MapMDP):
    """Walk from S to the goal G over a floor that may be slippery [notes 2.1].

    Symbols of the map: S start, G goal, H hole, # wall, . floor. G and H end the episode. A move goes in its direction
    with probability 1 − slip, and at right angles to it with slip/2 to each side. A move into a wall or off the map
    stays in its cell.
    Source: after Russell & Norvig, Artificial Intelligence (4th ed.), section 17.1, where slip = 0.2.
    """

    map: list[str] | None = None
    """lines of the map, such as ["S..",".#G"]; null: a map of five lines of eight cells"""

    slip: float = 0.2
    """probability that a move goes at right angles to its direction"""

    step_reward: float = -0.04
    """reward of every move that does not end the episode"""

    goal_reward: float = 1.0
    """reward of reaching G"""

    hole_reward: float = -1.0
    """reward of falling into H"""

    discount: float = 0.99

    def build(self) -> Model:
        self.require_probability("slip")
        grid = Grid(MAP if self.map is None else self.map, "S.#GH")
        states = int(grid.states.max()) + 1
        require_memory_for_model("map", f"{grid.shape[0]}×{grid.shape[1]}", rows=4 * states, entries=12 * states)
        symbol = grid.characters[grid.characters != "#"]
        final = np.isin(symbol, ["G", "H"])
        ahead = np.array([grid.moved(*move) for move in FOUR_MOVES.values()])
        next_state = np.stack(
            [ahead, np.roll(ahead, 1, axis=0), np.roll(ahead, -1, axis=0)]
        ).T  # state, action, outcome
        next_state[final] = np.flatnonzero(final)[:, None, None]
        reward = np.select([symbol == "G", symbol == "H"], [self.goal_reward, self.hole_reward], self.step_reward)
        return Model(
            np.arange(4 * states + 1) * 3,
            next_state.ravel(),
            np.broadcast_to([1 - self.slip, self.slip / 2, self.slip / 2], next_state.shape).ravel(),
            np.where(final[:, None, None], 0.0, reward[next_state]).ravel(),
            final[next_state].ravel(),
            start=grid.start(),
            discount=self.discount,
            picture=grid.picture(list(FOUR_MOVES)),
        )
