"""Agents that learn a policy from rollouts, with their own networks."""

from abc import abstractmethod
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.distributions import Distribution

from rlnotes.agents.base.agent import Problem, Transition
from rlnotes.agents.deep.base.deep_agent import only
from rlnotes.agents.deep.base.reward_agent import RewardAgent
from rlnotes.agents.deep.base.rollout import Batch, Step
from rlnotes.agents.deep.base.rollout_agent import RolloutAgent
from rlnotes.agents.deep.base.stepwise_network import StepwiseNetwork
from rlnotes.agents.deep.base.stochastic_agent import StochasticAgent
from rlnotes.nn.base.approximator import Approximator
from rlnotes.nn.base.composed import Composed


@dataclass
class PolicyAgent(RolloutAgent, StochasticAgent, RewardAgent):
    """An agent with the policies π(a|s) and the values V(s) of all runs on two stacks."""

    state_names = (*StochasticAgent.state_names, "reward_scale", "value", "steps", "begins")

    def networks(self, problem: Problem) -> dict[str, Approximator]:
        policy = self.network.policy(problem.observation_space, problem.action_space)
        return {"policy": policy, "value": self.network.vector(problem.observation_space, 1)}

    def begin(self, problem: Problem, rng: np.random.Generator) -> None:
        super().begin(problem, rng)
        self.value = StepwiseNetwork(Composed(self.stacks["value"]), self.network.remembers)
        self.steps: list[Step] = []
        self.begins = np.ones(self.runs, bool)

    def act(self, observation: Any) -> np.ndarray:
        self.value_now = self.value.numbers(observation)[:, 0]
        return super().act(observation)

    def state_values(self, observation: np.ndarray) -> Tensor:
        return self.value.networks(observation)[0].squeeze(-1)

    def update(self, transition: Transition) -> None:
        self.t += 1
        complete = self.t % self.rollout == 0
        observation, _, reward, following, terminated, truncated = self.lesson(transition)
        ended, next_value = terminated | truncated, np.zeros(self.runs, np.float32)
        if complete or np.count_nonzero(truncated):
            next_value = self.value.peek(following)[0][:, 0]
        outcome = reward, next_value, terminated, ended, self.begins, self.allowed
        self.steps.append(Step(observation, self.drawn_action, self.value_now, *outcome))
        self.begins = ended
        self.start_anew(ended)
        if complete:
            steps = Step.stacked(self.steps)
            self.improve(steps)
            self.normalise_by(steps.observation[-self.rollout :])

    def start_anew(self, ended: np.ndarray) -> None:
        super().start_anew(ended)
        self.value.start_anew(ended)

    def normalise_by(self, observation: np.ndarray) -> None:
        """Update the statistics of normalised inputs by the observations [steps, runs, ...] of a rollout."""
        for networks in self.stacks.values() if self.network.inputs != "none" else ():
            networks.encoder.train()(observation.swapaxes(0, 1))
            networks.encoder.eval()

    @abstractmethod
    def improve(self, steps: Step) -> None:
        """Learn from the stored steps [steps, runs, ...] and drop the steps that are no longer needed."""

    def policy_in(self, batch: Batch, state: Any) -> Distribution:
        """π(·|S_t) of every step; `state` is that of the policies at the beginning of each sequence."""
        return only(self.policy.networks(batch.observation, state, batch.begins)[0], batch.allowed)

    def objective(self, log_probability: Tensor, batch: Batch) -> Tensor:
        """The objective of the policy at each step: Â log π(A|S)."""
        return batch.advantage * log_probability

    def losses(self, batch: Batch, states: Any) -> Tensor:
        """The loss of every step [runs, steps].

        `states` are the states of the policies and of the values at the beginning of each sequence.
        """
        policy_state, value_state = states
        policy = self.policy_in(batch, policy_state)
        value, _ = self.value.networks(batch.observation, value_state, batch.begins)
        objective = self.objective(policy.log_prob(batch.action), batch)
        if self.watched:
            self.measure(entropy=policy.entropy().flatten(1).mean(1))
        if self.entropy:
            objective = objective + self.entropy * policy.entropy()
        return ((value.squeeze(-1) - batch.target).square() / 2 - objective).flatten(1)

    def batch(self, steps: Step, advantage: np.ndarray, target: np.ndarray, length: int) -> Batch:
        """The steps of a rollout as a batch [runs, steps, ...].

        If the networks remember, they are cut into sequences [runs, sequences, length, ...].
        """
        parts = steps.observation, steps.action, advantage, target, steps.begins, None, steps.allowed

        def by_run(x: np.ndarray | None) -> Any:
            if x is None:
                return None
            x = np.ascontiguousarray(x.swapaxes(0, 1))
            shape = (-1, length, *x.shape[2:]) if self.network.remembers else x.shape[1:]
            tensor = torch.as_tensor(x.reshape(self.runs, *shape), device=self.torch_device)
            return tensor.float() if tensor.dtype == torch.float64 else tensor

        return Batch(*map(by_run, parts))
