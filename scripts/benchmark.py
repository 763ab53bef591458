"""Speed through the public path, as ratios within one process.

    python scripts/benchmark.py bandits [steps]
    python scripts/benchmark.py stepping
    python scripts/benchmark.py planning [models]
    python scripts/benchmark.py tabular [steps]
    python scripts/benchmark.py layers [steps]
    python scripts/benchmark.py deep [steps]

`bandits`: environment, agent and recorder together, against the noise floor, the time that NumPy's generator needs to
draw one standard normal a pull. `stepping`: the step of finite MDPs. `planning`: modified policy iteration against
QuantEcon's, its fastest method here (pip install -e '.[benchmark]'; takes five minutes); "sweep/floor" is the time of a
sweep over that of copying the memory it reads, "MB" what planning holds beside the model. `tabular`: learners, with
environment and recorder, against the noise floor and Gymnasium's `env.step` alone. `layers`: a training step of the
notes' layers against torch's own. `deep`: DQN and PPO against stable-baselines3's. Every figure is the median of
interleaved repeats, on one core unless told; of `bandits`, `stepping` and `tabular` in processor time, since others may
use the machine.
"""

import os
import sys
import time
import tracemalloc
from contextlib import suppress
from statistics import median
from typing import Any

import gymnasium
import numpy as np
from rich.console import Console
from rich.progress import track
from rich.table import Table

from rlnotes import agents, catalog, envs
from rlnotes.agents import ModifiedPolicyIteration
from rlnotes.agents.bandits.base.bandit_agent import BanditAgent
from rlnotes.agents.bandits.base.linear_agent import LinearAgent
from rlnotes.agents.base.agent import Agent
from rlnotes.agents.planning.base.planner import Improver
from rlnotes.agents.tabular.base.episodic_agent import EpisodicAgent
from rlnotes.agents.tabular.base.tabular_agent import TabularAgent
from rlnotes.agents.tabular.batch_td import BatchTD
from rlnotes.base.class_table import load
from rlnotes.base.errors import SettingError
from rlnotes.envs import BernoulliBandit, CliffWalking, Garnet, GaussianBandit, Gridworld, LinearBandit
from rlnotes.envs.mdps.base.mdp import MDP
from rlnotes.envs.mdps.base.model import Model
from rlnotes.envs.registered import Registered
from rlnotes.simulation.cell import Cell
from rlnotes.simulation.simulate import simulate

RUNS = 1_000
REPEATS = 9


def floor(steps: int) -> float:
    """Seconds to draw one standard normal a pull."""
    rng = np.random.default_rng(0)
    begin = time.perf_counter()
    for _ in range(steps):
        rng.standard_normal(RUNS)
    return time.perf_counter() - begin


def bandits(steps: int = 10_000) -> Table:
    """Nanoseconds a pull of every bandit agent, and their ratio to the noise floor, for k = 2, 10, 100.

    Each is on the first that it accepts of the Gaussian, the Bernoulli and the linear bandit; those that have another
    rule for rewards 0 and 1 are on both.
    """
    table = Table(title=f"{RUNS:,} runs × {steps:,} steps, one core: ns a pull (ratio to the noise floor)")
    table.add_column("agent")
    table.add_column("bandit")
    arms = (2, 10, 100)
    for k in arms:
        table.add_column(f"k = {k}", justify="right")
    rules = {
        "thompson": [{}, {"posterior": "beta"}],
        "kl_ucb": [{}, {"divergence": "bernoulli"}],
        "imed": [{}, {"divergence": "bernoulli"}],
    }
    players = [
        catalog.make("agent", name, settings)
        for name, path in agents.CATALOG.items()
        if name == "random" or issubclass(load(path), BanditAgent | LinearAgent)
        for settings in rules.get(name, [{}])
    ]
    floors = []
    for agent in players:
        row = []
        for k in arms:
            cell = accepted(agent, k, steps)
            pairs = [(simulate(cell).seconds, floor(steps)) for _ in range(REPEATS)]
            floors += [noise for _, noise in pairs]
            cost = median(seconds for seconds, _ in pairs) / (steps * RUNS) * 1e9
            row.append(f"{cost:.1f} ({median(seconds / noise for seconds, noise in pairs):.2f})")
        table.add_row(catalog.describe(agent), catalog.name(cell.env).removesuffix("_bandit"), *row)
    table.caption = f"noise floor {median(floors) / (steps * RUNS) * 1e9:.1f} ns"
    return table


