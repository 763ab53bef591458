"""ETC without a horizon, by the doubling trick."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from rlnotes.agents.bandits.base.bandit_agent import BanditAgent
from rlnotes.agents.bandits.etc import ETC
from rlnotes.agents.base.agent import Agent, Problem, Transition


@dataclass
class DoublingETC(BanditAgent):
    """Explore, then commit, in epochs that double in length.

    A_t is the action of an ETC that begins at t_j with horizon n_j = 2^j n_0,
    t_j = n_0 + … + n_{j−1} + 1 ≤ t < t_{j+1}

    Each ETC explores with m = ⌈(n_j/k)^(2/3) (log n_j)^(1/3)⌉ pulls of every arm, and forgets the epoch before.
    If the regret of ETC is at most a power of n, the regret here is at most that power times a constant factor.
    Source: Auer, Cesa-Bianchi, Freund & Schapire, FOCS 1995, and Besson & Kaufmann, What doubling tricks can and can't
    do for multi-armed bandits (2018), for the trick; Slivkins, Introduction to Multi-Armed Bandits, Theorem 1.5, for m.
    """

    plays_masked = False

    first: int = 100
    """n_0, steps of the first epoch, 1 or more"""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.require_whole("first", 1)

    def begin(self, problem: Problem, rng: np.random.Generator) -> None:
        Agent.begin(self, problem, rng)  # without counts: each ETC has its own
        self.problem, self.generator, self.t = problem, rng, 1
        self.start(self.first)

    def start(self, length: int) -> None:
        """Begin an epoch of `length` steps."""
        self.etc = ETC()
        self.etc.begin(replace(self.problem, horizon=length), self.generator)

    def act(self, observation: Any) -> np.ndarray:
        if self.etc.t > self.etc.n:
            self.start(2 * self.etc.n)
        return self.etc.act(observation)

    def update(self, transition: Transition) -> None:
        self.etc.update(transition)
        self.t += 1
