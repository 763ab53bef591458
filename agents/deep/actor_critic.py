"""Advantage actor-critic [notes 2.6]."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from torch import Tensor

from rlnotes.agents.deep.policy_agent import Batch, PolicyAgent, Step
from rlnotes.agents.deep.rollout import advantages, join
from rlnotes.envs.errors import SettingError


@dataclass
class ActorCritic(PolicyAgent):
    """Make what was better than expected likelier, as a critic judges [notes 2.6].

    θ ← θ + α ∇_θ Σ_t Â_t log π(A_t|S_t),    w ← w − α ∇_w Σ_t ½ (Â_t + V_old(S_t) − V(S_t))²,
    Â_t = Σ_i (γλ)^i δ_{t+i},    δ_t = R_t + γ V(S_{t+1}) − V(S_t)

    once after every rollout, where Adam takes the steps.
    Source: Mnih et al., Asynchronous methods for deep reinforcement learning (2016); Schulman et al. (2016) for λ.
    """

    rollout: int = 16

    decay: float = 0.95
    """λ of the advantages, from 0 to 1"""

    def __post_init__(self) -> None:
        super().__post_init__()
        if not 0 <= self.decay <= 1:
            raise SettingError("decay", self.decay, "must be from 0 to 1")

    def improve(self, steps: Step) -> None:
        advantage = self.advantages(steps)
        batch = self.batch(steps, advantage, advantage + steps.value, np.ones_like(advantage), self.sequence)
        self.fit(batch, join(self.remembered))
        for networks in self.stacks.values():
            self.learning(networks.encoder, batch.observation)
        self.steps, self.remembered = [], []

    def advantages(self, steps: Step) -> np.ndarray:
        """Â_t [steps, runs]."""
        next_value = np.append(steps.value[1:], steps.next_value[-1:], axis=0)
        next_value = np.where(steps.ended, steps.next_value, next_value)
        judged = steps.reward, steps.value, next_value, steps.terminated, steps.ended
        return advantages(*judged, self.problem.discount, self.decay).astype(np.float32)

    def fit(self, batch: Batch, states: Any) -> None:
        """Improve policy and value by what happened."""
        self.descend(self.loss(batch, states))

    def objective(self, log_probability: Tensor, batch: Batch) -> Tensor:
        return batch.advantage * log_probability
