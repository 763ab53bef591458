"""Steps for deep agents to learn from, and single networks out of a stack."""

from copy import deepcopy

import numpy as np
from gymnasium.spaces import Box, Discrete
from torch import nn

from rlnotes.agents.base.agent import Problem, Transition

RUNS, STEPS, DISCOUNT = 3, 40, 0.9
OBSERVATIONS = Box(-9, 9, (2,))


def experience(steps=STEPS, seed=0):
    """Steps of episodes that terminate and are truncated; the observations [runs, 2] are all different."""
    rng = np.random.default_rng(seed)
    observation = rng.normal(size=(RUNS, 2)).astype(np.float32)
    for _ in range(steps):
        following = rng.normal(size=(RUNS, 2)).astype(np.float32)
        terminated = rng.random(RUNS) < 0.15
        truncated = ~terminated & (rng.random(RUNS) < 0.1)
        action, reward = rng.integers(2, size=RUNS), rng.normal(size=RUNS)
        yield Transition(observation, action, reward, following, terminated, truncated)
        first = rng.normal(size=(RUNS, 2)).astype(np.float32)
        observation = np.where((terminated | truncated)[:, None], first, following)


def begun(agent, discount=DISCOUNT):
    """The agent at the beginning of a problem with two actions."""
    agent.begin(Problem(OBSERVATIONS, Discrete(2), RUNS, None, discount), np.random.default_rng(0))
    return agent


def learn(agent, steps):
    """Let an agent act and learn; it learns from the actions of `steps` and not from its own."""
    for step in steps:
        agent.act(step.observation)
        agent.update(step)


def single(stack, run):
    """The network of one run, out of a stack."""
    network = deepcopy(stack)
    for name, parameter in stack.named_parameters():
        path, _, last = name.rpartition(".")
        setattr(network.get_submodule(path), last, nn.Parameter(parameter.detach()[run].clone()))
    return network
