"""Agents with networks that learn from rewards."""

from dataclasses import dataclass

import numpy as np

from rlnotes.agents.base.agent import Problem, Transition
from rlnotes.agents.deep.base.deep_agent import DeepAgent
from rlnotes.agents.deep.base.reward_scale import RewardScale


@dataclass
class RewardAgent(DeepAgent):
    """An agent that learns from the rewards of its own steps."""

    state_names = (*DeepAgent.state_names, "reward_scale")

    normalise_rewards: bool = False
    """whether it learns from rewards divided by the root mean square of their discounted sums so far"""

    def begin(self, problem: Problem, rng: np.random.Generator) -> None:
        super().begin(problem, rng)
        self.reward_scale = RewardScale(problem.runs, problem.discount)

    def lesson(self, transition: Transition) -> Transition:
        if not self.normalise_rewards:
            return transition
        ended = transition.terminated | transition.truncated
        return transition._replace(reward=self.reward_scale(transition.reward, ended))
