"""The contract of an agent that asks an expert."""

from abc import abstractmethod
from dataclasses import dataclass

from rlnotes.agents.base.agent import Agent


@dataclass
class ExpertAgent(Agent):
    """An agent that needs an expert, with the spaces of its problem."""

    @abstractmethod
    def ask(self, expert: Agent) -> None:
        """Take an agent that plays in all runs and does not learn: after `begin`, and before the first step.

        Give it every observation (`act`) and every step (`update`), since it may remember.
        """
