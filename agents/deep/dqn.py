"""Deep Q-networks [notes 2.6]."""

from copy import deepcopy
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from gymnasium.spaces import Discrete
from torch import Tensor, nn
from torch.nn.functional import smooth_l1_loss

from rlnotes.agents.base.agent import Problem, Transition, require_finite_actions
from rlnotes.agents.deep.base.deep_agent import DeepAgent, Player
from rlnotes.agents.deep.base.replay import Replay
from rlnotes.base.errors import SettingError
from rlnotes.nn.base.approximator import Approximator
from rlnotes.nn.base.composed import Composed
from rlnotes.nn.mlp import Linear


class Dueling(nn.Module):
    """Q(s, a) = V(s) + A(s, a) − 1/k Σ_b A(s, b), both linear in the features.

    Source: Wang et al., Dueling network architectures for deep reinforcement learning (2016).
    """

    def __init__(self, inputs: int, actions: int, initialisation: str) -> None:
        super().__init__()
        self.value, self.advantage = Linear(inputs, 1, initialisation), Linear(inputs, actions, initialisation)

    def forward(self, features: Tensor) -> Tensor:
        advantage = self.advantage(features)
        return self.value(features) + advantage - advantage.mean(-1, keepdim=True)


@dataclass
class DQN(DeepAgent):
    """Q-learning [notes 2.6] with a network, from steps that are remembered.

    θ ← θ − α ∇_θ 1/B Σ_t ℓ(ŷ_t − Q_θ(S_t, A_t)),    ŷ_t = R_t + γ max_a Q_θ̄(S_{t+1}, a)

    over a random batch of the last steps; ℓ is Huber's loss, θ̄ the θ of some time ago, and Adam takes the steps. It
    plays argmax_a Q(s, a) with probability 1 − ε, else any action. `double`: Q_θ̄(S_{t+1}, argmax_a Q_θ(S_{t+1}, a))
    takes the place of the maximum. `n`: ŷ_t looks n steps ahead, as they were played.
    Source: Mnih et al., Human-level control through deep reinforcement learning (2015); van Hasselt et al. (2016).
    """

    keeps = (*DeepAgent.keeps, "old", "player", "replay")

    epsilon: int | float | str = "linear:1:0.05:10000"
    """probability ε of a random action, from 0 to 1; it may change: linear:FIRST:LAST:STEPS, exponential:…"""

    double: bool = True
    """whether one network chooses the action whose value the other tells"""

    dueling: bool = False
    """whether the network tells V(s) and advantages apart"""

    n: int = 1
    """steps n that ŷ looks ahead, 1 or more"""

    capacity: int = 50_000
    """steps of a run that are remembered"""

    batch: int = 64
    """steps B of a run that are learnt from at once"""

    begin_after: int = 1_000
    """steps before the first learning"""

    learn_every: int = 4
    """steps between two times of learning"""

    updates: int = 1
    """batches that are learnt from each time"""

    copy_every: int = 500
    """steps between two copies of θ to θ̄"""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.schedule("epsilon", positive=False)
        for setting in ("n", "capacity", "batch", "begin_after", "learn_every", "updates", "copy_every"):
            self.require_whole(setting, 1)
        if self.begin_after < self.reach:
            raise SettingError(
                "begin_after", self.begin_after, f"must be {self.reach} or more, which one learning takes"
            )
        if self.capacity < self.begin_after:
            raise SettingError("capacity", self.capacity, f"must be begin_after, {self.begin_after}, or more")
        self.require_memory()

    @property
    def reach(self) -> int:
        """Steps in a row that are learnt from together."""
        return self.n

    @property
    def first_learning(self) -> int:
        return -(-self.begin_after // self.learn_every) * self.learn_every

    def require_memory(self) -> None:
        """Raise `SettingError` where the network remembers, or does not, though it should."""
        if self.network.remembers:
            what = "needs sequences of steps to learn from; use agent=drqn, or mlp or cnn"
            raise SettingError("network.body", self.network.body, what)

    def check(self, problem: Problem) -> None:
        require_finite_actions(problem)
        super().check(problem)

    def networks(self, problem: Problem) -> dict[str, Approximator]:
        actions = problem.action_space
        assert isinstance(actions, Discrete)
        if not self.dueling:
            return {"q": self.network.action_values(problem.observation_space, actions)}

        def head(width: int) -> nn.Module:
            return Dueling(width, int(actions.n), self.network.initialisation)

        return {"q": self.network.build(problem.observation_space, head)}

    def begin(self, problem: Problem, rng: np.random.Generator) -> None:
        super().begin(problem, rng)
        assert isinstance(problem.action_space, Discrete)
        self.first_action = int(problem.action_space.start)
        q = self.stacks["q"]
        self.q, self.old = Composed(q), Composed(deepcopy(q).requires_grad_(False))
        self.player = Player(self.q, self.network.remembers)
        self.epsilons = self.schedule("epsilon", positive=False)
        capacity = min(self.capacity, problem.horizon or self.capacity)
        self.replay = Replay(capacity, problem.runs, problem.observation_space)

    @torch.inference_mode()
    def act(self, observation: Any) -> np.ndarray:
        said = self.player(observation)
        explore, other = self.rng.random((2, self.runs))
        random = self.first_action + (other * said.shape[-1]).astype(np.int64)
        return np.where(explore < self.epsilons.at(self.t), random, self.actions(self.best(said)))

    def worth(self, observation: np.ndarray) -> Tensor:
        return self.q(observation)[0].amax(-1)

    def best(self, said: Tensor) -> Tensor:
        return said.argmax(-1)

    def update(self, transition: Transition) -> None:
        self.replay.add(transition)
        self.player.forget(transition.terminated | transition.truncated)
        self.t += 1
        if self.t >= self.begin_after and self.t % self.learn_every == 0:
            for _ in range(self.updates):
                self.descend(self.loss())
        if self.t % self.copy_every == 0:
            self.old.network.load_state_dict(self.q.network.state_dict())

    def loss(self) -> Tensor:
        """The loss of every run [runs], of a random batch."""
        sample = self.replay.sample(self.rng, self.batch, self.n, self.problem.discount)
        value, _ = self.learning(self.q, sample.observation)
        with torch.no_grad():
            old, _ = self.old(sample.following)
            best = chosen(old, self.q(sample.following)[0].argmax(-1)) if self.double else old.amax(-1)
            target = self.tensor(sample.gain) + self.tensor(sample.discount) * best
        action = torch.as_tensor(sample.action - self.first_action, device=self.place)
        return smooth_l1_loss(chosen(value, action), target, reduction="none").mean(1)


def chosen(value: Tensor, action: Tensor) -> Tensor:
    """Q(s, a) [...] of values [..., actions]."""
    return value.gather(-1, action.unsqueeze(-1)).squeeze(-1)
