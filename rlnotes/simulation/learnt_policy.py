"""What was learnt, played again."""

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
    """Who plays greedily what `agent` learnt in `env`, by its result: `act` takes the observations of all runs.

    Raises `SettingError` where the result is of another agent, or the agent keeps nothing that can be played by.
    """
    learner: Agent = catalog.make("agent", agent) if isinstance(agent, str) else replace(agent)
    world: Environment = catalog.make("env", env) if isinstance(env, str) else env
    settings = result.settings
    cell = Cell(learner, world, settings["steps"] or 1, len(result.outcome), episodes=settings["episodes"])
    if cell.settings["agent"] != settings["agent"]:
        told = ", ".join(f"{key}={catalog.written(value)}" for key, value in settings["agent"].items())
        raise SettingError("agent", catalog.describe(learner), f"is not that of the result, {told}")
    with closing(cell.env.batch(cell.runs)) as worlds:
        learner.begin(Problem.of(world, worlds, cell.horizon), np.random.default_rng())
    try:
        learner.recall(result.data)
    except ValueError as error:
        raise SettingError("agent", catalog.describe(learner), str(error)) from None
    playing = learner.frozen()
    assert playing
    return playing