def accepted(agent: Agent, k: int, steps: int) -> Cell:
    """The agent on the first bandit of k arms that it does not refuse."""
    for env in (GaussianBandit(arms=k), BernoulliBandit(arms=k)):
        with suppress(SettingError):
            return Cell(agent, env, steps=steps, runs=RUNS)
    return Cell(agent, LinearBandit(arms=k), steps=steps, runs=RUNS)


def stepping(steps: int = 1_000) -> Table:
    """Nanoseconds a step of every finite MDP, under random actions."""
    table = Table(title=f"{RUNS:,} runs × {steps:,} steps, one core: ns a step")
    table.add_column("environment")
    table.add_column("entries", justify="right")
    table.add_column("ns", justify="right")
    mdps = {name: load(path)() for name, path in envs.CATALOG.items() if issubclass(load(path), MDP)}
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
    """Nanoseconds a step of every learner by tables, their ratio to the noise floor and to Gymnasium's `env.step`."""
    worlds = {"cliff_walking": CliffWalking(time_limit=1_000)}
    worlds |= {id: Registered(id) for id in ("FrozenLake8x8-v1", "Taxi-v4")}
    table = Table(title=f"{RUNS:,} runs × {steps:,} steps, one core: ns a step (ratio to the noise floor)")
    table.add_column("agent")
    for heading in (*worlds, "s, 1 run × 10⁵ steps", "times Gymnasium's"):
        table.add_column(heading, justify="right")
    floors = []
    for name, path in track(agents.CATALOG.items(), transient=True):
        if not issubclass(load(path), TabularAgent) or issubclass(load(path), EpisodicAgent | BatchTD):
            continue  # those that plan for every step of an episode, or learn from all that they have seen again
        row, ratio = [], 0.0
        for world in worlds.values():
            cell = Cell(load(path)(), world, steps=steps, runs=RUNS)
            pairs = [(1e9 / simulate(cell).steps_per_second, 1e9 * floor(steps) / (steps * RUNS)) for _ in range(3)]
            floors += [noise for _, noise in pairs]
            row.append(f"{median(own for own, _ in pairs):.0f} ({median(own / noise for own, noise in pairs):.1f})")
            ratio = ratio or gymnasium_step() / pairs[-1][0]  # on the first world
        alone = Cell(load(path)(), worlds["cliff_walking"], steps=100_000, runs=1)
        table.add_row(name, *row, f"{median(simulate(alone).seconds for _ in range(3)):.2f}", f"{ratio:.0f}")
    table.caption = (
        f"noise floor {median(floors):.1f} ns; Gymnasium's: one step of its CliffWalking-v1 alone, over one here"
    )
    return table


def gymnasium_step(steps: int = 20_000) -> float:
    """Nanoseconds of a step of Gymnasium's CliffWalking-v1."""
    env = gymnasium.make("CliffWalking-v1")
    env.reset(seed=0)
    begin = time.perf_counter()
    for t in range(steps):
        env.step(t % 4)
    return (time.perf_counter() - begin) / steps * 1e9


SIDE = 1_000
GRID = ["S" + "." * (SIDE - 1), *["." * SIDE] * (SIDE - 2), "." * (SIDE - 1) + "G"]
MODELS = (
    ("garnet, 10⁴ states", 1, 31, lambda: Garnet(states=10**4, discount=0.99)),
    ("garnet, 10⁶ states", 1, 3, lambda: Garnet(states=10**6, discount=0.99)),
    ("garnet, 10⁶ states", 2, 3, lambda: Garnet(states=10**6, discount=0.99)),
    ("10⁶ cells, goal 1", 1, 1, lambda: Gridworld(map=GRID, step_reward=0.0)),
    ("10⁶ cells, step −1", 1, 1, lambda: Gridworld(map=GRID, step_reward=-1.0, goal_reward=0.0)),
)
"""name, cores, repeats and environment"""


