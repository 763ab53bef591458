"""Environments that give one wrong value, and agents that give one wrong action. Prints each case that ends badly.

    PYTHONPATH=tests python tests/support/wrong_environments.py 1000 [SEED]
    PYTHONPATH=tests python tests/support/wrong_environments.py 100000 SEED alone

A case ends with a `SettingError` of one line that names the environment or the agent. The last line says how many cases
ran, and how many ended well. With `alone`, action 0 takes the place of an agent that learns, which is much
faster: a wrong value is refused before an agent sees it.
"""

import random
import sys
import warnings
from dataclasses import dataclass
from functools import cache
from math import inf, nan

import gymnasium as gym
import numpy as np
from gymnasium.spaces import Box, Dict, Discrete, MultiBinary, MultiDiscrete, Tuple
from gymnasium.vector import AutoresetMode, VectorEnv

from rlnotes import catalog
from rlnotes.agents.base.agent import Agent
from rlnotes.base.errors import SettingError
from rlnotes.envs.base.actions import ActionError
from rlnotes.envs.base.environment import Environment
from rlnotes.envs.base.rewards import Rewards
from rlnotes.envs.registered import Registered
from rlnotes.simulation.cell import Cell
from rlnotes.simulation.recorder import Recorder
from rlnotes.simulation.simulate import simulate
from support.quick_agents import DEEP, SB3

STRANGE = [None, "1", "left", b"1", 1j, nan, object(), {}, [], [[0]], np.zeros(1), np.zeros((2, 2), int)]
"""neither numbers of a finite set, nor rewards, nor ends, nor vectors"""

LARGE = [10**6, 10**9, 2**31, 2**40, 2**62, 2**63 - 1, -(2**63), 2**63, 10**30, np.uint64(2**64 - 1)]
BEYOND = [1.5, -1, 13, *LARGE, np.int8(-3)]
"""no elements of the spaces below, and no actions"""

PARTS, RIGHT = Dict(a=Discrete(2), b=Tuple([Box(-1, 1, (2,)), Discrete(3, start=5)])), np.ones(2, np.float32)
WHATS = ["observation", "observation", "reward", "terminated", "truncated"]
SPACES = [
    (Discrete(5), [*STRANGE, *BEYOND, 5]),
    (Discrete(5, start=7), [*STRANGE, *BEYOND, 12]),
    (Discrete(1), [*STRANGE, *BEYOND, 1]),
    (MultiDiscrete([2, 3]), [*STRANGE, *BEYOND, [0, 3], [-1, 0], [0, 10**9], [2**62, 0], [0.5, 1], [nan, 0]]),
    (Tuple([Discrete(2), Discrete(3)]), [*STRANGE, *BEYOND, (0, 3), (-1, 0), (0, 2**40), (0.5, 1), (None, 0), (0,)]),
    (PARTS, [*STRANGE, *BEYOND, *({"a": a, "b": (RIGHT, 5)} for a in (2, -1, 2**40, 0.5, None, "1", [0]))]),
    (PARTS, [{"a": 0, "b": (b, 5)} for b in (*STRANGE, *BEYOND, [nan, 0], [0, inf], [None, 0], np.ones((1, 2)))]),
    (PARTS, [{"a": 0, "b": (RIGHT, 8)}, {"a": 0}, {"a": 0, "c": (RIGHT, 5)}, {"a": 0, "b": (RIGHT,)}]),
    (PARTS, [{"a": 0, "b": (RIGHT, 5), "c": 0}, {"a": 0, "b": (RIGHT, 5, 0)}, {"a": 0, "b": (5, RIGHT)}]),
    (MultiBinary(2), [*STRANGE, *BEYOND, [0, 2], [-1, 0], [0.5, 1]]),
    (Box(-1, 1, (2,)), [*STRANGE, *BEYOND, [nan, 0], [0, inf], [-inf, 0], [None, 0], ["a", "b"], np.ones((1, 2))]),
]
"""observation spaces, each with observations that are not its elements"""
REWARDS = [*STRANGE, inf, -inf, np.array([1.0]), np.array([1.0, 2.0]), "1.5"]
ENDS = [*STRANGE, 1, 2, np.array([True]), np.array([True, False]), "yes"]


class Giver(gym.Env):
    """Random observations and rewards; an episode ends after 4 steps. In step `at` (0: reset) `what` is `value`."""

    metadata = {"rewards": Rewards(low=0.0, high=1.0)}

    def __init__(self, space, what, value, at):
        self.observation_space, self.action_space = space, Discrete(5)
        self.what, self.value, self.at, self.t = what, value, at, -1

    def given(self, what, right):
        return self.value if what == self.what and self.t == self.at else right

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        self.left, self.t = 4, self.t + (self.t < 0)
        return self.given("observation", self.observation_space.sample()), {}

    def step(self, action):
        self.t, self.left = self.t + 1, self.left - 1
        outcome = self.given("observation", self.observation_space.sample()), self.given("reward", float(self.t % 2))
        return *outcome, self.given("terminated", self.left == 0), self.given("truncated", False), {}


