"""Long trials of deep agents, each with its expected result, and a tour of environments of other packages.

    python scripts/validate.py [TRIAL ...]              without a name: all trials
    python scripts/validate.py environments [WORD ...]  the tour; with words: of ids that contain one of them
    python scripts/validate.py studies                  studies of the notes' layers, which take two minutes each

A trial takes minutes. Results are stored in `results/` and are not computed again.
"""

import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from study_trials import study_trials
from tour import tour

from rlnotes import catalog
from rlnotes.agents.base.agent import Agent
from rlnotes.analysis.series import series
from rlnotes.simulation.cell import Cell
from rlnotes.simulation.learnt_policy import player
from rlnotes.simulation.result import Result
from rlnotes.simulation.run import run
from rlnotes.simulation.store import Store


@dataclass
class Trial:
    """Agents on an environment, and the expected result."""

    env: str
    env_settings: dict[str, Any]
    steps: int
    runs: int
    agents: dict[str, dict[str, Any]]
    """settings by label; a label is the name of an agent, or the name, a space and any text"""
    summary: Callable[[dict[str, Result]], dict[str, str]]
    """computes a line about each agent, by label"""
    expected: str


def regrets(results: dict[str, Result]) -> dict[str, str]:
    """Regret of all episodes, relative to that of the first agent."""
    means = {label: series(result, "episode_regret")[1][:, -1].mean() for label, result in results.items()}
    first = next(iter(means.values()))
    return {label: f"{mean / first:.2f} (mean regret {mean:.0f})" for label, mean in means.items()}


