"""The base of agents whose index uses a divergence of an arm's rewards from those of a better arm."""

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from rlnotes.agents.bandits.base.arm_kernels import store
from rlnotes.agents.bandits.base.bandit_agent import BanditAgent, require_unit_rewards
from rlnotes.agents.bandits.base.scaled_agent import ScaledAgent
from rlnotes.agents.base.agent import Problem, Transition
from rlnotes.base.elementary import log
from rlnotes.base.errors import enumerated
from rlnotes.base.kernels import FloatVector, kernel


@kernel()
def negative_entropy(p: FloatVector, log_p: FloatVector, log_rest: FloatVector) -> FloatVector:
    """p log p + (1 − p) log(1 − p); 0 for p = 0 and p = 1."""
    found = np.zeros(len(p))
    for i in range(len(p)):
        inside = (p[i] > 0) & (p[i] < 1)
        found[i] = p[i] * log_p[i] + (1 - p[i]) * log_rest[i] if inside else 0.0
    return found


@dataclass
class DivergenceAgent(ScaledAgent, BanditAgent):
    """An agent that compares two means by the divergence of their distributions.

    bernoulli: d(p, q) = p log(p/q) + (1 − p) log((1 − p)/(1 − q)), for rewards from 0 to 1
    gaussian: d(p, q) = (p − q)² / (2σ²), for rewards whose scale σ is known

    `used` is the divergence that it uses. `entropy` [arms, runs] is p log p + (1 − p) log(1 − p) of every mean p
    (bernoulli only). With it, one log q and one log(1 − q) serve all arms.
    """

    divergence: str | None = None
    """bernoulli or gaussian; null: bernoulli if rewards are from 0 to 1, otherwise gaussian"""

    divergences: ClassVar[tuple[str, ...]] = ("bernoulli", "gaussian")

    def __post_init__(self) -> None:
        super().__post_init__()
        fits = self.divergence in (None, *self.divergences)
        self.require("divergence", fits, f"must be {enumerated([*self.divergences, 'null'], 'or')}")

    def fitting(self, problem: Problem) -> str:
        """The divergence that fits the declared rewards."""
        return "bernoulli" if problem.rewards.low >= 0 and problem.rewards.high <= 1 else "gaussian"

    def inferred(self, problem: Problem) -> dict[str, Any]:
        used = self.divergence or self.fitting(problem)
        scale = super().inferred(problem) if used == "gaussian" else {}  # the others have no σ
        return scale | ({"divergence": used} if self.divergence is None else {})

    def check(self, problem: Problem) -> None:
        super().check(problem)
        used = self.divergence or self.fitting(problem)
        if used == "bernoulli":
            require_unit_rewards(problem)
        elif used == "gaussian":
            self.require_known_scale(problem)

    def begin(self, problem: Problem, rng: np.random.Generator) -> None:
        super().begin(problem, rng)
        self.used = self.divergence or self.fitting(problem)
        self.entropy = np.zeros((self.k, self.runs))

    def update(self, transition: Transition) -> None:
        super().update(transition)
        if self.used == "bernoulli":
            p = self.played_mean
            self.played_entropy = negative_entropy(p, log(p), log(1 - p))
            store(self.played_entropy, transition.action, self.entropy)
