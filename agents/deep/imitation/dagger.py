"""Dataset aggregation."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from rlnotes.agents.base.agent import Agent, Problem, Transition
from rlnotes.agents.base.expert_agent import ExpertAgent
from rlnotes.agents.deep.base.off_policy_agent import OffPolicyAgent
from rlnotes.agents.deep.base.stochastic_agent import StochasticAgent
from rlnotes.base.errors import SettingError
from rlnotes.nn.base.approximator import Approximator


@dataclass
class DAgger(ExpertAgent, OffPolicyAgent, StochasticAgent):
    """Ask an expert about the states that the agent itself reaches, and clone it.

    θ ← θ + α ∇_θ 1/B Σ_t log π(A*_t|S_t),    A*_t = π*(S_t) of the expert π*, whoever acted

    by steps of Adam on random batches of all steps so far. The expert acts with probability β, and the agent otherwise.
    So errors that the agent makes are in its data, with the way back; behaviour cloning has the expert's states only.
    It learns from no reward, and does not ask any more after learning.
    Source: Ross, Gordon & Bagnell, A reduction of imitation learning and structured prediction to no-regret online
    learning (2011).
    """

    state_names = (*OffPolicyAgent.state_names, "policy")
    resumable = knows_probability = False

    begin_after: int = 256

    learn_every: int = 256

    updates: int = 200

    beta: int | float | str = "linear:1:0:20%"
    """probability β that the expert acts; it may change: linear:FIRST:LAST:STEPS, exponential:…"""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.schedule("beta", positive=False)
        if self.network.remembers:
            raise SettingError(
                "network.body", self.network.body, "remembers, and this agent does not; must be mlp or cnn"
            )

    def networks(self, problem: Problem) -> dict[str, Approximator]:
        return {"policy": self.network.policy(problem.observation_space, problem.action_space)}

    def begin(self, problem: Problem, rng: np.random.Generator) -> None:
        super().begin(problem, rng)
        self.betas = self.schedule("beta", positive=False, horizon=problem.horizon)
        self.knows_probability = False  # of the mixture
        self.expert: Agent | None = None

    def ask(self, expert: Agent) -> None:
        self.expert = expert

    def act(self, observation: Any) -> np.ndarray:
        own = self.answer = super().act(observation)
        if self.expert is None:
            return own
        self.expert.allowed = self.allowed
        self.answer = self.expert.act(observation)
        takes_over = self.rng.random(self.runs) < self.betas.at(self.t)
        return np.where(takes_over.reshape(-1, *[1] * (own.ndim - 1)), self.answer, own)

    def lesson(self, transition: Transition) -> Transition:
        return transition._replace(action=self.answer)

    def update(self, transition: Transition) -> None:
        super().update(transition)
        if self.expert is not None:
            self.expert.update(transition)

    def improve(self) -> None:
        sample = self.replay.sample(self.rng, self.batch, 1, self.problem.discount)
        policy, _ = self.training_output(self.policy.networks, sample.observation)
        self.descend(-policy.log_prob(self.network_actions(sample.action)).flatten(1).mean(1))

    def frozen(self, sampled: bool) -> Agent:
        self.expert = None
        return super().frozen(sampled)
