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
    """A step of every finite MDP with random actions, without agent and recorder. Entries are the rows of the model:
    state, action, next state and probability.
    """
    table = Table(title=f"{RUNS:,} runs × {steps:,} steps, one core")
    table.add_column("environment")
    for heading in ("step / noise floor", "ns", "entries"):
        table.add_column(heading, justify="right")
    mdps = {name: load_class(path)() for name, path in envs.CATALOG.items() if issubclass(load_class(path), MDP)}
    mdps["garnet(states=100000)"] = Garnet(states=100_000)
    for name, mdp in mdps.items():
        env = mdp.batch(RUNS)
        env.reset(seed=0)
        actions = np.random.default_rng(0).integers(mdp.model.actions, size=(100, RUNS))
        costs, floors = [], []
        for _ in range(REPEATS):
            begin = time.perf_counter()
            for t in range(steps):
                env.step(actions[t % 100])
            costs.append((time.perf_counter() - begin) / (steps * RUNS) * 1e9)
            floors.append(floor(steps) / (steps * RUNS) * 1e9)
        ratio = median(cost / noise for cost, noise in zip(costs, floors, strict=True))
        table.add_row(name, f"{ratio:.2f}", f"{median(costs):.1f}", f"{len(mdp.model.probability):,}")
    return table


def tabular(steps: int = 5_000) -> Table:
    """*Times Gymnasium's* is the time of a step of Gymnasium's CliffWalking-v1 by `env.step` alone, divided by the time
    of our step on it with learning and recording. The other ratios are to the noise floor; in brackets are nanoseconds.
    They include the evaluation of the greedy policies. *1 run* is the seconds of a single run of 100,000 steps. Agents
    that plan between episodes are left out, and batch TD, which learns from all steps again.
    """
    tasks = {"cliff_walking": CliffWalking(time_limit=1_000)}
    tasks |= {id: Registered(id) for id in ("FrozenLake8x8-v1", "Taxi-v4")}
    table = Table(title=f"{RUNS:,} runs × {steps:,} steps, one core")
    table.add_column("agent")
    for heading in ("times Gymnasium's", *tasks, "1 run"):
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
            row.append(f"{median(ours / noise for ours, noise in pairs):.1f} ({median(ours for ours, _ in pairs):.0f})")
            ratio = ratio or gymnasium_step() / pairs[-1][0]  # on the first task
        alone = Cell(load_class(path)(), tasks["cliff_walking"], steps=100_000, runs=1)
        table.add_row(name, f"{ratio:.0f}", *row, f"{median(simulate(alone).seconds for _ in range(3)):.2f}")
    table.caption = f"Noise floor {median(floors):.1f} ns"
    return table


def gymnasium_step(steps: int = 20_000) -> float:
    """Nanoseconds per step of Gymnasium's CliffWalking-v1."""
    env = gymnasium.make("CliffWalking-v1")
    env.reset(seed=0)
    begin = time.perf_counter()
    for t in range(steps):
        env.step(t % 4)
    return (time.perf_counter() - begin) / steps * 1e9