def final_returns(results: dict[str, Result]) -> dict[str, str]:
    """Mean return of the last tenth of the episodes, and that of the worst run."""
    found = {}
    for label, result in results.items():
        returns = series(result, "return")[1]
        last = returns[:, -(returns.shape[1] // 10) :].mean(axis=1)
        found[label] = f"{last.mean():.3f}, worst run {last.min():.3f}"
    return found


def at_least(least: float) -> Callable[[dict[str, Result]], dict[str, str]]:
    """Greedy return of every run, and the number of runs with `least` or more."""

    def counted(results: dict[str, Result]) -> dict[str, str]:
        outcomes = {label: result.outcome_by("greedy_return") for label, result in results.items()}
        return {
            label: f"{(returns >= least).sum()} of {len(returns)}: "
            + " ".join(f"{one:.0f}" for one in np.sort(returns))
            for label, returns in outcomes.items()
        }

    return counted


def gains(results: dict[str, Result]) -> dict[str, str]:
    """The gain of the learnt policy: −Σ u x / Σ x² for states x up to two standard deviations of the best policy's."""
    found, env = {}, catalog.make("env", "lqr")
    states = np.linspace(-2, 2, 21) * env.spread.item()
    for label, result in results.items():
        learnt, runs = player(made(label, TRIALS["lqr"].agents[label]), env, result), len(result.outcome)
        actions = np.array([learnt.act(np.full((runs, 1), x, np.float32))[:, 0] for x in states])
        gain = -(states @ actions) / (states @ states)
        found[label] = f"{gain.mean():.4f}, runs {gain.min():.3f} to {gain.max():.3f}; exact {env.K.item():.4f}"
    return found


CNN = {"network": {"body": "cnn", "widths": [32], "maps": [8]}}
RECURRENT = {"body": "lstm", "widths": [32], "window": 12}
ATTENTION = {"body": "attention", "widths": [32], "window": 4, "inputs": "standardise"}
PRECISE = {"learning_rate": "linear:1e-3:1e-5:100%", "capacity": 5_000}  # forgets states far from 0
TRIALS = {
    "cart_pole": Trial(
        *("CartPole-v1", {"discount": 0.99}, 100_000, 10),
        {"ppo": {}, "dqn": {"n": 8, "updates": 2}},
        at_least(475),
        "mean of 20 greedy episodes 475 or more: ppo in 9 runs of 10, dqn in 7",
    ),
    "cart_pole_sb3_ppo": Trial(
        *("CartPole-v1", {"discount": 0.98}, 100_000, 10),
        {
            "sb3_ppo": {"rollout": 256, "minibatch": 256, "epochs": 20, "decay": 0.8}
            | {"learning_rate": "linear:1e-3:1e-5:100000", "clip": "linear:0.2:0.002:100000"}
            | {"clip_gradient": 10.0},
        },
        at_least(475),
        "mean of 20 greedy episodes 475 or more in 9 runs of 10",
    ),
    "cart_pole_sb3_dqn": Trial(
        *("CartPole-v1", {"discount": 0.99}, 100_000, 10),
        {
            "sb3_dqn": {"learning_rate": 2.3e-3, "batch": 64, "begin_after": 1000, "copy_every": 10}
            | {"learn_every": 256, "updates": 128, "capacity": 100_000, "network": {"widths": [256, 256]}}
            | {"exploration_fraction": 0.16, "exploration_last": 0.04},
        },
        at_least(475),
        "mean of 20 greedy episodes, to compare with our dqn",
    ),
    "catch": Trial(
        *("catch", {"rows": 5, "columns": 5, "observation": "planes"}, 20_000, 20),
        {"ppo": CNN, "dqn": CNN | {"epsilon": "linear:1:0.01:5000"}, "random": {}},
        final_returns,
        "ppo and dqn 0.95 or more",
    ),
    "pendulum": Trial(
        *("Pendulum-v1", {}, 20_000, 10),
        {"sac": {}, "td3": {}},
        at_least(-200),
        "mean of 20 greedy episodes -200 or more: sac in 8 runs of 10",
    ),
    "lqr": Trial(
        *("lqr", {}, 20_000, 8),
        {"sac": {"entropy": -0.5} | PRECISE, "td3": PRECISE},
        gains,
        "mean gain of sac within 2 % of .618034",
    ),
    "deep_sea": Trial(
        *("deep_sea", {"size": 20, "time_limit": 20}, 200_000, 20),
        {"ucb_q": {}, "dqn": {}, "ppo": {}},
        final_returns,
        "ucb_q, which explores on purpose, 0.94 or more; the others near 0",
    ),
    "memory": Trial(
        *("memory_length", {"length": 10}, 30_000, 10),
        {f"ppo {body}": {"network": RECURRENT | {"body": body}} for body in ("mlp", "rnn", "lstm", "gru", "attention")},
        regrets,
        "lstm, gru and attention less than half the regret of the mlp",
    ),
    "masked": Trial(
        *("cart_pole", {"masked": True}, 30_000, 10),
        {
            "ppo mlp": {},
            "dqn mlp": {"n": 8},
            "drqn": {"n": 8, "sequence": 12, "burn_in": 3, "network": ATTENTION},
            "sb3_recurrent_ppo": {"network": {"widths": [32]}, "learning_rate": 1e-3, "clip_gradient": 10.0},
        },
        at_least(475),
        "drqn and sb3_recurrent_ppo far above the agents without memory",
    ),
}


def made(name: str, settings: dict[str, Any]) -> Agent:
    """The agent of a trial."""
    agent: Agent = catalog.make("agent", name.partition(" ")[0], settings)
    return agent


def main(names: list[str]) -> None:
    """Run the trials with these names; without names, all. `environments` is the tour, and `studies` others."""
    if names[:1] == ["environments"]:
        sys.exit(not tour(names[1:]))
    if names == ["studies"]:
        sys.exit(not study_trials())
    for name in names or TRIALS:
        if name not in TRIALS:
            sys.exit(f"validate: unknown trial {name}; the trials are {', '.join(TRIALS)}")
    for name in names or TRIALS:
        trial = TRIALS[name]
        env = catalog.make("env", trial.env, trial.env_settings)
        cells = {label: Cell(made(label, kw), env, trial.steps, trial.runs) for label, kw in trial.agents.items()}
        results = {label: run(cell, Store("results"), sys.stderr.isatty()) for label, cell in cells.items()}
        print(f"{name}: {trial.env}, {trial.steps:,} steps, {trial.runs} runs. Expected: {trial.expected}.")
        for label, line in trial.summary(results).items():
            print(f"    {label:20} {line}", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
