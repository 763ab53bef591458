"""An environment of random episodes for the agents of stable-baselines3, which records them."""

import numpy as np
from gymnasium.spaces import Box, Discrete
from gymnasium.vector import VectorEnv
from gymnasium.vector.utils import batch_space

from rlnotes.agents.base.agent import Problem
from support.quick_agents import SB3_ACTORS

VECTOR, CHOICE, FORCES = Box(-1, 1, (2,)), Discrete(3, start=5), Box(np.float32([4, 5]), np.float32([8, 7]))


class Episodes(VectorEnv):
    """Random observations and rewards by a rule; an episode ends after three steps, truncated or terminated in turn.

    `record` has the observation, action, reward, next observation, termination and truncation of every step.
    """

    def __init__(self, observations=VECTOR, actions=CHOICE, rule=lambda observation, action: 1.0, runs=3, seed=0):
        self.num_envs, self.rule = runs, rule
        self.single_observation_space, self.single_action_space = observations, actions
        self.observation_space = batch_space(observations, runs)
        self.observation_space.seed(seed)
        self.record = []

    def reset(self, *, seed=None, options=None):
        self.now = self.observation_space.sample()
        return self.now, {}

    def step(self, actions):
        assert all(action in self.single_action_space for action in actions)
        t, last = len(self.record) + 1, self.observation_space.sample()
        reward = np.broadcast_to(self.rule(self.now, actions), self.num_envs).astype(float)
        truncated, terminated = (np.full(self.num_envs, t % 6 == turn) for turn in (3, 0))
        self.record.append((self.now, actions, reward, last, terminated, truncated))
        self.now = self.observation_space.sample() if t % 3 == 0 else last
        return self.now, reward, terminated, truncated, {"final_obs": last}


def episodes(name, **settings):
    """The environment with actions that the agent of this name accepts."""
    return Episodes(actions=FORCES if name in SB3_ACTORS else CHOICE, **settings)


def begun(agent, env, steps=60, seed=0):
    """The agent at the beginning of an environment."""
    spaces = env.single_observation_space, env.single_action_space
    agent.begin(Problem(*spaces, env.num_envs, steps, 0.9), np.random.default_rng(seed))
    return agent


def train(agent, env, steps=60, seed=0):
    """Let an agent learn in an environment; return the recorded arrays [steps, runs, ...]."""
    begun(agent, env, steps, seed).learn(env, steps)
    return [np.stack(parts) for parts in zip(*env.record, strict=True)]
