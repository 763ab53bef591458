"""Deep recurrent Q-networks [notes 2.6, 7]."""

from dataclasses import dataclass, field

import torch
from torch import Tensor
from torch.nn.functional import smooth_l1_loss

from rlnotes.agents.deep.base.sequences import Sequences
from rlnotes.agents.deep.dqn import DQN, value_of
from rlnotes.base.errors import SettingError
from rlnotes.nn.network import Network


@dataclass
class DRQN(DQN):
    """DQN with a network that remembers, from sequences of steps [notes 2.6, 7.4].

    ŷ_t = R_t + γ R_{t+1} + … + γ^{n−1} R_{t+n−1} + γ^n max_a Q_θ̄(O_1, …, O_{t+n}; a)

    over random sequences. The state of the network is empty before a sequence, so the loss leaves out its first steps,
    the burn-in. The state is emptied at the end of an episode; a sequence may contain several. Nothing beyond a
    sequence is used: n is smaller towards its end, and steps before a truncation inside it are left out, since it does
    not contain the observation after the truncation.
    Source: Hausknecht & Stone, Deep recurrent Q-learning for partially observable MDPs (2015); Kapturowski et al.,
    Recurrent experience replay in distributed reinforcement learning (2019), for the burn-in.
    """

    network: Network = field(default_factory=lambda: Network(body="lstm", widths=[64]))

    batch: int = 16
    """sequences per run in a batch"""

    sequence: int = 16
    """steps of a sequence that are learned from"""

    burn_in: int = 4
    """steps before them that only prepare the state of the network, 0 or more"""

    def __post_init__(self) -> None:
        self.require_whole("sequence", 1)
        self.require_whole("burn_in", 0)
        super().__post_init__()

    @property
    def consecutive(self) -> int:
        return self.burn_in + self.sequence

    @property
    def steps_at_once(self) -> int:
        return self.batch * self.consecutive

    def check_body(self) -> None:
        if not self.network.remembers:
            requirement = "remembers nothing; must be rnn, lstm, gru, attention or transformer, or use agent=dqn"
            raise SettingError("network.body", self.network.body, requirement)

    def loss(self) -> Tensor:
        """The loss of every run [runs], over random sequences."""
        steps, allowed = self.replay.sequences(self.rng, self.batch, self.consecutive)
        sample = Sequences.of(steps, self.burn_in, self.n, self.problem.discount)
        begins, action, ahead = (
            torch.as_tensor(x, device=self.torch_device)
            for x in (sample.begins, sample.action - self.first_action, sample.ahead)
        )
        q, _ = self.training_output(self.q, sample.observation, None, begins)
        with torch.no_grad():
            target_q, _ = self.target_q(sample.observation, None, begins)
            chooses = self.among((q if self.double else target_q)[:, :, 1:], allowed)
            best = value_of(target_q[:, :, 1:], chooses.argmax(-1)).gather(-1, ahead - 1)
            target = self.tensor(sample.gain) + self.tensor(sample.discount) * best
        loss = smooth_l1_loss(value_of(q[:, :, :-1], action), target, reduction="none")
        counts = self.tensor(sample.counts)
        return (counts * loss).sum((1, 2)) / counts.sum((1, 2)).clamp(min=1)
