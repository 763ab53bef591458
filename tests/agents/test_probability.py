"""The probability that agents report for their actions."""

import numpy as np
import pytest
from support.quick_agents import DEEP, IMITATORS, quick
from support.recorded import episodes_of

from rlnotes import catalog
from rlnotes.agents import CATALOG, Random
from rlnotes.agents.base.agent import Problem, ProblemError
from rlnotes.base.class_table import load_class
from rlnotes.base.errors import SettingError
from rlnotes.envs import BernoulliBandit, Chain
from rlnotes.envs.control.cart_pole import CartPole

KNOW = [name for name, path in CATALOG.items() if load_class(path).knows_probability]
Z = 6.5
"""standard errors: false alarms have probability 1e-10 a number, by the normal law of a mean of at least 2,400 terms"""


@pytest.mark.parametrize("name", KNOW)
@pytest.mark.filterwarnings("ignore:steps=")
def test_the_inverse_of_the_probability_has_the_mean_1(name):
    deep = name in DEEP | IMITATORS
    agent = quick(name) if deep else catalog.make("agent", name)
    env = next(env for env in (BernoulliBandit(arms=3), Chain(), CartPole()) if accepts(agent, env))
    found = episodes_of(agent, env, *((300, 18) if deep else (4_000, 6)))
    action = np.concatenate([one.action for one in found])
    weight = 1 / np.concatenate([one.probability for one in found])
    assert np.isfinite(weight).all()
    for a in range(int(env.single_action_space.n)):
        term = (action == a) * weight - 1  # its mean is 0 whatever happened before
        assert abs(term.mean()) <= Z * term.std() / np.sqrt(len(term))


def accepts(agent, env):
    """Whether an agent accepts an environment."""
    try:
        agent.check(Problem.of(env, env, 10))
    except ProblemError:
        return False
    return True


def test_random_play_has_the_given_probabilities():
    [*found] = episodes_of(Random(probabilities=[0.8, 0.2]), BernoulliBandit(arms=2), 20_000, 1)
    action = np.concatenate([one.action for one in found])
    assert abs(action.mean() - 0.2) <= Z * np.sqrt(0.16 / 20_000)
    assert (np.concatenate([one.probability for one in found]) == np.where(action, 0.2, 0.8)).all()


@pytest.mark.parametrize("wrong", [[0.5, 0.4], [-0.1, 1.1], []])
def test_probabilities_must_have_the_sum_1(wrong):
    with pytest.raises(SettingError, match="must be numbers of 0 or more with the sum 1"):
        Random(probabilities=wrong)


def test_there_are_as_many_probabilities_as_actions():
    with pytest.raises(ProblemError, match=r"has 2 probabilities, and the actions are Discrete\(3\)"):
        Random(probabilities=[0.5, 0.5]).check(Problem.of(env := BernoulliBandit(arms=3), env, 10))
