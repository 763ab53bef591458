"""Data sets of what agents do, without files."""

import numpy as np

from rlnotes.agents.base.agent import Problem
from rlnotes.agents.base.data_agent import DataAgent
from rlnotes.agents.random import Random
from rlnotes.data.dataset import Dataset
from rlnotes.simulation.step_log import StepLog


def episodes_of(agent, env, runs, steps, seed=0):
    """What `runs` of an agent do in some steps."""
    batch = env.batch(runs)
    agent.begin(Problem.of(env, batch, steps), np.random.default_rng((seed, 1)))  # a stream of its own
    if isinstance(agent, DataAgent):
        agent.learn_from(recorded(env))
    observation, info = batch.reset(seed=seed)
    agent.allowed = info.get("action_mask")
    log = StepLog(agent, runs, None)
    log.begin(observation, info)
    step = batch.step

    def logged(actions):
        outcome = step(actions)
        log.add(actions, outcome)
        return outcome

    batch.step = logged
    agent.go_on(batch, observation, steps)
    return list(log.episodes())


def recorded(env, agent=None, runs=3, steps=20):
    """The data set of what `runs` of an agent do in some steps; of random play if no agent is given."""
    found = episodes_of(agent or Random(), env, runs, steps)
    return Dataset.of(found, env.single_observation_space, env.single_action_space)
