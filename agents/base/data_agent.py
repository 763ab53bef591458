"""The contract of an agent that learns from recorded data."""

from abc import abstractmethod
from dataclasses import dataclass

from rlnotes.agents.base.agent import Agent
from rlnotes.data.dataset import Dataset


@dataclass
class DataAgent(Agent):
    """An agent that needs a data set, with the spaces of its problem."""

    def check_data(self, data: Dataset) -> None:
        """Raise `ProblemError` if it cannot learn from these data. Subclasses call this first."""

    @abstractmethod
    def learn_from(self, data: Dataset) -> None:
        """Learn from the data, or store them for later: after `begin`, and before the first step."""
