"""Agents that imitate by a game: a judge tells the expert's steps from theirs, and they learn to please it."""

from abc import abstractmethod
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from rlnotes.agents.base.agent import Problem, ProblemError, Transition
from rlnotes.agents.deep.base.adam import Adam
from rlnotes.agents.deep.base.deep_data_agent import EpisodesAgent
from rlnotes.agents.deep.base.recorded_steps import RecordedSteps
from rlnotes.agents.deep.base.rollout import Step
from rlnotes.agents.deep.imitation.base.judge import judge
from rlnotes.agents.deep.ppo import PPO
from rlnotes.data.dataset import Dataset
from rlnotes.nn.base.approximator import Approximator


@dataclass
class AdversarialAgent(EpisodesAgent, PPO):
    """A PPO whose rewards come from a judge of steps (s, a), which learns after every rollout. It sees no rewards.

    *Absorbing states*. If every judgement is positive, an agent gains by long episodes, whoever the expert is, and if
    every one is negative, by short ones. So an episode that terminates goes on in an absorbing state s̄, which the judge
    judges too. It lasts 1/(1 − γ) steps, in what the judge learns from and in the value r(s̄)/(1 − γ) after the end.
    Source: Kostrikov et al., Discriminator-actor-critic (2019), section 4.1.
    """

    state_names = (*PPO.state_names, "judge_adam")

    judge_steps: int = 16
    """steps of Adam of the judge after every rollout"""

    judge_batch: int = 128
    """steps per run of the expert, and of the policy, in a minibatch of the judge"""

    absorbing: bool = True
    """whether an episode that terminated goes on in an absorbing state; false: its later rewards are 0"""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.require_whole("judge_steps", 1)
        self.require_whole("judge_batch", 1)

    def check(self, problem: Problem) -> None:
        super().check(problem)
        if self.absorbing and problem.discount == 1:
            raise ProblemError("needs a discount below 1, since absorbing states last for ever, or absorbing=false")

    def networks(self, problem: Problem) -> dict[str, Approximator]:
        judging = judge(self.network, problem.observation_space, problem.action_space)
        return super().networks(problem) | {"judge": judging}

    def begin(self, problem: Problem, rng: np.random.Generator) -> None:
        super().begin(problem, rng)
        self.judge = self.stacks["judge"]
        self.lasting = 1 / (1 - problem.discount) if self.absorbing else 0.0

    def optimise(self) -> None:
        self.adam = Adam([self.stacks["policy"], self.stacks["value"]], self.clip_gradient)
        self.judge_adam = Adam([self.stacks["judge"]], self.clip_gradient, name="judge_")

    def learn_from(self, data: Dataset) -> None:
        self.recorded = RecordedSteps(data, self.drawn_episodes(data))

    def lesson(self, transition: Transition) -> Transition:
        """The step as it is: the rewards to learn from come after the rollout."""
        return transition

    def improve(self, steps: Step) -> None:
        action = self.in_env(steps.action)
        for _ in range(self.judge_steps):
            self.descend(self.judge_loss(self.expert_batch(), self.own_batch(steps, action)), self.judge_adam)
        super().improve(self.judged(steps, action))

    @abstractmethod
    def judge_loss(self, real: Tensor, fake: Tensor) -> Tensor:
        """The loss [runs] of the judge for features [runs, batch, features] of steps of the expert and of its own."""

    @abstractmethod
    def rewards(self, judgement: Tensor) -> Tensor:
        """The rewards for what the judge says."""

    def judgement(self, features: Tensor) -> Tensor:
        """What the judge says [runs, batch] about features [runs, batch, features]."""
        output: Tensor = self.judge.head(self.judge.body(features)[0])
        return output.squeeze(-1)

    def expert_batch(self) -> Tensor:
        """The features of random steps of the expert [runs, batch, features]."""
        places, absorbing = self.places(self.recorded.counts, self.recorded.terminations)
        data, at = self.recorded.data, self.recorded.at(places)
        return self.features(data.observation[at], data.action[at], absorbing)

    def own_batch(self, steps: Step, action: np.ndarray) -> Tensor:
        """The features of random steps of a rollout [runs, batch, features]."""
        counts = np.full(self.runs, len(action))
        places, absorbing = self.places(counts, steps.terminated.sum(axis=0))
        at = places, np.arange(self.runs)[:, None]
        return self.features(steps.observation[at], action[at], absorbing)

    def places(self, counts: np.ndarray, terminations: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Random places among the steps of every run, and which are in absorbing states instead [runs, batch].

        The places are random there too, since the observations at all places count for the judge's statistics.
        """
        u, v = self.rng.random((2, self.runs, self.judge_batch))
        lasting = self.lasting * terminations
        return (u * counts[:, None]).astype(np.int64), v < (lasting / (counts + lasting))[:, None]

    def features(self, observation: np.ndarray, action: np.ndarray, absorbing: np.ndarray) -> Tensor:
        """The input of the judge, which also counts for its statistics."""
        encoder = self.judge.encoder.train()
        found = encoder(observation, action, torch.as_tensor(absorbing, device=self.torch_device))
        encoder.eval()
        return found

    @torch.no_grad()
    def judged(self, steps: Step, action: np.ndarray) -> Step:
        """The steps with the rewards of the judge; a terminated episode goes on in the absorbing state."""
        each = torch.as_tensor(np.zeros(action.shape[:2], bool).T, device=self.torch_device)
        features = self.judge.encoder(steps.observation.swapaxes(0, 1), action.swapaxes(0, 1), each)
        reward = self.rewards(self.judgement(features)).cpu().numpy().T
        ending = torch.zeros_like(features[:, :1])
        ending[..., -1] = 1
        after = self.lasting * self.rewards(self.judgement(ending)).cpu().numpy()[:, 0]
        if self.normalise_rewards:
            reward = np.stack([self.reward_scale(*step) for step in zip(reward, steps.ended, strict=True)])
            after = after / self.reward_scale.size
        next_value = np.where(steps.terminated, after, steps.next_value).astype(np.float32)
        return steps._replace(reward=reward, next_value=next_value, terminated=np.zeros_like(steps.terminated))
