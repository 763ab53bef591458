"""The policy that a result has learnt."""

from contextlib import closing
from dataclasses import replace

import numpy as np

from rlnotes import catalog
from rlnotes.agents.base.agent import Agent, Problem
from rlnotes.base.errors import SettingError
from rlnotes.envs.base.environment import Environment
from rlnotes.simulation.cell import Cell
from rlnotes.simulation.result import Result


def player(agent: Agent | str, env: Environment | str, result: Result) -> Agent:
    """An agent that plays greedily by the networks in the result of `agent` on `env`; `act` takes all runs.

    Raises `SettingError` if the result is of another agent, or stores no policy.
    """
    learner: Agent = catalog.make("agent", agent) if isinstance(agent, str) else replace(agent)
    environment: Environment = catalog.make("env", env) if isinstance(env, str) else env
    settings = result.settings
    cell = Cell(learner, environment, settings["steps"] or 1, len(result.outcome), episodes=settings["episodes"])
    if cell.settings["agent"] != settings["agent"]:
        other = ", ".join(f"{key}={catalog.written(value)}" for key, value in settings["agent"].items())
        raise SettingError("agent", catalog.describe(learner), f"differs from the agent of the result, {other}")
    with closing(cell.env.batch(cell.runs)) as runs:
        learner.begin(Problem.of(environment, runs, cell.horizon), np.random.default_rng())
    try:
        learner.recall(result.data)
    except ValueError as error:
        raise SettingError("agent", catalog.describe(learner), str(error)) from None
    return learner.frozen(sampled=False)
