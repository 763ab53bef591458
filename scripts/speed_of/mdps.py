"""Speed of finite MDPs, and of the agents that learn tables on them."""

import time
from statistics import median

import gymnasium
import numpy as np
from rich.progress import track
from rich.table import Table

from rlnotes import agents, envs
from rlnotes.agents.base.agent import Agent, Problem
from rlnotes.agents.tabular.base.episodic_agent import EpisodicAgent
from rlnotes.agents.tabular.base.tabular_agent import TabularAgent
from rlnotes.agents.tabular.batch_td import BatchTD
from rlnotes.base.class_table import load_class
from rlnotes.envs import CliffWalking, Garnet
from rlnotes.envs.base.environment import Environment
from rlnotes.envs.mdps.base.mdp import MDP
from rlnotes.envs.registered import Registered
from rlnotes.simulation.recorder import Recorder
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
    The greedy policies are not evaluated. *1 run* is the microseconds of a step of a single run. Agents that plan
    between episodes are left out, and batch TD, which learns from all steps again.
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
        agent, row, ratio = load_class(path)(), [], 0.0
        for task in tasks.values():
            pairs = [(seconds(agent, task, RUNS, steps), floor(steps)) for _ in range(3)]
            ours, noise = (median(column) / (RUNS * steps) * 1e9 for column in zip(*pairs, strict=True))
            floors.append(noise)
            row.append(f"{median(ours / noise for ours, noise in pairs):.1f} ({ours:.0f})")
            ratio = ratio or gymnasium_step() / ours  # on the first task
        alone = median(seconds(agent, tasks["cliff_walking"], 1, 20_000) / 20_000 for _ in range(3))
        table.add_row(name, f"{ratio:.0f}", *row, f"{1e6 * alone:.1f}")
    table.caption = f"Noise floor {median(floors):.1f} ns"
    return table


def seconds(agent: Agent, task: Environment, runs: int, steps: int) -> float:
    """The seconds that the steps of all runs take, with learning and recording."""
    recorder = Recorder(task.batch(runs), steps=steps, seed=0, discount=task.discount)
    agent.begin(Problem.of(task, recorder, steps), np.random.default_rng(0))
    begin = time.perf_counter()
    agent.learn(recorder, steps)
    return time.perf_counter() - begin


def gymnasium_step(steps: int = 20_000) -> float:
    """Nanoseconds per step of Gymnasium's CliffWalking-v1."""
    env = gymnasium.make("CliffWalking-v1")
    env.reset(seed=0)
    begin = time.perf_counter()
    for t in range(steps):
        env.step(t % 4)
    return (time.perf_counter() - begin) / steps * 1e9
