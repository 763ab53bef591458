"""The wrapper that measures, and the cell that uses it."""

import gymnasium as gym
import numpy as np
import pytest

from rlnotes.agents import ETC, UCB, EpsilonGreedy, Random
from rlnotes.base.errors import SettingError
from rlnotes.envs import BernoulliBandit, GaussianBandit
from rlnotes.envs.registered import Registered
from rlnotes.simulation.cell import BLOCK, Cell
from rlnotes.simulation.recorder import Recorder, checkpoints
from rlnotes.simulation.simulate import simulate


@pytest.mark.parametrize("steps", [1, 2, 199, 200, 201, 1_000, 10_000, 1_000_000])
def test_checkpoints_are_about_200_and_end_at_the_last_step(steps):
    points = checkpoints(steps)
    assert points[0] == 1
    assert points[-1] == steps
    assert (np.diff(points) > 0).all()
    assert len(points) == steps if steps <= 200 else 120 <= len(points) <= 250


def test_regret_and_reward_are_the_sums_of_what_the_environment_gave():
    env = GaussianBandit(means=[1.0, 0.0], num_envs=4)
    recorder = Recorder(GaussianBandit(means=[1.0, 0.0], num_envs=4), steps=300, seed=5)
    recorder.reset()
    env.reset(seed=5)
    actions = np.random.default_rng(0).integers(2, size=(350, 4))
    rewards = np.array([env.step(action)[1] for action in actions])
    told = []
    recorder.advance = told.append
    for action in actions:  # more than there are to record
        recorder.step(action)
    data = recorder.data()
    assert data["regret"].shape == data["reward"].shape == (4, len(data["steps"]))
    np.testing.assert_allclose(data["regret"].T, (actions == 1).cumsum(axis=0)[data["steps"] - 1])
    np.testing.assert_allclose(data["reward"].T, rewards.cumsum(axis=0)[data["steps"] - 1])
    best = (actions == 0).cumsum(axis=0) / np.arange(1, 351)[:, None]
    np.testing.assert_allclose(data["optimal"].T, best[data["steps"] - 1])
    assert data["arm_means"].tolist() == [[1.0, 0.0]] * 4
    assert sum(told) == 300


class Countdown(gym.vector.VectorEnv):
    """Run i pays 1 a step, and its episodes end after i + 1 steps."""

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
        none = np.zeros(self.num_envs, bool)
        return np.zeros(self.num_envs, int), np.ones(self.num_envs), ended, none, {}


def test_returns_and_lengths_are_those_of_the_episodes_that_ended():
    recorder = Recorder(Countdown(3), steps=7, discount=0.5)
    recorder.reset()
    for _ in range(7):
        recorder.step(np.zeros(3, int))
    data = recorder.data()
    nan = np.nan
    expected = [[1] * 7, [2, 2, 2, nan, nan, nan, nan], [3, 3, nan, nan, nan, nan, nan]]
    np.testing.assert_array_equal(data["returns"], expected)
    np.testing.assert_array_equal(data["lengths"], np.nan_to_num(expected))
    assert data["first_return"].tolist() == [1, 1.5, 1.75]
    assert data["reward_rate"].tolist() == [1, 1, 1]


@pytest.mark.parametrize("env", [GaussianBandit(arms=4), BernoulliBandit(arms=4)])
def test_equal_luck_agents_meet_the_same_instances_and_noise(env):
    """Whoever plays the same arms is paid the same, whatever luck of its own it used up."""
    rewards = []
    for agent in (ETC(pulls=100), EpsilonGreedy(epsilon=1.0), ETC(pulls=100)):
        rewards.append(simulate(Cell(agent, env, steps=40, runs=30, seed=4)).data)
    np.testing.assert_array_equal(rewards[0]["reward"], rewards[2]["reward"])
    same = rewards[0]["regret"][:, 0] == rewards[1]["regret"][:, 0]
    assert same.any()
    np.testing.assert_array_equal(rewards[0]["reward"][same, 0], rewards[1]["reward"][same, 0])


def test_more_runs_extend_fewer_by_whole_blocks():
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


def test_the_luck_of_the_agent_is_not_that_of_the_environment():
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


def test_an_agent_object_is_not_changed_by_being_run():
    agent = UCB(delta=0.1)
    simulate(Cell(agent, GaussianBandit(), steps=5, runs=2))
    assert vars(agent) == {"delta": 0.1}


def test_any_environment_of_gymnasiums_is_measured_by_its_returns():
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
def test_a_bad_cell_is_refused_before_it_runs(settings, message):
    with pytest.raises(SettingError) as error:
        Cell(UCB(), **{"env": GaussianBandit(), **settings})
    assert message in str(error.value)


def test_too_few_steps_for_an_episode_are_refused():
    with pytest.raises(SettingError, match="steps=3: too few: no episode ended in 2 of 2 runs"):
        simulate(Cell(Random(), Registered("CartPole-v1"), steps=3, runs=2))
