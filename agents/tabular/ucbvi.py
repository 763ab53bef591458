"""UCBVI."""

from dataclasses import dataclass

import numpy as np

from rlnotes.agents.tabular.base.model_based_agent import ModelBasedAgent


@dataclass
class UCBVI(ModelBasedAgent):
    """Plan in the most likely model, with a bonus for its uncertainty.

    Q_h(s, a) = min(r(s, a) + c B_h √(ι / N(s, a)) + γ Σ_{s'} p(s'|s, a) max_a' Q_{h+1}(s', a'), largest return),
    ι = log(states · actions · t / δ)

    before each episode, after N visits, t steps in all. B_h is the largest difference of returns from step h on: H − h
    if rewards are from 0 to 1. c contains the constants of the source, and Q may rise from episode to episode.
    Source: Azar, Osband & Munos, ICML 2017 (UCBVI-CH).
    """

    bonus: float = 0.05
    """factor c of the bonus, 0 or more"""

    delta: float = 0.1
    """probability δ that a bound does not hold, between 0 and 1"""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.require_bonus(self.bonus, self.delta)

    def believe(self, runs: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        visits = self.visits[runs]
        bonus = self.bonus * np.sqrt(self.iota(self.delta) / np.maximum(visits, 1))
        return self.transition[runs], self.mean_reward[runs], np.where(visits > 0, bonus, np.inf)
