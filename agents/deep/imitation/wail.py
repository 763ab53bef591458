"""Wasserstein adversarial imitation learning [notes 8.8, 8.9]."""

from dataclasses import dataclass

import numpy as np
from torch import Tensor

from rlnotes.agents.deep.imitation.base.adversarial_agent import AdversarialAgent
from rlnotes.nn.wgan import PENALTIES, critic_loss


@dataclass
class WAIL(AdversarialAgent):
    """Imitate an expert by a game with a critic f of bounded slope [notes 8.8, 8.9].

    max_f E_expert[f(S, A)] − E_π[f(S, A)] − λ E_x̂[(‖∇f(x̂)‖ − 1)²],    R_t = f(S_t, A_t)

    For slopes of at most 1 and without the penalty, the maximum is the distance W between the steps of the expert and
    those of the policy, which PPO makes smaller. f changes gradually even where D of GAIL is certain. x̂ lies between a
    step of the expert and one of the policy, both standardised.
    Source: Xiao et al., Wasserstein adversarial imitation learning (2019).
    """

    penalty: float = 10.0
    """weight λ of the penalty, above 0"""

    form: str = "two_sided"
    """form of the penalty: two_sided, one_sided or positive_part"""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.require("penalty", 0 < self.penalty < np.inf, "must be above 0")
        self.require_choice("form", list(PENALTIES))

    def judge_loss(self, real: Tensor, fake: Tensor) -> Tensor:
        def critics(x: Tensor) -> Tensor:
            return self.judgement(x.unflatten(0, (self.runs, self.judge_batch))).flatten()

        samples = real.flatten(0, 1), fake.flatten(0, 1)
        mean = critic_loss(critics, *samples, self.penalty, self.form, self.generator)
        return mean.expand(self.runs)  # the gradient of the sum of all is that of each run's own loss

    def rewards(self, judgement: Tensor) -> Tensor:
        return judgement
