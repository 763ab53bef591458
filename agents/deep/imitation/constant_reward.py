"""PPO with a constant reward, a control for imitation."""

from dataclasses import dataclass

import numpy as np

from rlnotes.agents.base.agent import Transition
from rlnotes.agents.deep.ppo import PPO


@dataclass
class ConstantReward(PPO):
    """PPO with the same reward in every step: a control without an expert.

    R_t = r

    It learns to make episodes long if r > 0, and short if r < 0. Where it does as well as an imitator, the imitator has
    not shown that it learnt from the expert: on CartPole r = 1 and on Acrobot r = −1 are the rewards of the task.
    Source: Kostrikov et al., Discriminator-actor-critic (2019), section 4.1.
    """

    reward: float = 1.0
    """the reward r, not 0"""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.require("reward", self.reward != 0 and np.isfinite(self.reward), "must be a number other than 0")

    def lesson(self, transition: Transition) -> Transition:
        return super().lesson(transition._replace(reward=np.full(self.runs, float(self.reward))))
