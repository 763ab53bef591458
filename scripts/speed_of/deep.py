"""Speed of deep agents."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from statistics import median
from typing import Any

import gymnasium as gym
import numpy as np
import torch
from rich.progress import track
from rich.table import Table
from torch import nn

from rlnotes import agents
from rlnotes.agents.base.agent import Problem, Transition
from rlnotes.agents.deep.base.deep_agent import DeepAgent
from rlnotes.agents.deep.base.one_thread import one_thread
from rlnotes.envs.base.environment import Environment
from rlnotes.envs.mdps.catch import Catch
from rlnotes.envs.registered import Registered
from rlnotes.nn.network import Network
from rlnotes.simulation.cell import Cell
from rlnotes.simulation.recorder import Recorder

RUNS = (1, 16, 32)
CART_POLE, PENDULUM = Registered("CartPole-v1"), Registered("Pendulum-v1")
LSTM = Network(body="lstm", widths=[64])
REPLAY = {"learning_starts": 100, "batch_size": 64, "buffer_size": 50_000}
MLP: dict[str, Any] = {"net_arch": [64, 64], "activation_fn": nn.ReLU}


@dataclass
class Case:
    """An agent of ours and the loop that it is compared with, with the same settings."""

    agent: str
    settings: dict[str, Any]
    theirs: dict[str, Any]
    env: Environment = field(default_factory=lambda: CART_POLE)
    peer: str = "stable-baselines3"
    policy: dict[str, Any] = field(default_factory=lambda: MLP)


def maps() -> type[nn.Module]:
    """The feature maps of our cnn for stable-baselines3."""
    from stable_baselines3.common.torch_layers import BaseFeaturesExtractor

    class Maps(BaseFeaturesExtractor):  # type: ignore[misc]
        def __init__(self, space: gym.spaces.Box) -> None:
            depth, height, width = space.shape
            super().__init__(space, 32 * (height - 4) * (width - 4))
            layers = nn.Conv2d(depth, 16, 3), nn.ReLU(), nn.Conv2d(16, 32, 3), nn.ReLU(), nn.Flatten()
            self.maps = nn.Sequential(*layers)

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return self.maps(x)

    return Maps


DQN = {"begin_after": 100, "batch": 64, "learn_every": 4, "copy_every": 500, "double": False}
SB3_DQN = REPLAY | {"train_freq": 4, "target_update_interval": 500}
PPO = {"rollout": 256, "minibatch": 64, "epochs": 10}
SB3_PPO = {"n_steps": 256, "batch_size": 64, "n_epochs": 10}
CASES = {
    "dqn": Case("DQN", DQN, SB3_DQN),
    "dqn, cnn": Case("DQN", DQN | {"network": Network(body="cnn")}, SB3_DQN, Catch(observation="planes")),
    "drqn": Case("DRQN", {"begin_after": 100, "double": False, "network": LSTM}, {}, peer="a bare loop of torch"),
    "ppo": Case("PPO", PPO, SB3_PPO),
    "ppo, lstm": Case(
        "PPO",
        PPO | {"network": LSTM},
        SB3_PPO,
        peer="sb3-contrib",
        policy={"net_arch": [], "lstm_hidden_size": 64},
    ),
    "sac": Case("SAC", {"begin_after": 100, "batch": 64}, REPLAY, PENDULUM),
    "td3": Case("TD3", {"begin_after": 100, "batch": 64}, REPLAY, PENDULUM),
}


def deep(steps: int = 2_048) -> Table:
    """Our agents with the same settings against the loops of stable-baselines3 and sb3-contrib. The ratio is our time
    for a step of a run divided by theirs. The other numbers are microseconds; the last three split ours into
    environment and recorder, acting, and learning. Runs that learn together share most of the cost of a step. Nobody
    else has drqn; a loop with torch's own LSTM and Adam takes its place, which resets no state inside a sequence.
    """
    torch.set_num_threads(1)
    table = Table(title=f"{steps:,} steps, one core")
    left = ("agent", "on", "peer")
    for heading in ("agent", "on", "runs", "peer", "ratio", "ours", "theirs", "environment", "act", "learn"):
        table.add_column(heading, justify="left" if heading in left else "right")
    for name, case in CASES.items():
        times: dict[int, list[Any]] = {runs: [] for runs in RUNS}
        theirs = []
        for _ in track(range(3), name, transient=True):
            theirs.append(bare_loop(steps) if case.agent == "DRQN" else stable_baselines3(case, steps))
            for runs, found in times.items():
                found.append(ours(case, runs, steps))
        their = median(theirs) / steps * 1e6
        for runs, found in times.items():
            parts = np.median(np.array(found), axis=0) / steps / runs * 1e6
            cells = [f"{parts.sum() / their:.3f}", f"{parts.sum():.1f}", f"{their:.0f}", *(f"{p:.1f}" for p in parts)]
            on = case.env.id if isinstance(case.env, Registered) else "catch"
            table.add_row(name, on, str(runs), case.peer, *cells)
    return table


@one_thread()
def ours(
    case: Case, runs: int, steps: int, device: str = "cpu", clock: Callable[[], float] = time.process_time
) -> tuple[float, float, float]:
    """Seconds for environment and recorder, for acting, and for learning."""
    cell = Cell(getattr(agents, case.agent)(device=device, **case.settings), case.env, steps, runs)
    env, agent = Recorder(cell.env.batch(runs), steps, seed=0), cell.agent
    assert isinstance(agent, DeepAgent)
    agent.begin(Problem.of(cell.env, env, steps), np.random.default_rng(0))
    observation, _ = env.reset()
    stepping = acting = learning = 0.0
    for _ in range(steps):
        begin = clock()
        action = agent.act(observation)
        acted = clock()
        following, reward, terminated, truncated, info = env.step(action)
        stepped = clock()
        last = info.get("final_obs", following)
        agent.update(Transition(observation, action, reward, last, terminated, truncated))
        observation = following
        acting, stepping = acting + acted - begin, stepping + stepped - acted
        learning += clock() - stepped
    return stepping, acting, learning


def stable_baselines3(case: Case, steps: int) -> float:
    """Seconds for one run of a loop of stable-baselines3 or sb3-contrib, with the same layers and settings."""
    import sb3_contrib
    import stable_baselines3

    env: Any = case.env.id if isinstance(case.env, Registered) else gym.make("rlnotes/Catch-v0", observation="planes")
    policy, kind = case.policy, "MlpPolicy"
    if not isinstance(case.env, Registered):
        policy = MLP | {"features_extractor_class": maps(), "normalize_images": False}
    make = getattr(stable_baselines3, case.agent)
    if case.peer == "sb3-contrib":
        make, kind = sb3_contrib.RecurrentPPO, "MlpLstmPolicy"
    model = make(kind, env, learning_rate=1e-3, policy_kwargs=dict(policy), device="cpu", seed=0, **case.theirs)
    begin = time.process_time()
    model.learn(steps)
    return time.process_time() - begin


def bare_loop(steps: int, batch: int = 16, length: int = 20) -> float:
    """Seconds for the steps of a recurrent Q-network with torch's LSTM and Adam, on one environment."""
    env, lstm, head = gym.make("CartPole-v1"), nn.LSTM(4, 64, batch_first=True), nn.Linear(64, 2)
    target_lstm, target_head = nn.LSTM(4, 64, batch_first=True), nn.Linear(64, 2)
    optimiser = torch.optim.Adam([*lstm.parameters(), *head.parameters()], 1e-3)
    rng, state = np.random.default_rng(0), None
    seen, done = np.zeros((steps + 1, 4), np.float32), np.zeros((steps, 3), np.float32)
    seen[0], _ = env.reset(seed=0)
    begin = time.process_time()
    for t in range(steps):
        with torch.inference_mode():
            features, state = lstm(torch.as_tensor(seen[t])[None, None], state)
            best = int(head(features).argmax())
        action = int(rng.integers(2)) if rng.random() < 0.1 else best
        seen[t + 1], reward, terminated, truncated, _ = env.step(action)
        done[t] = action, float(reward), terminated
        if terminated or truncated:
            (seen[t + 1], _), state = env.reset(), None
        if t >= 100 and t % 4 == 0:
            at = rng.integers(t - length, size=(batch, 1)) + np.arange(length + 1)
            observation, taken = torch.as_tensor(seen[at]), torch.as_tensor(done[at[:, :-1]])
            with torch.no_grad():
                following = target_head(target_lstm(observation)[0])[:, 1:].amax(-1)
                y = taken[..., 1] + 0.99 * (1 - taken[..., 2]) * following
            q = head(lstm(observation)[0])[:, :-1].gather(-1, taken[..., :1].long()).squeeze(-1)
            optimiser.zero_grad()
            nn.functional.smooth_l1_loss(q, y).backward()
            optimiser.step()
    return time.process_time() - begin
