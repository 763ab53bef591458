"""An environment whose episodes have known lengths."""

import gymnasium as gym
import numpy as np

from rlnotes.simulation.recorder import Complete


class Countdown(gym.vector.VectorEnv):
    """Run i pays 1 per step, and its episodes end after i + 1 steps. There is one action and one observation."""

    metadata = {"autoreset_mode": gym.vector.AutoresetMode.SAME_STEP}

    def __init__(self, num_envs):
        self.num_envs = num_envs
        self.single_observation_space = self.single_action_space = gym.spaces.Discrete(1)

    def reset(self, *, seed=None, options=None):
        self.left = np.arange(self.num_envs) + 1
        return np.zeros(self.num_envs, int), {}

    def step(self, actions):
        self.left -= 1
        ended = self.left == 0
        self.left[ended] = np.flatnonzero(ended) + 1
        never = np.zeros(self.num_envs, bool)
        return np.zeros(self.num_envs, int), np.ones(self.num_envs), ended, never, {}


def play(recorder, steps):
    """Play at most `steps` steps, without learning; the number of steps until the recorder is complete."""
    recorder.reset()
    for step in range(steps):
        try:
            recorder.step(np.zeros(recorder.num_envs, int))
        except Complete:
            return step
    return steps
