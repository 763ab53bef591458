"""Behaviour cloning of the best episodes."""

from dataclasses import dataclass
from math import ceil

import numpy as np

from rlnotes.agents.deep.imitation.behaviour_cloning import BehaviourCloning
from rlnotes.data.dataset import Dataset


@dataclass
class PercentBC(BehaviourCloning):
    """Clone the behaviour of the best share x of the episodes.

    θ ← θ + α ∇_θ Σ_t log π(A_t|S_t)    over the ⌈x E⌉ episodes with the largest returns among E episodes

    It finds out whether an agent that learns from returns does more than imitate good luck and good play. Episodes with
    equal returns are taken at random. An episode whose recording ended early has the return until then.
    Source: Chen et al., Decision Transformer: reinforcement learning via sequence modeling (2021), section 5.1.
    """

    share: float = 0.1
    """share x of the episodes, above 0 and at most 1"""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.require("share", 0 < self.share <= 1, "must be above 0 and at most 1")

    def drawn_episodes(self, data: Dataset) -> np.ndarray:
        drawn = super().drawn_episodes(data)
        best = np.argsort(-data.returns[drawn], axis=1, kind="stable")
        return np.take_along_axis(drawn, best[:, : ceil(self.share * drawn.shape[1])], axis=1)
