"""Numbers of deep agents: their formulas, and returns of short runs."""

from functools import partial
from typing import Any

import numpy as np
import torch
from gymnasium.spaces import Box, Discrete
from torch import nn

from reproduced.number import Found, Number, mean
from rlnotes import catalog
from rlnotes.agents.base.agent import Problem, Transition
from rlnotes.agents.deep.base.adam import Adam
from rlnotes.agents.deep.base.replay_buffer import ReplayBuffer
from rlnotes.agents.deep.base.rollout import Batch, advantages
from rlnotes.agents.deep.dqn import Dueling
from rlnotes.agents.deep.ppo import PPO
from rlnotes.nn.base.stack import stack
from rlnotes.simulation.cell import Cell
from rlnotes.simulation.simulate import simulate

T, GAMMA, LAMBDA = 128, 0.99, 0.95


def first_advantage(trace_decay: float) -> Found:
    """Â_0 of T steps that pay 1, if V = 0."""
    zero, never = np.zeros((T, 1)), np.zeros((T, 1), bool)
    found = advantages(np.ones((T, 1)), zero, zero, never, never, GAMMA, trace_decay)
    return Found(float(found[0, 0]))


def clipped(ratio: float, step: int) -> Found:
    """PPO's objective of a step with this ratio; the advantages of the two steps are 1 and −1."""
    agent = PPO(clip=0.2)
    agent.begin(Problem(Box(-1, 1, (2,)), Discrete(2), 1, None, GAMMA), np.random.default_rng(0))
    advantage = torch.tensor([[1.0, -1.0]])
    batch = Batch(None, None, advantage, None, None, torch.zeros(1, 2))
    return Found(float(agent.objective(torch.full((1, 2), ratio).log(), batch)[0, step]))


def first_step_of_adam(gradient: float) -> Found:
    """How far the first step of Adam moves a weight, for α = 0.01."""
    layer = stack([nn.Linear(1, 1, bias=False).double()])
    nn.init.zeros_(layer.weight)
    Adam([layer], clip=1e9, epsilon=1e-8).step(gradient * layer.weight.flatten(), 0.01)
    return Found(-float(layer.weight.detach()))


def value_of_dueling() -> Found:
    """mean_a Q(s, a) − V(s)."""
    head, x = Dueling(4, 3, "auto").double(), torch.ones(4, dtype=torch.float64)
    return Found(float((head(x).mean() - head.value(x)[0]).detach()))


def gain(n: int) -> Found:
    """The discounted rewards of the n steps that a sample of the replay buffer looks ahead, if each pays 1."""
    replay = ReplayBuffer(50, 1, Box(-1, 1, (1,)), Discrete(2))
    zero, never = np.zeros((1, 1), np.float32), np.zeros(1, bool)
    for _ in range(30):
        replay.add(Transition(zero, np.zeros(1, int), np.ones(1), zero, never, never))
    return Found(float(replay.sample(np.random.default_rng(0), 1, n, GAMMA).gain[0, 0]))


def simulated(
    agent: str, settings: dict[str, Any], env: str, env_settings: dict[str, Any], steps: int, runs: int
) -> Any:
    """The result of an agent that learns for so many steps."""
    made = catalog.make("agent", agent, settings), catalog.make("env", env, env_settings)
    return simulate(Cell(*made, steps, runs))


def greedy_return(*learning: Any) -> Found:
    """The mean return of the greedy policies after learning."""
    return mean(simulated(*learning).outcome_by("greedy_return"))


def return_while_learning(*learning: Any) -> Found:
    """The mean return of all episodes."""
    return mean(np.nanmean(simulated(*learning).data["returns"], axis=1))


