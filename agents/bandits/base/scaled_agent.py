"""The base of agents whose exploration is proportional to the scale of the noise."""

from dataclasses import KW_ONLY, dataclass
from math import inf
from typing import Any

import numpy as np

from rlnotes.agents.bandits.base.arm_agent import ArmAgent
from rlnotes.agents.base.agent import Problem, ProblemError

ASSUMED = 1.0
"""σ if neither the setting nor the environment gives it, as in the notes"""


@dataclass
class ScaledAgent(ArmAgent):
    """An agent for σ-subgaussian rewards [notes 1.3]; `scale` is the σ that it uses.

    Rewards X with scale σ are played as the rewards X/σ with scale 1.
    """

    _: KW_ONLY

    sigma: float | None = None
    """scale σ of the noise, 0 or more; null: as the environment says (half the range, or the standard deviation), or 1
    if it says nothing"""

    def __post_init__(self) -> None:
        super().__post_init__()
        fits = self.sigma is None or 0 <= self.sigma < inf
        self.require("sigma", fits, "must be a finite number, 0 or more, or null for the environment's")

    def known_scale(self, problem: Problem) -> float | None:
        """σ of the setting or of the environment; None if neither says it."""
        return problem.rewards.sigma if self.sigma is None else self.sigma

    def require_known_scale(self, problem: Problem) -> None:
        """Raise `ProblemError` if neither the setting nor the environment says σ."""
        if self.known_scale(problem) is None:
            raise ProblemError("needs rewards whose range or standard deviation is known, or agent.sigma")

    def inferred(self, problem: Problem) -> dict[str, Any]:
        if self.sigma is not None:
            return super().inferred(problem)
        known = problem.rewards.sigma
        return super().inferred(problem) | {"sigma": f"assumed:{ASSUMED:g}" if known is None else known}

    def begin(self, problem: Problem, rng: np.random.Generator) -> None:
        super().begin(problem, rng)
        known = self.known_scale(problem)
        self.scale = ASSUMED if known is None else known
