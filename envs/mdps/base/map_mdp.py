"""Finite MDPs whose states can be seen on a map."""

from dataclasses import dataclass

import numpy as np
from gymnasium.spaces import Box

from rlnotes.base.memory_check import require_memory
from rlnotes.envs.mdps.base.mdp import MDP


@dataclass(eq=False, kw_only=True)
class MapMDP(MDP):
    """A finite MDP whose states can be observed as numbers or as images.

    With `planes`, an image of a state is 0 everywhere, except 1 at its place on the map.
    """

    observation: str = "state"
    """observation: state, a number; planes, an image with 1 where things are, else 0"""

    def __post_init__(self, num_envs: int, render_mode: str | None) -> None:
        self.require_choice("observation", ["state", "planes"])
        super().__post_init__(num_envs, render_mode)

    def observed(self) -> tuple[Box, np.ndarray] | None:
        if self.observation == "state":
            return None
        require_memory("observation", self.observation, 4 * self.model.states * self.pixels)
        images = self.planes()
        return Box(0, 1, images.shape[1:], np.float32), images

    @property
    def pixels(self) -> int:
        """Numbers of an image."""
        assert self.model.picture
        return self.model.picture.grid.size

    def planes(self) -> np.ndarray:
        """The image of every state [states, height, width]."""
        assert self.model.picture
        states = np.arange(self.model.states)[:, None, None]
        return (self.model.picture.grid == states).astype(np.float32)
