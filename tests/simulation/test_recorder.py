"""The recorder, which measures every agent, and the cell that uses it."""

import numpy as np
import pytest
from support.countdown import Countdown, play

from rlnotes.agents import ETC, UCB, EpsilonGreedy, Random
from rlnotes.base.errors import SettingError
from rlnotes.envs import BernoulliBandit, GaussianBandit
from rlnotes.envs.registered import Registered
from rlnotes.simulation.cell import BLOCK, Cell
from rlnotes.simulation.recorder import Recorder, recorded_steps
from rlnotes.simulation.simulate import simulate


@pytest.mark.parametrize("steps", [1, 2, 199, 200, 201, 1_000, 10_000, 1_000_000])
def test_about_200_steps_are_recorded_up_to_the_last_one(steps):
    points = recorded_steps(steps)
    assert points[0] == 1
    assert points[-1] == steps
    assert (np.diff(points) > 0).all()
    assert len(points) == steps if steps <= 200 else 120 <= len(points) <= 250


def test_regret_and_reward_are_sums_over_steps():
    env = GaussianBandit(means=[1.0, 0.0], num_envs=4)
    recorder = Recorder(GaussianBandit(means=[1.0, 0.0], num_envs=4), steps=300, seed=5)
    recorder.reset()
    env.reset(seed=5)
    actions = np.random.default_rng(0).integers(2, size=(350, 4))
    rewards = np.array([env.step(action)[1] for action in actions])
    progress = []
    recorder.advance = progress.append
    for action in actions:  # more than are to be recorded
        recorder.step(action)
    data = recorder.record()
    assert data["regret"].shape == data["reward"].shape == (4, len(data["steps"]))
    np.testing.assert_allclose(data["regret"].T, (actions == 1).cumsum(axis=0)[data["steps"] - 1])
    np.testing.assert_allclose(data["reward"].T, rewards.cumsum(axis=0)[data["steps"] - 1])
    best = (actions == 0).cumsum(axis=0) / np.arange(1, 351)[:, None]
    np.testing.assert_allclose(data["optimal"].T, best[data["steps"] - 1])
    assert data["pulls"].tolist() == [[300 - ones, ones] for ones in actions[:300].sum(axis=0)]
    assert data["arm_means"].tolist() == [[1.0, 0.0]] * 4
    assert sum(progress) == 300


def test_episodes_that_ended_are_recorded_with_their_return_and_length():
    recorder = Recorder(Countdown(3), steps=7, discount=0.5)
    play(recorder, 7)
    data = recorder.record()
    nan = np.nan
    expected = [[1] * 7, [2, 2, 2, nan, nan, nan, nan], [3, 3, nan, nan, nan, nan, nan]]
    np.testing.assert_array_equal(data["returns"], expected)
    np.testing.assert_array_equal(data["lengths"], np.nan_to_num(expected))
    assert data["first_return"].tolist() == [1, 1.5, 1.75]
    assert data["reward_rate"].tolist() == [1, 1, 1]


@pytest.mark.parametrize("env", [GaussianBandit, BernoulliBandit])
def test_agents_share_random_numbers(env):
    """Agents that play the same arms receive the same rewards, even if one of them draws random numbers of its own."""
    rewards, env = [], env(arms=4)
    for agent in (ETC(pulls=100), EpsilonGreedy(epsilon=1.0), ETC(pulls=100)):
        rewards.append(simulate(Cell(agent, env, steps=40, runs=30, seed=4)).data)
    np.testing.assert_array_equal(rewards[0]["reward"], rewards[2]["reward"])
    same = rewards[0]["regret"][:, 0] == rewards[1]["regret"][:, 0]
    assert same.any()
    np.testing.assert_array_equal(rewards[0]["reward"][same, 0], rewards[1]["reward"][same, 0])


def test_more_runs_extend_fewer_runs_by_whole_blocks():
    few = simulate(Cell(UCB(), GaussianBandit(), steps=20, runs=BLOCK))
    many = simulate(Cell(UCB(), GaussianBandit(), steps=20, runs=2 * BLOCK + 10))
    np.testing.assert_array_equal(many.data["regret"][:BLOCK], few.data["regret"])
    assert many.data["regret"].shape[0] == 2 * BLOCK + 10
    assert (many.data["regret"][BLOCK : 2 * BLOCK] != few.data["regret"]).any()


def test_the_seed_decides_the_numbers():
    def regret(seed):
        return simulate(Cell(UCB(), GaussianBandit(), steps=50, runs=20, seed=seed)).data["regret"]

    np.testing.assert_array_equal(regret(1), regret(1))
    assert (regret(1) != regret(2)).any()


def test_agent_and_environment_have_different_random_numbers():
    drawn = []

    class Gambler(Random):
        def begin(self, problem, rng):
            super().begin(problem, rng)
            drawn.append(rng.standard_normal(5))

        def learn(self, env, steps):
            env.reset()
            drawn.append(env.unwrapped.arm_means.ravel()[:5])
            super().learn(env, steps)

    simulate(Cell(Gambler(), GaussianBandit(), steps=3, runs=1))
    assert not np.isin(*drawn).any()


def test_simulating_a_cell_does_not_change_the_agent():
    agent = UCB(delta=0.1)
    simulate(Cell(agent, GaussianBandit(), steps=5, runs=2))
    assert vars(agent) == {"sigma": None, "delta": 0.1}


def test_other_environments_of_gymnasium_are_measured_by_their_returns():
    result = simulate(Cell(Random(), Registered("CartPole-v1"), steps=200, runs=3))
    assert result.metric == "return"
    assert result.data["returns"].shape[0] == 3
    lengths = result.data["lengths"]
    np.testing.assert_array_equal(np.nan_to_num(result.data["returns"]), lengths)  # CartPole pays 1 a step
    assert (lengths.sum(axis=1) <= 200).all()
    assert Registered("FrozenLake-v1", {"is_slippery": False}).batch(2).num_envs == 2


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"steps": 0}, "steps=0: must be a whole number, 1 or more"),
        ({"runs": -3}, "runs=-3: must be a whole number, 1 or more"),
        ({"seed": -1}, "seed=-1: must be a whole number, 0 or more"),
        ({"steps": 1.5}, "steps=1.5: must be a whole number"),
        ({"env": Registered("CartPole-v1")}, "agent=ucb: does not fit env=CartPole-v1: it needs a bandit"),
    ],
)
def test_a_bad_setting_is_refused_before_the_cell_runs(settings, message):
    with pytest.raises(SettingError) as error:
        Cell(UCB(), **{"env": GaussianBandit(), **settings})
    assert message in str(error.value)


def test_a_run_too_short_for_an_episode_is_refused():
    with pytest.raises(SettingError, match="steps=3: too few: no episode ended in 2 of 2 runs"):
        simulate(Cell(Random(), Registered("CartPole-v1"), steps=3, runs=2))
