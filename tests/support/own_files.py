"""Files of a user who has agents and environments of their own, and a process that forgets them afterwards."""

import sys
from contextlib import contextmanager
from textwrap import dedent

import gymnasium

from rlnotes import own_code
from rlnotes.base.origin import origin_of_file

IMPORTS = """
from dataclasses import dataclass
from typing import Any
import gymnasium
import numpy as np
from rlnotes.agents.bandits.base.bandit_agent import BanditAgent
from rlnotes.envs import MDP, GaussianBandit, Model
"""
AGENTS = """
@dataclass
class Greedy(BanditAgent):
    \"\"\"Play the best empirical arm.\"\"\"

    epsilon: float = 0.0
    \"\"\"probability of a random arm\"\"\"

    def act(self, observation):
        return self.argmax_or_any(self.epsilon)
"""
WORLDS = """
@dataclass
class Shifted(GaussianBandit):
    \"\"\"Arms with a reward that is larger by a shift.\"\"\"

    shift: float = 1.0
    \"\"\"what every reward has more\"\"\"

    def draw_rewards(self, value, actions):
        return super().draw_rewards(value, actions) + self.shift


@dataclass
class Corridor(MDP):
    \"\"\"A corridor; its end pays 1.\"\"\"

    length: int = 4
    \"\"\"number of cells\"\"\"

    def build(self):
        last = self.length - 1

        def outcomes(cell, action):
            following = max(0, cell + (1 if action == "right" else -1))
            return [(1.0, last, 0.0, True) if cell == last else (1.0, following, float(following == last), False)]

        return Model.from_function(range(self.length), ["left", "right"], outcomes, start=0, discount=self.discount)
"""

GYMNASIUM = """
class Walk(gymnasium.Env):
    def __init__(self, length=3, pay={"end": 1}):
        self.length, self.pay = length, pay
        self.observation_space, self.action_space = gymnasium.spaces.Discrete(length), gymnasium.spaces.Discrete(2)

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        self.at = 0
        return self.at, {}

    def step(self, action):
        self.at += 1
        end = self.at == self.length - 1
        return self.at, end * float(self.pay["end"]), end, False, {}


class Divided(gymnasium.RewardWrapper):
    def __init__(self, env, by=2):
        super().__init__(env)
        self.by = by

    def reward(self, reward):
        return reward / self.by


gymnasium.register("ID", entry_point=Walk, max_episode_steps=50)
"""


def write(folder, name, text, imports=IMPORTS):
    """Write a file with these imports and this text."""
    file = folder / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(imports + dedent(text))
    return file


def loaded_from(folder):
    """The names of the modules that were loaded from a folder."""
    files = {name: str(getattr(module, "__file__", None)) for name, module in sys.modules.items()}
    return {name for name, file in files.items() if file.startswith(str(folder))}


@contextmanager
def forgotten():
    """Afterwards, the modules and environments of meanwhile, and the folders that imports look into, are forgotten."""
    path, modules, named, ids = list(sys.path), set(sys.modules), dict(own_code.named), set(gymnasium.registry)
    try:
        yield
    finally:
        sys.path[:] = path
        for name in set(sys.modules) - modules:
            if origin_of_file(str(getattr(sys.modules[name], "__file__", None) or sys.executable)) == "user":
                del sys.modules[name]
        for id in set(gymnasium.registry) - ids:
            del gymnasium.registry[id]
        own_code.named.clear()
        own_code.named.update(named)
