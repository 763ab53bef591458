"""UCBVI."""

from dataclasses import dataclass

import numpy as np

from rlnotes.agents.tabular.base.model_based_agent import ModelBasedAgent


@dataclass
class UCBVI(ModelBasedAgent):
    """Plan in the likeliest model, with a bonus for what it may not know yet.

    Q_h(s, a) = min(r(s, a) + c B_h √(ι / N(s, a)) + γ Σ_{s'} p(s'|s, a) max_a' Q_{h+1}(s', a'), the most there can be),
    ι = log(states · actions · t / δ)

    after N visits, of t steps in all; before each episode. B_h is what may differ from step h on, so H − h where
    rewards are from 0 to 1. The constants of the source are in c, and Q need not fall from episode to episode.
    Source: Azar, Osband & Munos, ICML 2017 (UCBVI-CH).
    """

    bonus: float = 0.05
    """factor c of the bonus, 0 or more"""

    delta: float = 0.1
    """probability δ of a bound that does not hold, between 0 and 1"""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.require_bonus(self.bonus, self.delta)

    def believe(self, runs: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        visits = self.visits[runs]
        bonus = self.bonus * np.sqrt(self.confidence(self.delta) / np.maximum(visits, 1))
        return self.chance[runs], self.mean[runs], np.where(visits > 0, bonus, np.inf)
