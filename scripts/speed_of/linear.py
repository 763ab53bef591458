"""Speed of agents with linear values on the mountain car."""

import time
from statistics import median

import numpy as np
from gymnasium.envs.classic_control.mountain_car import MountainCarEnv
from rich.table import Table

from rlnotes import agents
from rlnotes.agents.base.agent import Agent
from rlnotes.envs import MountainCar
from rlnotes.simulation.cell import Cell
from rlnotes.simulation.simulate import simulate
from speed_of.floor import RUNS, floor

TILINGS, TILES, ALPHA = 8, 8, 0.5 / 8
LOW, WIDTH = np.array([-1.2, -0.07]), np.array([1.8, 0.14])


def linear(steps: int = 2_000) -> Table:
    """Nanoseconds per step of linear agents with 8 tilings, and how much faster they are than a loop in NumPy."""
    table = Table(
        title=f"{RUNS:,} runs × {steps:,} steps of the mountain car, 8 tilings of 8 × 8, one core: ns per step"
    )
    for heading in ("agent", "ns", "ratio to the noise floor", "times as fast as a loop in NumPy"):
        table.add_column(heading, justify="left" if heading == "agent" else "right")
    made: list[Agent] = [agents.Random(), agents.LinearSARSA(alpha=ALPHA), agents.LinearQLearning(alpha=ALPHA)]
    made += [agents.LinearExpectedSARSA(alpha=ALPHA), agents.LinearNStepSARSA(alpha=ALPHA)]
    made += [agents.LinearSARSALambda(alpha=ALPHA)]
    for agent in made:
        costs, ratios, factors = [], [], []
        for _ in range(3):
            begin = time.perf_counter()
            simulate(Cell(agent, MountainCar(), steps=steps, runs=RUNS))
            costs.append((time.perf_counter() - begin) / (steps * RUNS) * 1e9)
            ratios.append(costs[-1] / (1e9 * floor(steps) / (steps * RUNS)))
            factors.append(numpy_loop() / costs[-1])
        shown = "" if isinstance(agent, agents.Random) else f"{median(factors):.0f}"
        table.add_row(type(agent).__name__, f"{median(costs):.0f}", f"{median(ratios):.0f}", shown)
    return table


def numpy_loop(steps: int = 5_000) -> float:
    """Nanoseconds per step of SARSA for one run, in plain NumPy, with Gymnasium's mountain car."""
    env, rng, w = MountainCarEnv(), np.random.default_rng(0), np.zeros((3, TILINGS * (TILES + 1) ** 2))
    observation, _ = env.reset(seed=0)
    x = tiles(observation)
    action = choose(w, x, rng)
    begin = time.perf_counter()
    for _ in range(steps):
        observation, reward, terminated, _, _ = env.step(action)
        if terminated:
            observation, _ = env.reset()
        following = tiles(observation)
        next_action = choose(w, following, rng)
        target = reward + (0.0 if terminated else w[next_action, following].sum())
        w[action, x] += ALPHA * (target - w[action, x].sum())
        x, action = following, next_action
    return (time.perf_counter() - begin) / steps * 1e9


def tiles(observation: np.ndarray) -> np.ndarray:
    """The active tiles [TILINGS] of one observation."""
    fine = ((observation - LOW) / WIDTH * TILES * TILINGS).astype(int)
    tiling = np.arange(TILINGS)
    row, column = ((fine[j] + tiling * (2 * j + 1) % TILINGS) // TILINGS for j in range(2))
    return (tiling * (TILES + 1) + row) * (TILES + 1) + column


def choose(w: np.ndarray, x: np.ndarray, rng: np.random.Generator) -> int:
    """An ε-greedy action, ε = 0.1, with ties broken at random."""
    if rng.random() < 0.1:
        return int(rng.integers(3))
    q = w[:, x].sum(axis=1)
    return int(rng.choice(np.flatnonzero(q == q.max())))