CNN = {"network": {"body": "cnn", "widths": [32], "maps": [8]}}
PLANES = {"rows": 5, "columns": 5, "observation": "planes"}
QUICK = {"begin_after": 100, "epsilon": "linear:1:0.05:1000", "copy_every": 100}
POLE = "RL Baselines3 Zoo, benchmark.md"
SCHULMAN = "Schulman et al., ICLR 2016, (16)"
CATCH = "Osband et al., ICLR 2020 (bsuite): every ball is caught"
FEW = "Ours learns for 15,000 steps, the Zoo's for 50,000."
NUMBERS = [
    Number(
        "advantage of 128 rewards 1, λ = 0.95",
        f"{SCHULMAN}; exact: (1 − (γλ)^T)/(1 − γλ)",
        (1 - (GAMMA * LAMBDA) ** T) / (1 - GAMMA * LAMBDA),
        partial(first_advantage, LAMBDA),
    ),
    Number(
        "advantage of 128 rewards 1, λ = 1",
        f"{SCHULMAN}; exact: (1 − γ^T)/(1 − γ)",
        (1 - GAMMA**T) / (1 - GAMMA),
        partial(first_advantage, 1.0),
    ),
    Number("advantage of 128 rewards 1, λ = 0", f"{SCHULMAN}; exact: δ_0", 1.0, partial(first_advantage, 0.0)),
    *(
        Number(
            f"PPO's objective, ε = 0.2, ratio {ratio}, advantage {'−' * step}1",
            "Schulman et al. (2017), (7) and Figure 1",
            value,
            partial(clipped, ratio, step),
            1e-6,
        )
        for ratio, step, value in ((2.0, 0, 1.2), (0.5, 0, 0.5), (0.5, 1, -0.8), (2.0, 1, -2.0))
    ),
    Number(
        "first step of Adam, α = 0.01, gradient 5",
        "Kingma & Ba, ICLR 2015, section 2.1; exact: α/(1 + ε/g)",
        0.01 * 5 / (5 + 1e-8),
        partial(first_step_of_adam, 5.0),
    ),
    Number(
        "first step of Adam, α = 0.01, gradient 0.001",
        "Kingma & Ba, ICLR 2015, section 2.1; exact: α/(1 + ε/g)",
        0.01 * 0.001 / (0.001 + 1e-8),
        partial(first_step_of_adam, 0.001),
    ),
    Number("dueling head: mean_a Q − V", "Wang et al., ICML 2016, (9)", 0.0, value_of_dueling),
    Number(
        "replay buffer, n = 5, rewards 1: n-step reward",
        "Sutton & Barto (2nd ed.), (7.1); exact: (1 − γ⁵)/(1 − γ)",
        (1 - GAMMA**5) / (1 - GAMMA),
        partial(gain, 5),
        1e-6,
    ),
    Number(
        "ppo on memory_length 4 without memory: mean return",
        "Osband et al., ICLR 2020 (bsuite); exact: 0 for every policy",
        0.0,
        lambda: return_while_learning("ppo", {"network": {"widths": [16]}}, "memory_length", {"length": 4}, 3_000, 20),
    ),
    Number(
        "ppo on catch 5 × 5, 5,000 steps: greedy return",
        CATCH,
        1.0,
        lambda: greedy_return("ppo", {"learning_rate": 3e-3} | CNN, "catch", PLANES, 5_000, 8),
    ),
    Number(
        "dqn on catch 5 × 5, 4,000 steps: greedy return",
        CATCH,
        1.0,
        lambda: greedy_return("dqn", QUICK | {"learning_rate": 2e-3} | CNN, "catch", PLANES, 4_000, 8),
    ),
    Number(
        "ppo on CartPole-v1, 30,000 steps: greedy return",
        f"{POLE}: 500.00 ± 0.00",
        "500",
        lambda: greedy_return("ppo", {}, "cart_pole", {"discount": 0.99}, 30_000, 4),
    ),
    Number(
        "dqn on CartPole-v1, 15,000 steps: greedy return",
        f"{POLE}: 500.00 ± 0.00",
        "500",
        lambda: greedy_return("dqn", {"n": 8, "updates": 2}, "cart_pole", {"discount": 0.99}, 15_000, 4),
        note=FEW,
    ),
]
