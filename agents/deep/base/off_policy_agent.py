"""Agents of this project that learn from a replay buffer: when they store, and when they learn."""

from abc import abstractmethod
from dataclasses import dataclass

import numpy as np

from rlnotes.agents.base.agent import Problem, Transition
from rlnotes.agents.deep.base.deep_agent import DeepAgent
from rlnotes.agents.deep.base.replay_agent import ReplayAgent
from rlnotes.agents.deep.base.replay_buffer import ReplayBuffer


@dataclass
class OffPolicyAgent(ReplayAgent, DeepAgent):
    """An agent that stores every step in a replay buffer, and learns at some of them."""

    state_names = (*DeepAgent.state_names, "replay")

    def __post_init__(self) -> None:
        super().__post_init__()
        least = self.consecutive
        self.require("begin_after", self.begin_after >= least, f"must be {least} or more, the steps of one sample")
        fits = self.capacity >= self.begin_after
        self.require("capacity", fits, f"must be begin_after, {self.begin_after}, or more")

    @property
    def consecutive(self) -> int:
        """Steps in a row that one sample needs."""
        return 1

    @property
    def first_learning(self) -> int:
        return -(-self.begin_after // self.learn_every) * self.learn_every

    def begin(self, problem: Problem, rng: np.random.Generator) -> None:
        super().begin(problem, rng)
        capacity = min(self.capacity, problem.horizon or self.capacity)
        self.replay = ReplayBuffer(capacity, problem.runs, problem.observation_space, problem.action_space)

    def update(self, transition: Transition) -> None:
        self.replay.add(self.lesson(transition), self.next_allowed)
        self.start_anew(transition.terminated | transition.truncated)
        self.t += 1
        if self.t >= self.begin_after and self.t % self.learn_every == 0:
            for _ in range(self.updates):
                self.improve()

    @abstractmethod
    def improve(self) -> None:
        """Learn from one random batch."""