def planning(models: int = len(MODELS)) -> Table:
    """Seconds of modified policy iteration and of QuantEcon's for one error bound, γ = 0.99."""
    planner = ModifiedPolicyIteration()
    table = Table(title="modified policy iteration: seconds until the error is proved to be below 1e-6, γ = 0.99")
    for heading in ("model", "cores", "seconds", "QuantEcon", "ratio", "sweep/floor", "MB"):
        table.add_column(heading, justify="left" if heading == "model" else "right")
    cores = sorted(os.sched_getaffinity(0))
    for name, used, repeats, make in MODELS[:models]:
        model = make().model
        os.sched_setaffinity(0, cores[:used])
        peer = quantecon(model)
        if repeats > 1:
            planner.plan(model)
            seconds_of(peer, planner.tolerance)
        pairs = [(planner.plan(model).seconds, seconds_of(peer, planner.tolerance)) for _ in range(repeats)]
        own, other = (median(column) for column in zip(*pairs, strict=True))
        table.add_row(
            name,
            str(used),
            f"{own:.3g}",
            f"{other:.3g}",
            f"{median(b / a for a, b in pairs):.2f}",
            f"{sweep_over_floor(model):.1f}",
            f"{beyond(planner, model) / 1e6:,.0f}",
        )
    os.sched_setaffinity(0, cores)
    return table


def quantecon(model: Model) -> Any:
    """The same model as QuantEcon has it; absorbing states of reward 0 stand for the end."""
    from quantecon.markov import DiscreteDP
    from scipy.sparse import csr_matrix

    transition = csr_matrix(
        (model.probability, model.next_state, model.offsets.astype(np.int32)), shape=(model.row_count, model.states)
    )
    pairs = np.divmod(np.arange(model.row_count), model.actions)
    return DiscreteDP(model.expected_reward.ravel().copy(), transition, model.discount, *pairs)


def seconds_of(peer: Any, tolerance: float) -> float:
    """Seconds that QuantEcon needs for the same bound of the error."""
    begin = time.perf_counter()
    peer.solve(method="mpi", epsilon=2 * tolerance, max_iter=100_000)
    return time.perf_counter() - begin


def sweep_over_floor(model: Model) -> float:
    """Time of a backup of all states, in units of the time to copy the memory that it reads."""
    value, array = np.zeros(model.states), np.ones(len(model.probability) * 12 // 16 + len(model.offsets))
    model.backup(value)
    ratios = []
    for _ in range(5):
        begin = time.perf_counter()
        array.copy()
        middle = time.perf_counter()
        model.backup(value)
        ratios.append((time.perf_counter() - middle) / (middle - begin))
    return median(ratios)


def beyond(planner: Improver, model: Model) -> int:
    """Most bytes that planning holds beside the model."""
    tracemalloc.start()
    planner.plan(model)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return peak


if __name__ == "__main__":
    benchmarks = {"bandits": bandits, "stepping": stepping, "planning": planning, "tabular": tabular}
    if sys.argv[1:2] in (["layers"], ["deep"]):  # which need torch
        import benchmark_networks

        benchmarks |= {"layers": benchmark_networks.layers, "deep": benchmark_networks.deep}
    if len(sys.argv) < 2 or sys.argv[1] not in benchmarks:
        sys.exit(f"usage: python scripts/benchmark.py {'|'.join(benchmarks)}|layers|deep [steps or models]")
    if sys.argv[1] in ("bandits", "stepping", "tabular"):
        time.perf_counter = time.process_time
    if hasattr(os, "sched_setaffinity") and sys.argv[1] != "planning":
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    Console(width=120).print(benchmarks[sys.argv[1]](*map(int, sys.argv[2:])))
