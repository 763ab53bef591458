"""The episodes that runs play after learning: how many, by which policy, and what becomes of those that do not end."""

from dataclasses import dataclass

import numpy as np
import pytest
from matplotlib import pyplot
from support.countdown import Countdown
from support.quick_agents import quick

from rlnotes import compare
from rlnotes.agents import QLearning, Random
from rlnotes.agents.base.agent import Problem
from rlnotes.base.errors import SettingError
from rlnotes.envs import CartPole, GaussianBandit
from rlnotes.envs.base.environment import Environment
from rlnotes.simulation.cell import Cell
from rlnotes.simulation.simulate import simulate


@dataclass(eq=False)
class Runs(Environment, Countdown):
    """Episodes of run i end after `lengths[i]` steps."""

    lengths: tuple[int, ...] = (1, 2, 3)
    time_limit: int | None = None
    taken = 0

    def batch(self, num_envs):
        Countdown.__init__(self, num_envs)
        return self

    def reset(self, *, seed=None, options=None):
        self.left = np.array(self.lengths)
        return np.zeros(self.num_envs, int), {}

    def step(self, actions):
        Runs.taken += 1
        self.left -= 1
        ended = self.left == 0
        self.left[ended] = np.array(self.lengths)[ended]
        never = np.zeros(self.num_envs, bool)
        return np.zeros(self.num_envs, int), np.ones(self.num_envs), ended, never, {}


def cell(env, agent="dqn", **settings):
    return Cell(quick(agent) if isinstance(agent, str) else agent, env, **{"runs": 3, **settings})


@pytest.mark.parametrize(
    ("settings", "limit", "episodes"),
    [
        ({"steps": 100_000}, 500, 20),
        ({"steps": 600}, 200, 3),
        ({"steps": 100}, 500, 1),
        ({"steps": 100}, None, 20),
        ({"episodes": 7}, 500, 7),
        ({"episodes": 70}, None, 20),
        ({"steps": 100, "evaluation_episodes": 50}, 500, 50),
    ],
)
def test_the_number_of_episodes_is_given_or_20_or_what_cannot_take_longer_than_learning(settings, limit, episodes):
    made = cell(CartPole(time_limit=limit), **settings)
    assert made.evaluation == {"evaluation_episodes": episodes, "evaluation_policy": "greedy"}
    assert {**made.settings, **made.evaluation} == made.settings


@pytest.mark.parametrize(
    ("agent", "env"), [(quick("dqn"), GaussianBandit()), (QLearning(), "FrozenLake-v1"), (Random(), CartPole())]
)
def test_agents_without_networks_and_bandits_have_no_episodes_after_learning(agent, env):
    data = compare(agent, env, steps=100, runs=2, progress=False).rows[0].result
    assert "evaluation_episodes" not in data.settings
    assert not {"greedy_returns", "sampled_returns"} & data.data.keys()


def test_no_episodes_are_played_if_their_number_is_0():
    Runs.taken = 0
    data = simulate(cell(Runs(), steps=40, evaluation_episodes=0)).data
    assert "greedy_returns" not in data
    assert Runs.taken == 40


@pytest.mark.parametrize(("limit", "taken"), [(None, 30), (3, 30)])
def test_they_take_at_most_as_many_steps_as_learning(limit, taken):
    Runs.taken, progress = 0, []
    made = cell(Runs(time_limit=limit), steps=30)
    data = simulate(made, lambda done, evaluated=False: progress.append(done * evaluated)).data
    assert Runs.taken - 30 <= taken
    assert sum(progress) == 3 * made.evaluation["evaluation_episodes"]
    ended = np.isfinite(data["greedy_returns"]).sum(axis=1)
    assert ended.tolist() == ([20, 15, 10] if limit is None else [10, 10, 10])
    np.testing.assert_array_equal(data["greedy_returns"][:, :10], np.array([[1], [2], [3]]).repeat(10, axis=1))


@pytest.mark.parametrize("policy", ["gready", None, 1])
def test_a_policy_of_another_name_is_refused(policy):
    with pytest.raises(SettingError, match=f"^evaluation_policy={policy}: unknown.*must be greedy or sampled$"):
        cell(CartPole(), evaluation_policy=policy)


@pytest.mark.parametrize("episodes", [-1, 2.5, "many"])
def test_a_number_of_episodes_that_is_none_is_refused(episodes):
    with pytest.raises(SettingError, match=f"^evaluation_episodes={episodes}: must be a whole number, 0 or more$"):
        cell(CartPole(), evaluation_episodes=episodes)


@pytest.mark.parametrize("name", ["dqn", "drqn", "ppo", "actor_critic", "sb3_dqn", "sb3_ppo", "sb3_recurrent_ppo"])
def test_the_sampled_policy_draws_its_actions_and_the_greedy_one_does_not(name):
    """Of 800 actions for equal observations, one differs with probability 1 − 2e-9 if ε is 0.05, and more otherwise."""
    agent, env = quick(name, **({"epsilon": 0.5} if name in ("dqn", "drqn") else {})), CartPole(num_envs=4)
    agent.begin(Problem.of(env, env, 50), np.random.default_rng(0))
    agent.learn(env, 50)
    weights = agent.report()["weights"]
    for sampled in (False, True):
        first, second = (agent.frozen(sampled=sampled) for _ in range(2))
        actions, others = ([one.act(np.zeros((4, 4), np.float32)) for _ in range(200)] for one in (first, second))
        assert (np.array(actions) == others).all() != sampled
    np.testing.assert_array_equal(agent.report()["weights"], weights)


def test_sampled_returns_are_a_metric_of_their_own():
    result = compare(quick("ppo"), CartPole(), steps=60, runs=3, evaluation_policy="sampled", progress=False)
    [name] = [metric for metric in result.metrics if metric != "return"]
    assert name == "sampled_return"
    assert result["ppo"].data["sampled_returns"].shape == (3, 1)
    assert "After learning, every run played 1 sampled episode." in str(result)


def test_a_run_without_an_episode_leaves_the_others_their_returns():
    found = compare(Random(), Runs(lengths=(1, 2, 10)), steps=9, runs=3, progress=False)
    [row] = found.rows
    np.testing.assert_array_equal(row.result.outcome, [1, 2, np.nan])
    assert row.estimate.mean == row.result.summary["mean"] == 1.5
    assert "No episode ended in 1 of 3 runs of random; the mean is that of the others." in str(found)
    for metric in ("return", "length"):
        found.plot(metric)
    pyplot.close("all")


def test_differences_are_those_of_the_runs_that_have_returns():
    agents = [Random(), quick("dqn")]
    found = compare(agents, Runs(lengths=(1, 2, 10)), steps=9, runs=3, evaluation_episodes=0, progress=False)
    assert [row.compared_runs for row in found.rows] == [2, 2]
    assert [row.difference.estimate.mean for row in found.rows if row.difference] == [0]


def test_a_run_too_short_for_any_episode_is_refused_before_any_are_played():
    Runs.taken = 0
    with pytest.raises(SettingError, match=r"^steps=25: too few: no episode ended in 3 of 3 runs; set env.time_"):
        simulate(cell(Runs(lengths=(30, 30, 30)), steps=25))
    assert Runs.taken == 25
