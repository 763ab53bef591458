"""Trials of deep agents that take minutes, each beside what it is to reach: `python scripts/validate.py [TRIAL ...]`.

What is computed is kept in `results/`, and not computed again.
"""

import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from rlnotes import catalog
from rlnotes.agents.base.agent import Agent
from rlnotes.analysis.series import series
from rlnotes.comparison import run
from rlnotes.simulation.cell import Cell
from rlnotes.simulation.result import Result
from rlnotes.simulation.store import Store


@dataclass
class Trial:
    """Agents on an environment, and what is to be seen."""

    env: str
    env_settings: dict[str, Any]
    steps: int
    runs: int
    agents: dict[str, dict[str, Any]]
    """settings by name; of an agent that has several: name, a space, and anything"""
    told: Callable[[dict[str, Result]], dict[str, str]]
    """what to print of each agent"""
    bar: str


def balanced(results: dict[str, Result]) -> dict[str, str]:
    """The greedy return of every run, and how many have 475 or more."""
    returns = {name: result.outcome_by("greedy_return") for name, result in results.items()}
    return {
        name: f"{(one >= 475).sum()} of {len(one)}: " + " ".join(f"{each:.0f}" for each in np.sort(one))
        for name, one in returns.items()
    }


def regrets(results: dict[str, Result]) -> dict[str, str]:
    """The regret of all episodes, as a share of the first agent's."""
    regret = {name: series(result, "episode_regret")[1][:, -1] for name, result in results.items()}
    first = next(iter(regret.values())).mean()
    return {name: f"{one.mean() / first:.2f} (mean regret {one.mean():.0f})" for name, one in regret.items()}


def late(results: dict[str, Result]) -> dict[str, str]:
    """The mean return of the last tenth of the episodes, and the worst run's."""
    found = {}
    for name, result in results.items():
        returns = series(result, "return")[1]
        last = returns[:, -(returns.shape[1] // 10) :].mean(axis=1)
        found[name] = f"{last.mean():.3f}, worst run {last.min():.3f}"
    return found


CNN = {"network": {"body": "cnn", "widths": [32], "maps": [8]}}
REMEMBERING = {"body": "lstm", "widths": [32], "window": 12}
SPEEDS = {"body": "attention", "widths": [32], "window": 4, "inputs": "standardise"}
TRIALS = {
    "cart_pole": Trial(
        *("CartPole-v1", {"discount": 0.99}, 100_000, 10),
        {"ppo": {}, "dqn": {"n": 8, "updates": 2}},
        balanced,
        "475 or more, the mean of 20 episodes played greedily: ppo in 9 runs of 10, dqn in 7",
    ),
    "cart_pole_sb3_ppo": Trial(
        *("CartPole-v1", {"discount": 0.98}, 100_000, 10),
        {
            "sb3_ppo": {"rollout": 256, "minibatch": 256, "epochs": 20, "decay": 0.8}
            | {"learning_rate": "linear:1e-3:1e-5:100000", "clip": "linear:0.2:0.002:100000"}
            | {"clip_gradient": 10.0},
        },
        balanced,
        "475 or more likewise, in 9 runs of 10",
    ),
    "cart_pole_sb3_dqn": Trial(
        *("CartPole-v1", {"discount": 0.99}, 100_000, 10),
        {
            "sb3_dqn": {"learning_rate": 2.3e-3, "batch": 64, "begin_after": 1000, "copy_every": 10}
            | {"learn_every": 256, "updates": 128, "capacity": 100_000, "network": {"widths": [256, 256]}}
            | {"exploration_fraction": 0.16, "exploration_last": 0.04},
        },
        balanced,
        "475 or more likewise, to be set beside the own dqn",
    ),
    "catch": Trial(
        *("catch", {"rows": 5, "columns": 5, "observation": "planes"}, 20_000, 20),
        {"ppo": CNN, "dqn": CNN | {"epsilon": "linear:1:0.01:5000"}, "random": {}},
        late,
        "0.95 or more, but not random",
    ),
    "deep_sea": Trial(
        *("deep_sea", {"size": 20, "time_limit": 20}, 200_000, 20),
        {"ucb_q": {}, "dqn": {}, "ppo": {}},
        late,
        "0.94 or more of ucb_q, which explores on purpose; near 0 of the others",
    ),
    "memory": Trial(
        *("memory_length", {"length": 10}, 30_000, 10),
        {
            f"ppo {body}": {"network": REMEMBERING | {"body": body}}
            for body in ("mlp", "rnn", "lstm", "gru", "attention")
        },
        regrets,
        "less than half of the mlp's regret of lstm, gru and attention",
    ),
    "masked": Trial(
        *("cart_pole", {"masked": True}, 30_000, 10),
        {
            "ppo mlp": {},
            "dqn mlp": {"n": 8},
            "drqn": {"n": 8, "sequence": 12, "burn_in": 3, "network": SPEEDS},
            "sb3_recurrent_ppo": {"network": {"widths": [32]}, "learning_rate": 1e-3, "clip_gradient": 10.0},
        },
        balanced,
        "drqn and sb3_recurrent_ppo far above what remembers nothing",
    ),
}


def made(name: str, settings: dict[str, Any]) -> Agent:
    """The agent of a trial."""
    agent: Agent = catalog.make("agent", name.partition(" ")[0], settings)
    return agent


def main(names: list[str]) -> None:
    """Make the trials of those names, or all of them."""
    for name in names or TRIALS:
        if name not in TRIALS:
            sys.exit(f"validate: there is no trial {name}; there are {', '.join(TRIALS)}")
    for name in names or TRIALS:
        trial = TRIALS[name]
        env = catalog.make("env", trial.env, trial.env_settings)
        cells = {label: Cell(made(label, kw), env, trial.steps, trial.runs) for label, kw in trial.agents.items()}
        results = {label: run(cell, Store("results"), sys.stderr.isatty()) for label, cell in cells.items()}
        print(f"{name}: {trial.env}, {trial.steps:,} steps, {trial.runs} runs. To be seen: {trial.bar}.")
        for label, told in trial.told(results).items():
            print(f"    {label:20} {told}", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
