"""Advantage actor-critic [notes 2.6]."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from rlnotes.agents.base.agent import Problem
from rlnotes.agents.deep.base.policy_agent import PolicyAgent
from rlnotes.agents.deep.base.rollout import Batch, Step, advantages, join_states
from rlnotes.agents.deep.base.rollout_agent import AdvantageAgent


@dataclass
class ActorCritic(AdvantageAgent, PolicyAgent):
    """Make actions more probable if they beat the value of a critic V [notes 2.6].

    θ ← θ + α ∇_θ Σ_t Â_t log π(A_t|S_t),    w ← w − α ∇_w Σ_t ½ (Â_t + V_old(S_t) − V(S_t))²,
    Â_t = Σ_i (γλ)^i δ_{t+i},    δ_t = R_t + γ V(S_{t+1}) − V(S_t)

    once after every rollout, with the steps of Adam. If the networks remember, gradients go back to the beginning of
    a `sequence` at most.
    Source: Mnih et al., Asynchronous methods for deep reinforcement learning (2016); Schulman et al. (2016) for λ.
    """

    state_names = (*PolicyAgent.state_names, "sequence_states")

    rollout: int = 16

    sequence: int = 16
    """steps that are learned from in one piece if the network remembers; a divisor of `rollout`"""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.require_whole("sequence", 1)
        fits = not self.network.remembers or self.rollout % self.sequence == 0
        self.require("sequence", fits, f"must divide the rollout, {self.rollout}")

    def begin(self, problem: Problem, rng: np.random.Generator) -> None:
        super().begin(problem, rng)
        self.sequence_states: list[Any] = []  # states of both networks at the beginning of each sequence

    def act(self, observation: Any) -> np.ndarray:
        if len(self.steps) % self.sequence == 0:
            self.sequence_states.append((self.policy.state, self.value.state))
        return super().act(observation)

    def improve(self, steps: Step) -> None:
        advantage = self.advantages(steps)
        target = advantage + steps.value
        self.fit(self.batch(steps, advantage, target, self.sequence), join_states(self.sequence_states))
        self.steps, self.sequence_states = [], []

    def advantages(self, steps: Step) -> np.ndarray:
        """Â_t [steps, runs]."""
        next_value = np.append(steps.value[1:], steps.next_value[-1:], axis=0)
        next_value = np.where(steps.ended, steps.next_value, next_value)
        ends = steps.terminated, steps.ended
        found = advantages(steps.reward, steps.value, next_value, *ends, self.problem.discount, self.decay)
        return found.astype(np.float32)

    def fit(self, batch: Batch, states: Any) -> None:
        """Improve policy and value by a batch."""
        self.descend(self.losses(batch, states).mean(1))
