"""Speed of modified policy iteration, against QuantEcon's."""

import os
import time
import tracemalloc
from statistics import median
from typing import Any

import numpy as np
from rich.table import Table

from rlnotes.agents import ModifiedPolicyIteration
from rlnotes.agents.planning.base.iterate import Iterate
from rlnotes.agents.planning.base.planner import Planner
from rlnotes.envs import Garnet, Gridworld
from rlnotes.envs.mdps.base.model import Model

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
    """Our modified policy iteration against QuantEcon's, its fastest method here, until the error is proved to be below
    1e-6 of the largest reward. The ratio is QuantEcon's time divided by ours. *Sweep / floor* is the time of a sweep
    relative to copying the arrays of the model once by as many cores. MB is the memory that planning needs beside the
    model.
    """
    planner = ModifiedPolicyIteration()
    table = Table(title="γ = 0.99")
    for heading in ("model", "cores", "ratio", "seconds", "QuantEcon's", "sweep / floor", "MB"):
        table.add_column(heading, justify="left" if heading == "model" else "right")
    cores = sorted(os.sched_getaffinity(0))
    for name, used, repeats, make in MODELS[:models]:
        model = make().model
        os.sched_setaffinity(0, cores[:used])
        peer = quantecon(model)
        if repeats > 1:
            planner.plan(model)
            seconds_of(peer, planner.accepted_error(model))
        pairs = [(planner.plan(model).seconds, seconds_of(peer, planner.accepted_error(model))) for _ in range(repeats)]
        ours, theirs = (median(column) for column in zip(*pairs, strict=True))
        table.add_row(
            name,
            str(used),
            f"{median(b / a for a, b in pairs):.2f}",
            f"{ours:.3g}",
            f"{theirs:.3g}",
            f"{sweep_over_floor(model):.1f}",
            f"{memory_of(planner, model) / 1e6:,.0f}",
        )
    os.sched_setaffinity(0, cores)
    return table


def quantecon(model: Model) -> Any:
    """The same model for QuantEcon; absorbing states with reward 0 represent the end of an episode."""
    from quantecon.markov import DiscreteDP
    from scipy.sparse import csr_matrix

    transition = csr_matrix(
        (model.probability, model.next_state, model.offsets.astype(np.int32)), shape=(model.row_count, model.states)
    )
    pairs = np.divmod(np.arange(model.row_count), model.actions)
    return DiscreteDP(model.expected_reward.ravel().copy(), transition, model.discount, *pairs)


def seconds_of(peer: Any, tolerance: float) -> float:
    """Seconds that QuantEcon needs for the same error bound."""
    begin = time.perf_counter()
    peer.solve(method="mpi", epsilon=2 * tolerance, max_iter=100_000)
    return time.perf_counter() - begin


def sweep_over_floor(model: Model) -> float:
    """Time of a backup of all states, relative to copying the arrays that it reads, both shared by the cores."""
    now, arrays = Iterate(model), model.operator[:4]
    copies = [np.zeros_like(array) for array in arrays]

    def copy(first: int, end: int) -> tuple[float, float]:
        for array, to in zip(arrays, copies, strict=True):
            part = slice(len(array) * first // model.states, len(array) * end // model.states)
            np.copyto(to[part], array[part])
        return 0.0, 0.0

    ratios = []
    for _ in range(9):
        begin = time.perf_counter()
        now.extremes(copy)
        middle = time.perf_counter()
        now.backup()
        ratios.append((time.perf_counter() - middle) / (middle - begin))
    return median(ratios)


def memory_of(planner: Planner, model: Model) -> int:
    """The largest number of bytes that planning allocates beside the model."""
    tracemalloc.start()
    planner.plan(model)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return peak
