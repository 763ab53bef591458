"""Exact facts about a task. Those that only a finite MDP has are in `model_truth.py`, which takes longer to import."""

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from rlnotes.agents.base.agent import Agent
from rlnotes.base.record import Record
from rlnotes.envs.base.environment import Environment
from rlnotes.simulation.evaluation import Evaluation

if TYPE_CHECKING:
    from rlnotes.agents.planning.base.plan import Plan


@dataclass(frozen=True)
class GroundTruth:
    """Exact facts about the task of an agent in an environment; a fact that is not known is None."""

    agent: Agent
    env: Environment

    @cached_property
    def optimum(self) -> "Plan | None":
        """The best plan."""
        return None

    @cached_property
    def value(self) -> np.ndarray | None:
        """V_π [states] of the policy that an agent is to predict."""
        return None

    @cached_property
    def best_return(self) -> float | None:
        """The largest mean return Σ_t R_t of an episode, for an agent that seeks return."""
        return None if self.env.best_return is None else float(self.env.best_return)

    def evaluation(self, agent: Agent, runs: int, episodes: int | None) -> Evaluation | None:
        """The evaluation of this agent, after `begin`; None if nothing can be evaluated exactly."""
        return None

    def record(self) -> Record:
        """The known facts, under the names of the record."""
        known = Record()
        if self.env.regret_against is not None:
            known["regret_against"] = np.asarray(self.env.regret_against)
        if np.isfinite(self.env.return_range).any():
            known["return_range"] = np.asarray(self.env.return_range)
        if self.best_return is not None:
            known["best_return"] = np.asarray(self.best_return)
        return known
