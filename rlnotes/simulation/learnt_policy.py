"""The policy that a result has learnt."""

from contextlib import closing
from dataclasses import replace
from typing import Any

import numpy as np
from gymnasium.spaces import Discrete

from rlnotes import catalog
from rlnotes.agents.base.agent import Agent, Problem, ProblemError
from rlnotes.agents.base.state_numbers import state_count
from rlnotes.agents.linear.base.action_agent import LinearActionAgent
from rlnotes.base.errors import SettingError
from rlnotes.base.record import Record
from rlnotes.envs.base.environment import Environment
from rlnotes.envs.registered import Registered
from rlnotes.simulation.learnt_tables import has_policy, require_kept
from rlnotes.simulation.linear_player import LinearPlayer
from rlnotes.simulation.plain_values import plain
from rlnotes.simulation.result import Result
from rlnotes.simulation.table_player import TablePlayer


def player(
    agent: Agent | str, env: Environment | str, result: Result, run: int | None = None, copies: int = 1
) -> Agent:
    """An agent that plays the greedy policies, or the plan, in the result of `agent` on `env`, and does not learn.

    `act` takes all runs, or those whose tables are kept, or only the given `run`. A plan is played by one run. With
    `copies`, `act` takes as many runs of each.
    Raises `SettingError` if the result is of another agent, stores no policy, or does not have the run.
    """
    learner: Agent = catalog.make("agent", agent) if isinstance(agent, str) else replace(agent)
    environment: Environment = catalog.make("env", env) if isinstance(env, str) else env
    if plain({**catalog.identity(learner), **learner.setting_values()})[0] != result.settings["agent"]:
        other = ", ".join(f"{key}={catalog.written(value)}" for key, value in result.settings["agent"].items())
        raise SettingError("agent", catalog.describe(learner), f"differs from the agent of the result, {other}")
    problem = problem_of(environment, result)
    if has_policy(result.data):
        policies = policies_by_step(result)
        require_fitting(policies, problem, catalog.name(environment))
        return TablePlayer(chosen(policies, run, copies), problem)
    if "learned_weights" in result.data:
        assert isinstance(learner, LinearActionAgent)
        kept = require_kept(catalog.describe(learner), result.data["learned_weights"])
        weights = chosen(kept, run, copies)
        begin(learner, environment, replace(problem, runs=len(weights)))
        return LinearPlayer(learner, weights)
    weights = chosen(result.data.get("weights", np.empty((0, 0))), run, copies)
    begin(learner, environment, replace(problem, runs=len(weights) or len(result.outcome)))
    try:
        learner.recall(Record(weights=weights))
    except ValueError as error:
        raise SettingError("agent", catalog.describe(learner), str(error)) from None
    return learner.frozen(sampled=False)


def problem_of(env: Environment, result: Result) -> Problem:
    """The problem of one run of a result."""
    with closing(env.batch(1)) as one:
        return Problem.of(env, one, result.settings["steps"])


def begin(learner: Agent, env: Environment, problem: Problem) -> None:
    """Let a learner begin. Raises `SettingError` if it cannot act in the problem."""
    try:
        learner.begin(problem, np.random.default_rng())
    except ProblemError as error:
        requirement = f"does not fit env={catalog.name(env)}: it {error}"
        raise SettingError("agent", catalog.name(learner), requirement) from None


def policies_by_step(result: Result) -> np.ndarray:
    """π [runs, H, states] of tables and plans; H is 1 if the action does not depend on the step."""
    policy = result.policy
    if "policy" in result.data:  # a plan, the same for all runs
        return policy[None] if "stage_policy" in result.data else policy[None, None]
    return policy if policy.ndim == 3 else policy[:, None]


def require_fitting(policies: np.ndarray, problem: Problem, env: str) -> None:
    """Raise `SettingError` unless policies [runs, H, states] are for the states and actions of a problem."""
    assert isinstance(problem.action_space, Discrete)
    states, actions = state_count(problem.observation_space), int(problem.action_space.n)
    if policies.shape[-1] != states or policies.max() >= actions:
        known = f"a policy for {policies.shape[-1]:,} states, with actions up to {policies.max()}"
        raise SettingError("env", env, f"has {states:,} states and {actions} actions, and the result {known}")


def values_by_step(result: Result, run: int) -> tuple[np.ndarray, np.ndarray]:
    """V and π [H, states] of a run, or of a plan, as a map shows them; V is NaN where no run came, or nothing is known.

    Of networks, and of a plan whose actions depend on the step, V is not known at every step.
    """
    if not has_policy(result.data) or "stage_policy" in result.data:
        unknown = np.full((1, len(result.data["final"])), np.nan)
        return unknown, np.zeros(unknown.shape, np.int64)
    policies = policies_by_step(result)
    if "policy" in result.data:
        return result.value[None], policies[0]
    values = np.broadcast_to(np.atleast_2d(result.value[run]), policies[run].shape)
    return np.where(result.data["visits"].sum(axis=0) > 0, values, np.nan), policies[run]


def chosen(rows: np.ndarray, run: int | None, copies: int) -> np.ndarray:
    """Copies of the row of a run, or of all rows; raises `SettingError` if the run has none."""
    if run is not None and len(rows) > 0 and not 0 <= run < len(rows):
        raise SettingError("run", run, f"must be from 0 to {len(rows) - 1}, the runs whose policies are kept")
    return np.repeat(rows if run is None else rows[run : run + 1], copies, axis=0)


def made_again(group: str, settings: dict[str, Any]) -> Any:
    """The agent or environment of a result, from the settings in config.yaml.

    Raises `SettingError` if it cannot be made any more, or is not what it was.
    """
    given = settings[group]
    name, place = given["name"], given.get("class", given["name"])
    try:
        cls = catalog.find(group, place)
        known = catalog.default_settings(*((cls,) if cls else (Registered, place)))
        made = catalog.make(group, place, nested({key: value for key, value in given.items() if key in known}))
        now = plain({**catalog.identity(made), **made.setting_values(), **getattr(made, "contents", {})})[0]
    except (SettingError, TypeError) as error:
        raise SettingError(group, name, f"cannot be made again from config.yaml ({error})") from None
    if changed := [key for key in {**given, **now} if given.get(key) != now.get(key)]:
        raise SettingError(group, name, f"is not what it was when the result was made: {', '.join(changed)} differs")
    return made


def nested(values: dict[str, Any]) -> dict[str, Any]:
    """Settings by name, where `network.body` becomes a setting of the setting `network`."""
    made: dict[str, Any] = {}
    for key, value in values.items():
        outer, dot, inner = key.partition(".")
        if dot:
            made.setdefault(outer, {})[inner] = value
        else:
            made[key] = value
    return made
