"""Q-learning inside a learnt model of images [notes 2.6, 7, 8.2]."""

from dataclasses import dataclass, field
from math import inf, prod
from typing import Any

import torch
from gymnasium.spaces import Discrete
from torch import Tensor, nn
from torch.nn.functional import binary_cross_entropy_with_logits, smooth_l1_loss

from rlnotes.agents.base.agent import Problem, ProblemError
from rlnotes.agents.deep.base.sequences import Sequences
from rlnotes.agents.deep.base.world import Codes, LatentModel, World
from rlnotes.agents.deep.dqn import value_of
from rlnotes.agents.deep.drqn import DRQN
from rlnotes.base.errors import SettingError
from rlnotes.nn.base.approximator import Approximator
from rlnotes.nn.base.checks import are_sizes
from rlnotes.nn.base.observations import is_image
from rlnotes.nn.mlp import MLP
from rlnotes.nn.network import Network
from rlnotes.nn.vae import normal_log_density


@dataclass
class WorldModel(DRQN):
    """Q-learning in a learnt model of images [notes 2.6, 7.3, 8.2, 8.4].

    z_t ~ q(z|x_t),    h_t = f(h_{t−1}, z_t),    p(x_t|z_t),    p(z_{t+1}, r_t, end_t|h_t, a_t)
    maximise Σ_t log p(x_t|z_t) + log p(r_t, end_t|h_t, a_t) − KL(q(z_{t+1}|x_{t+1}) ‖ p(z_{t+1}|h_t, a_t))
    ŷ_i = r̂_i + γ (1 − ê_i) ŷ_{i+1},    ŷ_n = max_a Q_θ̄(h_n, a)

    The first line is a VAE of images x, a recurrent network f and the model. The second line is the ELBO of random
    sequences of real steps; the first code of a sequence or episode has the prior N(0, I). The third line gives the
    targets of Q along n imagined steps from the end of each sequence: the first action is random, the others are
    greedy. p(z|h, a) is a mixture of normals, the reward is normal with the σ_G of the pixels. Q learns from imagined
    steps only: Dyna with networks. Imagined steps may use every action, also where an action mask would forbid it.
    Source: Sutton, Dyna (1991); Ha & Schmidhuber, World models (2018); Hafner et al., Learning latent dynamics for
    planning from pixels (2019), for the ELBO.
    """

    network: Network = field(default_factory=lambda: Network(body="gru", widths=[64], window=1))

    learning_rate: int | float | str = 5e-3

    code: int = 16
    """numbers of a code z, fewer than an image has"""

    hidden: list[int] = field(default_factory=lambda: [64])
    """widths of the hidden layers of the VAE, of the model and of the values"""

    deviation: float = 0.1
    """standard deviation σ_G of pixels and rewards, above 0"""

    outcomes: int = 4
    """normals in the mixture that predicts the next code"""

    n: int = 4
    """imagined steps n that ŷ looks ahead, 1 or more"""

    batch: int = 32
    """sequences per run in a batch"""

    sequence: int = 8

    burn_in: int = 0

    begin_after: int = 50

    learn_every: int = 1

    updates: int = 3

    copy_every: int = 50

    def __post_init__(self) -> None:
        super().__post_init__()
        for setting in ("code", "outcomes"):
            self.require_whole(setting, 1)
        self.require("hidden", are_sizes(self.hidden), "must be a list of whole numbers, 1 or more each")
        self.require("deviation", 0 < self.deviation < inf, "must be above 0")
        if self.network.inputs != "none":
            raise SettingError("network.inputs", self.network.inputs, "must be none, since the VAE models the pixels")

    def check(self, problem: Problem) -> None:
        space = problem.observation_space
        if not is_image(space):
            raise ProblemError(f"needs images, a Box [height, width] or with channels, not {space}")
        if (pixels := prod(space.shape or ())) <= self.code:
            raise ProblemError(f"needs images with more numbers than the {pixels} here, or agent.code below {pixels}")
        super().check(problem)

    def networks(self, problem: Problem) -> dict[str, Approximator]:
        assert isinstance(problem.action_space, Discrete)
        actions, layers = int(problem.action_space.n), self.network.layers
        codes = Codes(problem.observation_space, self.code, self.hidden, self.network.activation, self.deviation)
        body = self.network.make_body(self.code)
        mlp = MLP(body.outputs, self.hidden, **layers)
        model = LatentModel(body.outputs, actions, self.code, self.outcomes, self.hidden, **layers)
        return {"q": World(codes, body, nn.Sequential(mlp, self.head(mlp.outputs, actions)), model)}

    @property
    def world(self) -> World:
        """The networks of all runs."""
        world = self.stacks["q"]
        assert isinstance(world, World)
        return world

    def loss(self) -> Tensor:
        """−ELBO of random sequences, per step and in nats, plus the error of Q in imagination [runs]."""
        steps, _ = self.replay.sequences(self.rng, self.batch, self.consecutive)
        with torch.random.fork_rng():
            torch.manual_seed(int(self.rng.integers(2**63)))
            vae_loss, model_loss, memory, state = self.real(steps)
            value_loss = self.imagined(memory, state)
        self.measure(vae_loss=vae_loss, model_loss=model_loss, value_loss=value_loss)
        return vae_loss + model_loss + value_loss

    def real(self, steps: Any) -> tuple[Tensor, Tensor, Tensor, Any]:
        """What real steps [runs, batch, time] teach.

        Returns −log p(x|z) and the other terms of −ELBO [runs], the memory h of the last step of each sequence, and the
        state of the recurrent network after it.
        """
        sample, counted = Sequences.of(steps, self.burn_in, 1, 1.0), slice(self.burn_in, None)
        action, begins, ended = (
            torch.as_tensor(x, device=self.torch_device)
            for x in (steps["action"] - self.first_action, sample.begins, steps["ended"])
        )
        vae, x = self.world.encoder.vae, self.world.encoder.pixels(sample.observation)
        mean, log_deviation = vae.infer(x)
        z, likelihood = vae.explain(x, mean, log_deviation, samples=1)
        z = z.squeeze(-2)
        h, state = self.world.body(z[:, :, :-1], None, begins[:, :, :-1])
        then = self.world.model(h, action)
        from_prior = vae.kl(mean, log_deviation)
        log_q = normal_log_density(z, mean, log_deviation.exp())
        from_model = log_q[:, :, 1:] - then.log_density(z[:, :, 1:])
        change = torch.where(ended, from_prior[:, :, 1:], from_model)
        reward = ((self.tensor(steps["reward"]) - then.reward) / self.deviation).square() / 2
        end = binary_cross_entropy_with_logits(then.end, self.tensor(steps["terminated"]), reduction="none")
        first = from_prior[:, :, 0].mean(1) / self.consecutive
        model_loss = first + (change + reward + end)[:, :, counted].mean((1, 2))
        return -likelihood.squeeze(-1)[:, :, counted].mean((1, 2)), model_loss, h[:, :, -1], state

    def imagined(self, memory: Tensor, state: Any) -> Tensor:
        """The error of Q [runs] along imagined steps, each weighted by its discount γ^i Π_j (1 − ê_j)."""
        world, steps = self.world, []
        with torch.no_grad():
            drawn = self.rng.random(memory.shape[:2]) * world.model.actions
            action = torch.as_tensor(drawn, device=self.torch_device).long()
            for _ in range(self.n):
                then, following, state = world.imagine(memory, action, state)
                steps.append((memory, action, then.reward, self.problem.discount * torch.sigmoid(-then.end)))
                memory, action = following, world.head(following).argmax(-1)
            last = self.target_q.network.head(memory)
            target = value_of(last, action) if self.double else last.amax(-1)
            memories, actions, reward, discount = (torch.stack(part, 2) for part in zip(*steps, strict=True))
            targets = torch.empty_like(reward)
            for i in reversed(range(self.n)):
                target = targets[..., i] = reward[..., i] + discount[..., i] * target
            weight = torch.cat([torch.ones_like(discount[..., :1]), discount[..., :-1]], -1).cumprod(-1)
        error = smooth_l1_loss(value_of(world.head(memories), actions), targets, reduction="none")
        return (weight * error).mean((1, 2))
