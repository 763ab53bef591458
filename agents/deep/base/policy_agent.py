"""What agents have in common that learn a policy by what it was seen to do."""

from abc import abstractmethod
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor
from torch.distributions import Categorical, Distribution, Independent, Normal

from rlnotes.agents.base.agent import Problem, Transition
from rlnotes.agents.deep.base.deep_agent import DeepAgent, Player
from rlnotes.base.errors import SettingError
from rlnotes.nn.base.approximator import Approximator
from rlnotes.nn.base.composed import Composed


class Step(NamedTuple):
    """What is kept of one step of every run; each field is [runs, ...]."""

    observation: np.ndarray
    action: np.ndarray
    """as drawn"""
    value: np.ndarray
    reward: np.ndarray
    next_value: np.ndarray
    """V of the last state where an episode was truncated, or the rollout ends; else nothing that counts"""
    terminated: np.ndarray
    ended: np.ndarray
    begins: np.ndarray


class Batch(NamedTuple):
    """Steps to learn from, [runs, batch, ...], or [runs, batch, time, ...] of what remembers."""

    observation: Tensor
    action: Tensor
    advantage: Tensor
    """Â"""
    target: Tensor
    """of V"""
    begins: Tensor
    log_probability: Tensor | None = None
    """of the policy that played, where the objective needs it"""


@dataclass
class PolicyAgent(DeepAgent):
    """An agent with a policy π(a|s) and a value V(s) of it, which learns after so many steps from what happened.

    The loss is −(objective + `entropy` H(π)) + ½ (V − target)², the mean over the steps.
    """

    keeps = (*DeepAgent.keeps, "policy", "value", "steps", "begins")

    rollout: int = 128
    """steps of every run between two improvements"""

    entropy: float = 0.0
    """weight of the policy's entropy in the objective, 0 or more"""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.require_whole("rollout", 1)
        if not 0 <= self.entropy < np.inf:
            raise SettingError("entropy", self.entropy, "must be 0 or more")
        self.refuse_batch_normalisation()

    @property
    def first_learning(self) -> int:
        return self.rollout

    def networks(self, problem: Problem) -> dict[str, Approximator]:
        policy = self.network.policy(problem.observation_space, problem.action_space)
        return {"policy": policy, "value": self.network.vector(problem.observation_space, 1)}

    def begin(self, problem: Problem, rng: np.random.Generator) -> None:
        super().begin(problem, rng)
        self.policy, self.value = (Player(Composed(many), self.network.remembers) for many in self.stacks.values())
        self.steps: list[Step] = []
        self.begins = np.ones(self.runs, bool)

    @torch.inference_mode()
    def act(self, observation: Any) -> np.ndarray:
        drawn = draw(self.policy(observation), self.generator)
        self.drawn = drawn.flatten(0, 1 + self.network.remembers).cpu().numpy()
        self.judged = self.value(observation).reshape(-1).cpu().numpy()
        return self.actions(drawn)

    def worth(self, observation: np.ndarray) -> Tensor:
        return self.stacks["value"](observation)[0].squeeze(-1)

    def best(self, said: Distribution) -> Tensor:
        return likeliest(said)

    def update(self, transition: Transition) -> None:
        self.t += 1
        over = self.t % self.rollout == 0
        observation, _, reward, following, terminated, truncated = transition
        ended, next_value = terminated | truncated, np.zeros(self.runs, np.float32)
        if truncated.any() or over:
            with torch.inference_mode():
                next_value = self.value.peek(following)[0].reshape(-1).cpu().numpy()
        outcome = reward, next_value, terminated, ended, self.begins
        self.steps.append(Step(observation, self.drawn, self.judged, *outcome))
        self.begins = ended
        self.policy.forget(ended)
        self.value.forget(ended)
        if over:
            steps = Step(*map(np.stack, zip(*self.steps, strict=True)))
            self.improve(steps)
            for networks in self.stacks.values() if self.network.inputs != "none" else ():
                networks.encoder.train()(steps.observation[-self.rollout :].swapaxes(0, 1))
                networks.encoder.eval()

    @abstractmethod
    def improve(self, steps: Step) -> None:
        """Learn from the steps so far [steps, runs, ...], and drop those that are done with."""

    def objective(self, log_probability: Tensor, batch: Batch) -> Tensor:
        """What the policy is to make large, of log π(A|S) of each step: Â log π(A|S)."""
        return batch.advantage * log_probability

    def losses(self, batch: Batch, states: Any) -> Tensor:
        """The loss of every step [runs, steps], from what was remembered at the beginning of each sequence."""
        of_policy, of_value = states
        distribution, _ = self.policy.networks(batch.observation, of_policy, batch.begins)
        value, _ = self.value.networks(batch.observation, of_value, batch.begins)
        gain = self.objective(distribution.log_prob(batch.action), batch)
        if self.entropy:
            gain = gain + self.entropy * distribution.entropy()
        return ((value.squeeze(-1) - batch.target).square() / 2 - gain).flatten(1)

    def batch(self, steps: Step, advantage: np.ndarray, target: np.ndarray, length: int) -> Batch:
        """The steps of every run in its sequences of a length, [runs, sequences, length, ...]; or one by one."""
        parts = steps.observation, steps.action, advantage, target, steps.begins

        def split(x: np.ndarray) -> Tensor:
            mine = np.ascontiguousarray(x.swapaxes(0, 1))
            shape = (-1, length, *mine.shape[2:]) if self.network.remembers else mine.shape[1:]
            found = torch.as_tensor(mine.reshape(self.runs, *shape), device=self.place)
            return found.float() if found.dtype == torch.float64 else found

        return Batch(*map(split, parts))


def draw(distribution: Distribution, generator: torch.Generator) -> Tensor:
    """One action of each distribution, by the luck of the generator."""
    if isinstance(distribution, Categorical):
        luck = torch.empty_like(distribution.logits).exponential_(generator=generator)
        return (distribution.logits - luck.log()).argmax(-1)  # log π + Gumbel's luck, whose maximum is at a with π(a)
    assert isinstance(distribution, Independent)
    base = distribution.base_dist
    if isinstance(base, Normal):
        return torch.normal(base.loc, base.scale, generator=generator)
    return torch.bernoulli(base.probs, generator=generator)


def likeliest(distribution: Distribution) -> Tensor:
    """The likeliest action of each distribution."""
    if isinstance(distribution, Categorical):
        return distribution.logits.argmax(-1)
    assert isinstance(distribution, Independent)
    base = distribution.base_dist
    return base.loc if isinstance(base, Normal) else (base.probs > 0.5).float()
