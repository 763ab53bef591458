"""UCB1."""

from dataclasses import dataclass
from math import inf, log, sqrt
from typing import Any

import numpy as np

from rlnotes.agents.bandits.base.bandit_agent import BanditAgent


@dataclass
class UCB1(BanditAgent):
    """UCB for rewards from 0 to 1, the first with a regret bound at every finite time.

    A_t = argmax_i μ̂_i(t−1) + c √(log(t−1) / T_i(t−1)), each arm once first

    With c = √2 its theorem holds for any rewards from 0 to 1. It does not refuse others, and uses nothing that is known
    about them: c is in units of the reward. For rewards within a range b the theorem needs c = b √2. On arms that come
    and go it is AUER, awake upper estimated reward, with c = √8.
    Source: Auer, Cesa-Bianchi & Fischer, Machine Learning 47 (2002), Figure 1 and Theorem 1; with a free c, Sutton &
    Barto, Reinforcement Learning (2nd ed.), section 2.7; AUER: Kleinberg, Niculescu-Mizil & Sharma, Machine Learning 80
    (2010).
    """

    c: float = 1.4142135623730951
    """factor c of the confidence, above 0; √2 in the theorem"""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.require("c", 0 < self.c < inf, "must be a finite number above 0")

    def act(self, observation: Any) -> np.ndarray:
        return self.argmax(bonus=self.c * sqrt(log(max(self.t - 1, 1))))
