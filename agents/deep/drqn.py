"""Deep recurrent Q-networks [notes 2.6, 7]."""

from dataclasses import dataclass, field

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import smooth_l1_loss

from rlnotes.agents.deep.dqn import DQN, chosen
from rlnotes.agents.deep.replay import Replay
from rlnotes.envs.errors import SettingError
from rlnotes.nn.network import Network


@dataclass
class DRQN(DQN):
    """DQN with a network that remembers, from sequences of steps [notes 2.6, 7.4].

    ŷ_t = R_t + γ max_a Q_θ̄(O_1, …, O_{t+1}; a)

    over random sequences, before which nothing is remembered, so the loss leaves out their first steps, the burn-in.
    What is remembered ends with an episode, and a sequence may hold several. A step whose episode was truncated counts
    only as the last one.
    Source: Hausknecht & Stone, Deep recurrent Q-learning for partially observable MDPs (2015); Kapturowski et al.,
    Recurrent experience replay in distributed reinforcement learning (2019), for the burn-in.
    """

    network: Network = field(default_factory=lambda: Network(body="lstm", widths=[64]))

    batch: int = 16
    """sequences of a run that are learnt from at once"""

    sequence: int = 16
    """steps of a sequence that are learnt from"""

    burn_in: int = 4
    """steps before them that are only remembered, 0 or more"""

    def __post_init__(self) -> None:
        self.require_whole("sequence", 1)
        self.require_whole("burn_in", 0)
        super().__post_init__()
        if self.n != 1:
            raise SettingError("n", self.n, "must be 1 here")

    @property
    def reach(self) -> int:
        return self.burn_in + self.sequence

    def require_memory(self) -> None:
        if not self.network.remembers:
            what = "remembers nothing; must be rnn, lstm, gru, attention or transformer, or use agent=dqn"
            raise SettingError("network.body", self.network.body, what)

    def loss(self, replay: Replay) -> Tensor:
        """The loss of every run [runs], of random sequences."""
        first = replay.places(self.rng, self.batch, self.reach - 1)[..., None]
        at, runs = (first + np.arange(self.reach)) % replay.capacity, np.arange(self.runs)[:, None, None]
        ended, terminated, reward = replay.ended[at, runs], replay.terminated[at, runs], replay.reward[at, runs]
        seen = np.concatenate([replay.observation[at, runs], replay.following[at[..., -1:], runs]], axis=2)
        begins = np.zeros(seen.shape[:3], bool)
        begins[..., 1:-1] = ended[..., :-1]

        begun, action = (torch.as_tensor(x, device=self.place) for x in (begins, replay.action[at, runs]))
        value, _ = self.learning(self.q, seen, None, begun)
        with torch.no_grad():
            old = self.old(seen, None, begun)[0][:, :, 1:]
            best = (value[:, :, 1:] if self.double else old).argmax(-1)
            target = self.tensor(reward) + self.tensor(self.problem.discount * ~terminated) * chosen(old, best)
        counts = self.tensor(terminated | ~ended)
        counts[..., -1] = 1
        counts[..., : self.burn_in] = 0
        error = smooth_l1_loss(chosen(value[:, :, :-1], action), target, reduction="none")
        return (counts * error).sum((1, 2)) / counts.sum((1, 2))
