"""The command `evaluate`: the value of a policy, estimated from recorded data."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from shutil import get_terminal_size
from typing import Any

import numpy as np
from gymnasium.spaces import Discrete
from rich.console import Console
from rich.table import Table

from rlnotes.base.configured import Configured
from rlnotes.base.errors import SettingError
from rlnotes.base.typed_settings import typed_settings
from rlnotes.cli.play import result_in
from rlnotes.data.dataset import Dataset
from rlnotes.data.minari_files import read
from rlnotes.off_policy.base.logged import Policy
from rlnotes.off_policy.evaluation import ESTIMATORS, Evaluation, evaluate
from rlnotes.simulation.learnt_policy import made_again, player


@dataclass
class Evaluate(Configured):
    """The settings of `evaluate`."""

    policy: Any = "uniform"
    """the policy to evaluate: uniform, the probability of each action such as [0.2,0.8], or the folder of a cell, whose
    greedy policy it is"""

    run: int = 0
    """the run of that cell, from 0; its policy is evaluated"""

    epsilon: float = 0.0
    """probability ε with which the policy takes any action instead, from 0 to 1"""

    estimator: Any = None
    """the estimators, as a list; null: all"""

    discount: float | None = None
    """γ, from 0 to 1; null: that of the environment"""

    steps_alone: bool | None = None
    """whether every step is an episode of its own; null: in bandits"""

    def __post_init__(self) -> None:
        self.require_kinds()
        self.require_whole("run", 0)
        self.require_probability("epsilon")


def evaluate_command(data: str, *words: str) -> None:
    """Print the value of a policy by every estimator."""
    settings = typed_settings(Evaluate, list(words), "evaluate")
    chosen = settings.estimator if isinstance(settings.estimator, Sequence) else tuple(ESTIMATORS)
    names = [chosen] if isinstance(chosen, str) else list(chosen)
    recorded = read(data)
    policy = mixed(policy_of(settings, recorded), settings.epsilon)
    found = evaluate(recorded, policy, estimators=names, discount=settings.discount, steps_alone=settings.steps_alone)
    console = Console(markup=False, highlight=False, width=get_terminal_size((120, 24)).columns)
    console.print(table_of(found))
    for line in sentences(found):
        console.print(line)


def policy_of(settings: Evaluate, data: Dataset) -> Policy:
    """The policy that the settings name. Raises `SettingError`."""
    if not isinstance(data.action_space, Discrete):
        raise SettingError("data", data.env, f"must have a finite set of actions, Discrete(k), not {data.action_space}")
    actions, first = int(data.action_space.n), int(data.action_space.start)
    if settings.policy == "uniform":
        return lambda observation: np.full((len(observation), actions), 1 / actions)
    if isinstance(settings.policy, list):
        row = np.array(settings.policy, float)
        return lambda observation: np.tile(row, (len(observation), 1))
    if not Path(str(settings.policy)).is_dir():
        requirement = "must be uniform, the probability of each action such as [0.2,0.8], or the folder of a cell"
        raise SettingError("policy", settings.policy, requirement)
    result = result_in(str(settings.policy), None)
    agent, env = made_again("agent", result.settings), made_again("env", result.settings)
    learnt = player(agent, env, result, run=settings.run)

    def greedy(observation: np.ndarray) -> np.ndarray:
        chosen = [int(learnt.act(one[None])[0]) - first for one in observation]
        policy: np.ndarray = np.eye(actions)[chosen]
        return policy

    return greedy


def mixed(policy: Policy, epsilon: float) -> Policy:
    """The policy that takes any action with probability ε."""
    if not epsilon:
        return policy

    def with_epsilon(observation: np.ndarray) -> np.ndarray:
        pi = policy(observation)
        return (1 - epsilon) * pi + epsilon / pi.shape[1]

    return with_epsilon


def table_of(found: Evaluation) -> Table:
    """A row per estimator."""
    table = Table()
    table.add_column("")
    for heading in ("value ± 95 %", "standard error", *(["error"] if found.truth is not None else [])):
        table.add_column(heading, justify="right")
    for name, one in found.estimates.items():
        cells = [f"{one.mean:.4g} ± {one.high - one.mean:.2g}", f"{one.standard_error:.2g}"]
        table.add_row(name, *cells, *([f"{one.mean - found.truth:+.2g}"] if found.truth is not None else []))
    return table


def sentences(found: Evaluation) -> list[str]:
    """What the numbers are of, and how far they can be believed."""
    lines = [f"{found.units:,} {found.unit}s. Their weights make them worth {found.effective:,.0f} {found.unit}s."]
    if found.truth is not None:
        lines.append(f"The value of the policy is {found.truth:.6g}, by the model of the environment.")
    if found.cut:
        lines.append(f"{found.cut:,} episodes were truncated; their returns end there.")
    lines += [f"{name} is left out: it {reason}." for name, reason in found.refused.items()]
    return lines