class GiverBatch(Environment, VectorEnv):
    """The same as a batch of one's own: `value` stands in an array, or the array is missing if it is no such thing."""

    metadata, discount = {"autoreset_mode": AutoresetMode.SAME_STEP}, 0.9
    rewards = Rewards(low=0.0, high=1.0)

    def __init__(self, *case):
        self.case, one = case, Giver(*case)
        self.single_observation_space, self.single_action_space = one.observation_space, one.action_space

    def setting_values(self):
        return {}

    def batch(self, num_envs):
        made = GiverBatch(*self.case)
        made.num_envs, made.runs = num_envs, [Giver(*self.case) for _ in range(num_envs)]
        return made

    def reset(self, *, seed=None, options=None):
        return np.array([run.reset(seed=seed)[0] for run in self.runs]), {}

    def step(self, actions):
        given = [run.step(action) for run, action in zip(self.runs, actions, strict=True)]
        observation, reward, terminated, truncated = ([outcome[part] for outcome in given] for part in range(4))
        info = {"final_obs": np.array(observation)}
        for i, run in enumerate(self.runs):
            if run.left == 0:
                observation[i] = run.reset()[0]
        return np.array(observation), np.array(reward), np.array(terminated), np.array(truncated), info


@dataclass
class WrongActions(Agent):
    """Plays action 0, but `value` in step `at`."""

    value: object = None
    at: int = 1

    def act(self, observation):
        self.t = getattr(self, "t", 0) + 1
        return self.value if self.t == self.at else np.zeros(len(observation), int)


LINEAR = {
    name: {"features": "aggregation:1"} for name, place in catalog.CATALOGS["agent"].items() if ".linear." in place
}
"""linear agents with a single feature, since the tiles of the larger Boxes take gigabytes"""


@cache
def fitting():
    """The agents that accept each space, by the index of the space."""
    found = []
    for space, _ in SPACES:
        register(space, "", None, -1)
        found.append([])
        for name in catalog.CATALOGS["agent"]:
            try:
                Cell(quick(name), Registered("Wrong-v0"), steps=30, runs=2)
                found[-1].append(name)
            except SettingError:
                pass
    return found


def quick(name):
    """An agent by name; deep ones have settings with which they learn early, and linear ones a single feature."""
    return catalog.make("agent", name, (DEEP | SB3 | LINEAR).get(name))


def register(*case):
    """Register the environment of a case as Wrong-v0, with a time limit that no episode reaches."""
    gym.registry.pop("Wrong-v0", None)
    gym.register("Wrong-v0", entry_point=lambda: Giver(*case), max_episode_steps=5)


def random_case(draw):
    """An agent, an environment, and the name that the error must have."""
    number, at = draw.randrange(len(SPACES)), draw.randrange(1, 30)
    (space, unlike), what = SPACES[number], draw.choice(WHATS)
    if draw.random() < 0.2:
        wrong = [*STRANGE, *([value, 0] for value in [*STRANGE, *BEYOND, 5]), [0, 0, 0], [[0], [0]], [0.0, 1.0]]
        register(space, "", None, -1)
        return WrongActions(draw.choice(wrong), at), Registered("Wrong-v0"), "agent=WrongActions: gave action"
    values = {"observation": unlike, "reward": REWARDS}.get(what, ENDS)
    case = space, what, draw.choice(values), draw.choice([0, at]) if what == "observation" else at
    agent = quick(draw.choice(fitting()[number]))
    if draw.random() < 0.3 and not isinstance(space, Dict | Tuple):
        return agent, GiverBatch(*case), "env=GiverBatch: "
    register(*case)
    return agent, Registered("Wrong-v0"), "env=Wrong-v0: "


def play(agent, env):
    """Let an agent learn."""
    simulate(Cell(agent, env, steps=30, runs=2))


def play_alone(agent, env):
    """Let action 0 take the place of an agent that learns, and record without a cell."""
    agent = agent if isinstance(agent, WrongActions) else WrongActions(at=-1)
    agent.t = 0
    try:
        agent.learn(Recorder(env.batch(2), 30), 30)
    except ActionError as error:
        raise SettingError("agent", catalog.name(agent), str(error)) from None


def fault(agent, env, named, play=play):
    """What is wrong with the end of a case; None if nothing is."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            play(agent, env)
    except SettingError as error:
        text = str(error)
        return None if text.startswith(named) and "\n" not in text and "must be" in text + error.requirement else text
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    return "no error"


def faults(number, seed, play=play):
    """The random cases that end badly, each in words."""
    for i in range(number):
        agent, env, named = random_case(random.Random(f"{seed}-{i}"))
        if found := fault(agent, env, named, play):
            yield f"case {i} with {catalog.describe(agent)} and {catalog.name(env)}: {found}"


if __name__ == "__main__":
    cases, chosen = int(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else random.randrange(2**32)
    bad = 0
    for line in faults(cases, chosen, play_alone if sys.argv[3:] == ["alone"] else play):
        print(line, flush=True)
        bad += 1
    print(f"{cases} cases with seed {chosen}, {cases - bad} ended well")
