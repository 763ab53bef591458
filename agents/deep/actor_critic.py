"""Advantage actor-critic [notes 2.6]."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from rlnotes.agents.base.agent import Problem
from rlnotes.agents.deep.base.policy_agent import Batch, PolicyAgent, Step
from rlnotes.agents.deep.base.rollout import advantages, join
from rlnotes.base.errors import SettingError


@dataclass
class ActorCritic(PolicyAgent):
    """Make what was better than expected likelier, as a critic judges [notes 2.6].

    θ ← θ + α ∇_θ Σ_t Â_t log π(A_t|S_t),    w ← w − α ∇_w Σ_t ½ (Â_t + V_old(S_t) − V(S_t))²,
    Â_t = Σ_i (γλ)^i δ_{t+i},    δ_t = R_t + γ V(S_{t+1}) − V(S_t)

    once after every rollout, where Adam takes the steps. Where the networks remember, gradients go back to the
    beginning of a `sequence` at most.
    Source: Mnih et al., Asynchronous methods for deep reinforcement learning (2016); Schulman et al. (2016) for λ.
    """

    keeps = (*PolicyAgent.keeps, "remembered")

    rollout: int = 16

    decay: float = 0.95
    """λ of the advantages, from 0 to 1"""

    sequence: int = 16
    """steps that are learnt from in one piece where the network remembers; divides `rollout`"""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.require_whole("sequence", 1)
        if self.network.remembers and self.rollout % self.sequence:
            raise SettingError("sequence", self.sequence, f"must divide the rollout, {self.rollout}")
        self.require_probability("decay")

    def begin(self, problem: Problem, rng: np.random.Generator) -> None:
        super().begin(problem, rng)
        self.remembered: list[Any] = []

    def act(self, observation: Any) -> np.ndarray:
        if len(self.steps) % self.sequence == 0:
            self.remembered.append((self.policy.state, self.value.state))
        return super().act(observation)

    def improve(self, steps: Step) -> None:
        advantage = self.advantages(steps)
        batch = self.batch(steps, advantage, advantage + steps.value, self.sequence)
        self.fit(batch, join(self.remembered))
        self.steps, self.remembered = [], []

    def advantages(self, steps: Step) -> np.ndarray:
        """Â_t [steps, runs]."""
        next_value = np.append(steps.value[1:], steps.next_value[-1:], axis=0)
        next_value = np.where(steps.ended, steps.next_value, next_value)
        judged = steps.reward, steps.value, next_value, steps.terminated, steps.ended
        return advantages(*judged, self.problem.discount, self.decay).astype(np.float32)

    def fit(self, batch: Batch, states: Any) -> None:
        """Improve policy and value by what happened."""
        self.descend(self.losses(batch, states).mean(1))
