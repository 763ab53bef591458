"""R-max."""

from dataclasses import dataclass

import numpy as np

from rlnotes.agents.tabular.base.model_based_agent import ModelBasedAgent


@dataclass
class RMax(ModelBasedAgent):
    """Plan as if actions that were not tried often had the largest possible return.

    Q_h(s, a) = r(s, a) + γ Σ_{s'} p(s'|s, a) max_a' Q_{h+1}(s', a')    if s, a was tried m times or more,
    Q_h(s, a) = the largest return from step h on                       otherwise

    before each episode.
    Source: Brafman & Tennenholtz, JMLR 3 (2002).
    """

    m: int = 10
    """times m after which a state and action is known, 1 or more"""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.require_whole("m", 1)

    def believe(self, runs: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        bonus = np.where(self.visits[runs] >= self.m, 0.0, np.inf)
        return self.transition[runs], self.mean_reward[runs], bonus
