"""Deep recurrent Q-networks [notes 2.6, 7]."""

from dataclasses import dataclass, field

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import smooth_l1_loss

from rlnotes.agents.deep.dqn import DQN, chosen
from rlnotes.base.errors import SettingError
from rlnotes.nn.network import Network


@dataclass
class DRQN(DQN):
    """DQN with a network that remembers, from sequences of steps [notes 2.6, 7.4].

    ŷ_t = R_t + γ R_{t+1} + … + γ^{n−1} R_{t+n−1} + γ^n max_a Q_θ̄(O_1, …, O_{t+n}; a)

    over random sequences, before which nothing is remembered, so the loss leaves out their first steps, the burn-in.
    What is remembered ends with an episode, and a sequence may hold several. Nothing is looked at beyond a sequence: n
    is less towards its end, and steps before a truncation, of which it holds no value, are left out.
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

    @property
    def reach(self) -> int:
        return self.burn_in + self.sequence

    def require_memory(self) -> None:
        if not self.network.remembers:
            what = "remembers nothing; must be rnn, lstm, gru, attention or transformer, or use agent=dqn"
            raise SettingError("network.body", self.network.body, what)

    def loss(self) -> Tensor:
        """The loss of every run [runs], of random sequences."""
        replay = self.replay
        first = replay.places(self.rng, self.batch, self.reach - 1)[..., None]
        at, runs = (first + np.arange(self.reach)) % replay.capacity, np.arange(self.runs)[:, None, None]
        steps = replay.steps[at, runs]
        ended, terminated, reward = steps["ended"], steps["terminated"], steps["reward"]
        seen = np.concatenate([steps["observation"], steps["following"][:, :, -1:]], axis=2)
        begins = np.zeros(seen.shape[:3], bool)
        begins[..., 1:-1] = ended[..., :-1]
        gain, weight, last = look_ahead(reward, ended, self.n, self.problem.discount)
        over = np.take_along_axis(terminated, last, 2)
        counts = over | ~np.take_along_axis(ended, last, 2) | (last == self.reach - 1)
        counts[..., : self.burn_in] = False

        numbers = begins, steps["action"] - self.first_action, last + 1
        begun, action, then = (torch.as_tensor(x, device=self.place) for x in numbers)
        value, _ = self.learning(self.q, seen, None, begun)
        with torch.no_grad():
            old, _ = self.old(seen, None, begun)
            best = chosen(old, (value if self.double else old).argmax(-1)).gather(-1, then)
            target = self.tensor(gain) + self.tensor(weight * ~over) * best
        error = smooth_l1_loss(chosen(value[:, :, :-1], action), target, reduction="none")
        learnt = self.tensor(counts)
        return (learnt * error).sum((1, 2)) / learnt.sum((1, 2)).clamp(min=1)


def look_ahead(reward: np.ndarray, ended: np.ndarray, n: int, discount: float) -> tuple[np.ndarray, ...]:
    """From every step of sequences [..., time] on: Σ_i γ^i R_{t+i}, the γ^m that follows, and the last step t + m − 1.

    m is n, but less where an episode or the sequence ends before.
    """
    time = np.arange(reward.shape[-1])
    gain, weight, last = np.zeros_like(reward), np.ones_like(reward), np.broadcast_to(time, reward.shape).copy()
    alive = np.ones_like(ended)
    for i in range(n):
        at = np.minimum(time + i, time[-1])
        alive = alive & (time + i <= time[-1])
        gain += np.where(alive, weight * reward[..., at], 0)
        weight[alive] *= discount
        last[alive] = np.broadcast_to(at, last.shape)[alive]
        alive &= ~ended[..., at]
    return gain, weight, last
