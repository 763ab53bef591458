"""Behaviour cloning."""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from rlnotes.agents.base.agent import Problem
from rlnotes.agents.deep.base.deep_data_agent import DeepDataAgent
from rlnotes.agents.deep.base.stochastic_agent import StochasticAgent
from rlnotes.nn.base.approximator import Approximator


@dataclass
class BehaviourCloning(DeepDataAgent, StochasticAgent):
    """Make the recorded actions probable, as a classifier of states.

    θ ← θ + α ∇_θ Σ_t log π(A_t|S_t)    over the recorded steps

    by steps of Adam on random minibatches. It uses no rewards. Small errors lead to states that the data does not have,
    and there it was never shown what to do: the loss of T steps can grow with T². If the network remembers, gradients
    go back to the beginning of a `sequence` at most.
    Source: Pomerleau, Neural Computation 3 (1991); Ross & Bagnell, Efficient reductions for imitation learning (2010)
    for the growth.
    """

    sequence: int = 16
    """recorded steps that are learned from in one piece if the network remembers; a divisor of `batch`"""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.require_whole("sequence", 1)
        fits = not self.network.remembers or self.batch % self.sequence == 0
        self.require("sequence", fits, f"must divide the batch, {self.batch}")

    def networks(self, problem: Problem) -> dict[str, Approximator]:
        return {"policy": self.network.policy(problem.observation_space, problem.action_space)}

    def draw_batch(self) -> np.ndarray:
        if not self.network.remembers:
            return super().draw_batch()
        return self.recorded.draw_sequences(self.rng, self.batch // self.sequence, self.sequence)

    def loss(self, steps: np.ndarray) -> Tensor:
        data = self.recorded.data
        begins = torch.as_tensor(self.recorded.begins[steps], device=self.torch_device)
        output, _ = self.training_output(self.policy.networks, data.observation[steps], None, begins)
        policy = self.among(output, None if data.allowed is None else data.allowed[steps])
        return -policy.log_prob(self.network_actions(data.action[steps])).flatten(1).mean(1)
