"""Steps for deep agents to learn from, and single networks out of a stack."""

from copy import deepcopy

import numpy as np
from gymnasium.spaces import Box, Discrete
from torch import nn

from rlnotes.agents.base.agent import Problem, Transition

RUNS, STEPS, DISCOUNT = 3, 40, 0.9
OBSERVATIONS, CHOICE, FORCES = Box(-9, 9, (2,)), Discrete(2), Box(np.float32([-1, 2]), np.float32([3, 5]))


def experience(steps=STEPS, seed=0, actions=CHOICE):
    """Steps of episodes that terminate and are truncated; the observations [runs, 2] are all different.

    The actions are random ones of a space: two to choose from, or a Box.
    """
    rng = np.random.default_rng(seed)
    observation = rng.normal(size=(RUNS, 2)).astype(np.float32)
    for _ in range(steps):
        following = rng.normal(size=(RUNS, 2)).astype(np.float32)
        terminated = rng.random(RUNS) < 0.15
        truncated = ~terminated & (rng.random(RUNS) < 0.1)
        box = isinstance(actions, Box)
        action = rng.uniform(actions.low, actions.high, (RUNS, *actions.shape)) if box else rng.integers(2, size=RUNS)
        reward = rng.normal(size=RUNS)
        yield Transition(observation, action, reward, following, terminated, truncated)
        first = rng.normal(size=(RUNS, 2)).astype(np.float32)
        observation = np.where((terminated | truncated)[:, None], first, following)


def begun(agent, discount=DISCOUNT, actions=CHOICE):
    """The agent at the beginning of a problem, with two actions to choose from or those of another space."""
    agent.begin(Problem(OBSERVATIONS, actions, RUNS, None, discount), np.random.default_rng(0))
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
