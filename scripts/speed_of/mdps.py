"""Speed of finite MDPs, and of the agents that learn tables on them."""

import time
from statistics import median

import gymnasium
import numpy as np
from rich.progress import track
from rich.table import Table

from rlnotes import agents, envs
from rlnotes.agents.tabular.base.episodic_agent import EpisodicAgent
from rlnotes.agents.tabular.base.tabular_agent import TabularAgent
from rlnotes.agents.tabular.batch_td import BatchTD
from rlnotes.base.class_table import load_class
from rlnotes.envs import CliffWalking, Garnet
from rlnotes.envs.mdps.base.mdp import MDP
from rlnotes.envs.registered import Registered
from rlnotes.simulation.cell import Cell
from rlnotes.simulation.simulate import simulate
from speed_of.floor import REPEATS, RUNS, floor


def stepping(steps: int = 1_000) -> Table:
    """Nanoseconds per step of every finite MDP, with random actions."""
    table = Table(title=f"{RUNS:,} runs × {steps:,} steps, one core: ns per step")
    table.add_column("environment")
    table.add_column("entries", justify="right")
    table.add_column("ns", justify="right")
    mdps = {name: load_class(path)() for name, path in envs.CATALOG.items() if issubclass(load_class(path), MDP)}
    mdps["garnet(states=100000)"] = Garnet(states=100_000)
    for name, mdp in mdps.items():
        env = mdp.batch(RUNS)
        env.reset(seed=0)
        actions = np.random.default_rng(0).integers(mdp.model.actions, size=(100, RUNS))
        costs = []
        for _ in range(REPEATS):
            begin = time.perf_counter()
            for t in range(steps):
                env.step(actions[t % 100])
            costs.append((time.perf_counter() - begin) / (steps * RUNS) * 1e9)
        table.add_row(name, f"{len(mdp.model.probability):,}", f"{median(costs):.1f}")
    return table


def tabular(steps: int = 5_000) -> Table:
    """Nanoseconds per step of every agent with tables, and their ratios to the noise floor and Gymnasium's `env.step`.

    It leaves out agents that plan between episodes, and batch TD, which learns from all steps again.
    """
    tasks = {"cliff_walking": CliffWalking(time_limit=1_000)}
    tasks |= {id: Registered(id) for id in ("FrozenLake8x8-v1", "Taxi-v4")}
    table = Table(title=f"{RUNS:,} runs × {steps:,} steps, one core: ns per step (ratio to the noise floor)")
    table.add_column("agent")
    for heading in (*tasks, "s, 1 run × 10⁵ steps", "times Gymnasium's"):
        table.add_column(heading, justify="right")
    floors = []
    for name, path in track(agents.CATALOG.items(), transient=True):
        if not issubclass(load_class(path), TabularAgent) or issubclass(load_class(path), EpisodicAgent | BatchTD):
            continue
        row, ratio = [], 0.0
        for task in tasks.values():
            cell = Cell(load_class(path)(), task, steps=steps, runs=RUNS)
            pairs = [(1e9 / simulate(cell).steps_per_second, 1e9 * floor(steps) / (steps * RUNS)) for _ in range(3)]
            floors += [noise for _, noise in pairs]
            row.append(f"{median(ours for ours, _ in pairs):.0f} ({median(ours / noise for ours, noise in pairs):.1f})")
            ratio = ratio or gymnasium_step() / pairs[-1][0]  # on the first task
        alone = Cell(load_class(path)(), tasks["cliff_walking"], steps=100_000, runs=1)
        table.add_row(name, *row, f"{median(simulate(alone).seconds for _ in range(3)):.2f}", f"{ratio:.0f}")
    table.caption = (
        f"noise floor {median(floors):.1f} ns; Gymnasium's: a step of its CliffWalking-v1 alone / one of our steps"
    )
    return table


def gymnasium_step(steps: int = 20_000) -> float:
    """Nanoseconds per step of Gymnasium's CliffWalking-v1."""
    env = gymnasium.make("CliffWalking-v1")
    env.reset(seed=0)
    begin = time.perf_counter()
    for t in range(steps):
        env.step(t % 4)
    return (time.perf_counter() - begin) / steps * 1e9
