"""Agents with networks that learn from recorded steps."""

from abc import abstractmethod
from dataclasses import dataclass

import numpy as np
from torch import Tensor

from rlnotes.agents.base.agent import ProblemError, Transition
from rlnotes.agents.base.data_agent import DataAgent
from rlnotes.agents.deep.base.deep_agent import DeepAgent
from rlnotes.agents.deep.base.one_thread import one_thread
from rlnotes.agents.deep.base.recorded_steps import RecordedSteps
from rlnotes.data.dataset import Dataset


@dataclass
class EpisodesAgent(DataAgent, DeepAgent):
    """An agent with networks whose runs draw episodes of the data."""

    episodes: int | None = None
    """recorded episodes that every run draws at random; null: all"""

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.episodes is not None:
            self.require_whole("episodes", 1)

    def check_data(self, data: Dataset) -> None:
        super().check_data(data)
        if (self.episodes or 0) > len(data.lengths):
            raise ProblemError(f"needs agent.episodes={self.episodes} episodes, and the data has {len(data.lengths)}")

    def drawn_episodes(self, data: Dataset) -> np.ndarray:
        """The numbers of the episodes that every run draws [runs, number]."""
        every = np.tile(np.arange(len(data.lengths)), (self.runs, 1))
        return self.rng.permuted(every, axis=1)[:, : self.episodes]


@dataclass
class DeepDataAgent(EpisodesAgent):
    """An agent with networks that learn from recorded steps alone, before the first step, and then only act.

    Every step of Adam goes down the mean `loss` of a random minibatch. A `learning_rate` that changes does so over
    the `learning_steps`.
    """

    learning_steps: int = 2_000
    """steps of Adam"""

    batch: int = 64
    """recorded steps per run in a minibatch"""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.require_whole("learning_steps", 1)
        self.require_whole("batch", 1)

    @property
    def steps_at_once(self) -> int:
        return self.batch

    @property
    def first_learning(self) -> int:
        return 0

    @one_thread()
    def learn_from(self, data: Dataset) -> None:
        self.recorded = RecordedSteps(data, self.drawn_episodes(data))
        self.learning_rates = self.schedule("learning_rate", positive=True, horizon=self.learning_steps)
        for _ in range(self.learning_steps):
            self.descend(self.loss(self.draw_batch()))
            self.t += 1

    def draw_batch(self) -> np.ndarray:
        """Random steps to learn from [runs, batch]."""
        return self.recorded.draw(self.rng, self.batch)

    def update(self, transition: Transition) -> None:
        self.follow(transition)

    @abstractmethod
    def loss(self, steps: np.ndarray) -> Tensor:
        """The loss of every run [runs] for recorded steps [runs, ...]."""
