"""Finite MDPs: the environments of the catalogue, random models and policies, and what a model or a step gives."""

from functools import cache

import gymnasium as gym
import numpy as np

from rlnotes.base.class_table import load_class
from rlnotes.envs import CATALOG, Model
from rlnotes.envs.mdps.base.model_checks import DTYPES

PATHS = [path for path in CATALOG.values() if ".mdps." in path]
"""the finite MDPs of the catalogue"""
IDS = [f"rlnotes/{path.partition(':')[2]}-v0" for path in PATHS]


@cache
def built(path):
    """An environment of a path, which is never reset; it holds a read-only model that is slow to build."""
    return load_class(path)()


def model_of(path):
    """The model of a path of the catalogue."""
    return built(path).model


def make(path, runs):
    """A new environment of a path of the catalogue, with so many runs."""
    return built(path).batch(runs)


def random_actions(rng, env):
    """An action for every run."""
    return rng.integers(env.single_action_space.n, size=env.num_envs)


def trajectory(env, seed, steps=40, action_seed=0):
    """The results of a reset by `seed` and of random actions by `action_seed`."""
    rng = np.random.default_rng(action_seed)
    return [env.reset(seed=seed)] + [env.step(random_actions(rng, env)) for _ in range(steps)]


def step_from(env, state, actions):
    """Step every run from a given state: next state, reward, terminated and the observation."""
    env.state[:] = state
    observation, reward, terminated, _, info = env.step(actions)
    return info.get("final_obs", observation), reward, terminated, observation


def entries_of(model, state, action):
    """(probability, next state, reward, terminated) of every entry of a state and action."""
    row = state * model.actions + action
    entries = slice(*model.offsets[row : row + 2])
    columns = (model.probability, model.next_state, model.reward, model.terminated)
    return list(zip(*(column[entries].tolist() for column in columns), strict=True))


def law_of(model, rows):
    """The probability of every (row, next state, reward, terminated) of these rows."""
    return {
        (row, *outcome): p
        for row in rows
        for p, *outcome in entries_of(model, row // model.actions, row % model.actions)
    }


def assert_same_model(model, other):
    for name, dtype in DTYPES.items():
        assert getattr(model, name).dtype == dtype
        np.testing.assert_array_equal(getattr(model, name), getattr(other, name), err_msg=name)
    assert model.discount == other.discount


def equiprobable(model):
    """π(a|s) [states, actions], the same for every available action."""
    return model.available / model.available.sum(axis=1, keepdims=True)


def random_policy(rng, available):
    """Probabilities [states, actions] of the available actions, some of them 0."""
    weight = np.where(available, rng.random(available.shape), 0.0)
    weight *= weight >= 0.5 * weight.max(axis=1, keepdims=True)
    return weight / weight.sum(axis=1, keepdims=True)


def random_table(rng, states=7, actions=4):
    """A random `P` as Gymnasium has it, without some actions; it has equal entries, some of them terminated."""
    table = {}
    for s in range(states):
        table[s] = {}
        for a in range(actions):
            if a == s % actions or rng.random() < 0.6:
                probability = rng.dirichlet(np.ones(5))
                table[s][a] = [
                    (float(p), int(rng.integers(states)), float(rng.integers(-2, 3)), bool(rng.random() < 0.3))
                    for p in probability
                ]
    return table


def model_of_table(table, actions=4, discount=0.9):
    """The model of a `P`."""
    return Model.from_function(
        range(len(table)), range(actions), lambda s, a: table[s].get(a, ()), start=0, discount=discount
    )


class ToyText(gym.Env):
    """A toy-text environment: `P` and the probabilities of the start states."""

    def __init__(self, table, start, actions):
        self.P, self.initial_state_distrib = table, start
        self.observation_space, self.action_space = gym.spaces.Discrete(len(table)), gym.spaces.Discrete(actions)


def shaped(outcome):
    """A step of the frozen lake that pays 10 at the goal, −1 in a hole and −0.1 elsewhere."""
    observation, reward, terminated, *rest = outcome
    return observation, 10.0 if reward else -1.0 if terminated else -0.1, terminated, *rest


class Shaping(gym.Wrapper):
    """The frozen lake with these rewards."""

    def step(self, action):
        return shaped(self.env.step(action))
