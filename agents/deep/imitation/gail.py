"""Generative adversarial imitation learning [notes 8.5 to 8.7]."""

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn.functional import logsigmoid

from rlnotes.agents.deep.imitation.base.adversarial_agent import AdversarialAgent
from rlnotes.nn.gan import discriminator_value

REWARDS = {"positive": lambda logit: -logsigmoid(-logit), "negative": logsigmoid}
"""rewards by name, from the logit of D"""


@dataclass
class GAIL(AdversarialAgent):
    """Imitate an expert by a game: PPO learns to deceive D [notes 8.5 to 8.7].

    max_φ E_expert[log D(S, A; φ)] + E_π[log(1 − D(S, A; φ))],    R_t = −log(1 − D(S_t, A_t)) or log D(S_t, A_t)

    D learns which steps are the expert's, and is near 1 for these. The policy is the generator: it maximises expected
    rewards. −log(1 − D) makes its loss the saturating one of a GAN, and log D the non-saturating one.
    Source: Ho & Ermon, Generative adversarial imitation learning (2016), where D is 1 − D.
    """

    reward: str = "positive"
    """positive: −log(1 − D), always above 0, or negative: log D, always below 0"""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.require_choice("reward", list(REWARDS))

    def judge_loss(self, real: Tensor, fake: Tensor) -> Tensor:
        return -torch.vmap(discriminator_value)(self.judgement(real), self.judgement(fake))

    def rewards(self, judgement: Tensor) -> Tensor:
        return REWARDS[self.reward](judgement)
