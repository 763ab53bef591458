"""Agents choose only actions that `info["action_mask"]` allows, in play, in greedy play and in their targets."""

import gymnasium as gym
import numpy as np
import pytest
import torch
from gymnasium.spaces import Box, Discrete
from gymnasium.vector import AutoresetMode, VectorEnv
from support.deep import RUNS
from support.quick_agents import DEEP

from rlnotes import catalog
from rlnotes.agents.base.agent import Problem
from rlnotes.agents.base.allowed_actions import draw_allowed
from rlnotes.agents.deep.dqn import DQN
from rlnotes.agents.tabular.q_learning import QLearning
from rlnotes.base.errors import SettingError
from rlnotes.envs.base.checked_env import checked
from rlnotes.envs.base.environment import Environment
from rlnotes.envs.registered import Registered
from rlnotes.simulation.cell import Cell
from rlnotes.simulation.checkpoint import Checkpoint
from rlnotes.simulation.simulate import simulate

STATES, ACTIONS = 5, 4


class Steps(gym.Env):
    """In state s a step of size 1 pays 1, and one of size 2 pays 0; two more actions pay 100 but are never allowed.

    Steps of size 2 are allowed in even states only. The episode ends at state 4 or after. `refused` counts the steps
    with an action that is not allowed, which ends the episode. If `changing`, masks change after 20 steps. If
    `stopping`, each seventh step ends an episode.
    """

    observation_space, action_space = Discrete(STATES), Discrete(ACTIONS, start=3)
    refused = played = 0

    def __init__(self, vector=False, changing=False, stopping=False):
        self.vector, self.changing, self.stopping, self.t = vector, changing, stopping, 0
        if vector:
            self.observation_space = Box(0, STATES, (1,))

    def shown(self):
        self.t += 1
        self.mask = np.array([0, self.state % 2 == 0, 1, 0], np.int8)  # size 2, size 1
        if self.changing and self.t > 20:
            self.mask[1] = 1
        return np.array([self.state], np.float32) if self.vector else self.state, {"action_mask": self.mask}

    def reset(self, *, seed=None, options=None):
        self.state = 0
        return self.shown()

    def step(self, action):
        right, Steps.played = self.mask[action - 3], Steps.played + 1
        Steps.refused += not right
        size = {4: 2, 5: 1}.get(action, 0)
        self.state = min(self.state + size, STATES - 1)
        reward = float(size == 1) if right else 100.0
        observation, info = self.shown()
        ends = self.state == STATES - 1 or not right or (self.stopping and self.t % 7 == 0)
        if ends:
            info["action_mask"] = np.zeros(ACTIONS, np.int8)  # nothing is allowed after the end
        return observation, reward, ends, False, info


@pytest.fixture(autouse=True)
def steps(registry):
    """The environment of this file, for the time of a test."""
    Steps.refused, Steps.played = 0, 0
    gym.register("Steps-v0", entry_point=Steps, max_episode_steps=3)


PREDICT = {"td", "n_step_td", "td_lambda", "monte_carlo_prediction", "batch_td", "importance_sampling"}
WITH_MODEL = {"real_time_dp"}
TABULAR = [
    name for name, path in catalog.CATALOGS["agent"].items() if ".tabular." in path and name not in PREDICT | WITH_MODEL
]
LINEAR = ["linear_sarsa", "linear_n_step_sarsa", "linear_sarsa_lambda", "linear_expected_sarsa", "linear_q_learning"]
LINEAR += ["linear_q_sigma", "linear_reinforce", "linear_actor_critic"]
AVERAGE = ["differential_sarsa", "r_learning"]
IN_KNOWN_EPISODES = {name: {"least_reward": 0.0, "largest_reward": 1.0} for name in ("ucb_q", "ucbvi", "psrl", "r_max")}


def made(name):
    """An agent by name, with settings for this environment."""
    return catalog.make("agent", name, (DEEP | IN_KNOWN_EPISODES).get(name))


@pytest.mark.parametrize("name", ["random", *TABULAR, *LINEAR, *AVERAGE, *DEEP])
def test_an_agent_plays_only_allowed_actions_while_it_learns_and_afterwards(name):
    discount = 1.0 if name in AVERAGE else 0.99
    env = Registered("Steps-v0", {"vector": name in DEEP, "discount": discount})
    simulate(Cell(made(name), env, steps=150, runs=3))
    assert Steps.played > 450 if name in DEEP else Steps.played == 450
    assert Steps.refused == 0


@pytest.mark.parametrize(
    ("name", "exploration"),
    [("sarsa", "softmax:1"), ("q_learning", "ucb:1"), ("expected_sarsa", "softmax:1"), ("double_q_learning", "ucb:1")],
)
def test_every_exploration_of_a_table_plays_only_allowed_actions(name, exploration):
    simulate(Cell(catalog.make("agent", name, {"exploration": exploration}), Registered("Steps-v0"), steps=150, runs=3))
    assert Steps.refused == 0


CONTROL = ["sarsa", "expected_sarsa", "n_step_sarsa", "tree_backup", "sarsa_lambda", *LINEAR[:4], "linear_q_sigma"]
OFF_POLICY = ["q_learning", "double_q_learning", "dyna_q", "linear_q_learning"]


@pytest.mark.parametrize(("name", "epsilon"), [*((one, 0.0) for one in CONTROL), *((one, 0.5) for one in OFF_POLICY)])
def test_the_values_of_a_table_are_those_of_allowed_actions(name, epsilon):
    """Four steps of size 1 pay 4. Actions that are never allowed keep the value 50, which no target may use."""
    agent = catalog.make("agent", name, {"initial": 50.0, "epsilon": epsilon, "alpha": 0.5})
    env = Registered("Steps-v0", {"discount": 1.0, "max_episode_steps": None})
    data = simulate(Cell(agent, env, steps=4_000, runs=4)).data
    np.testing.assert_allclose(data["learned_value"][:4], [4, 3, 2, 1], atol=1e-6)
    assert data["greedy_for"].reshape(STATES, ACTIONS)[:4].tolist() == [[0, 0, 4, 0]] * 4


def test_a_table_refuses_a_mask_that_changes_in_a_state():
    env = Registered("Steps-v0", {"changing": True})
    with pytest.raises(SettingError, match=r"agent=QLearning: .* action_mask changed in state [13]; must be the same"):
        simulate(Cell(QLearning(), env, steps=150, runs=3))
    simulate(Cell(DQN(), Registered("Steps-v0", {"changing": True, "vector": True}), steps=50, runs=3))


def test_what_is_allowed_after_an_end_says_nothing_about_the_state():
    simulate(Cell(QLearning(), Registered("Steps-v0", {"stopping": True}), steps=150, runs=3))
    assert Steps.refused == 0


@pytest.mark.parametrize("name", ["dqn", "drqn", "ppo"])
def test_sampled_play_after_learning_obeys_masks(name):
    env = Registered("Steps-v0", {"vector": True})
    simulate(Cell(made(name), env, steps=60, runs=3, evaluation_episodes=9, evaluation_policy="sampled"))
    assert Steps.played > 180
    assert Steps.refused == 0


class Stop(BaseException):
    pass


@pytest.mark.parametrize("name", ["dqn", "ppo"])
def test_a_stopped_cell_continues_to_the_same_numbers(name, tmp_path):
    cell = Cell(made(name), Registered("Steps-v0", {"vector": True}), steps=150, runs=2)

    def stop(progress, evaluated=False):
        if Steps.played >= 200:
            raise Stop

    with pytest.raises(Stop):
        simulate(cell, stop, Checkpoint(tmp_path, cell.name, 30))
    continued = simulate(cell, checkpoint=Checkpoint(tmp_path, cell.name, 30)).data
    assert Steps.refused == 0
    for key, value in simulate(cell).data.items():
        assert value.tobytes() == continued[key].tobytes(), key


def test_the_reported_values_of_dqn_are_those_of_allowed_actions():
    masks = np.array([[True, True, False], [False, True, False], [True, False, True]])
    agent = DQN()
    agent.begin(Problem(Discrete(3), Discrete(3), RUNS, None, masks=masks), np.random.default_rng(0))
    states = np.tile(np.arange(3), (RUNS, 1))
    with torch.no_grad():
        q = agent.q(states)[0].numpy()
        assert (agent.state_values(states).numpy() == np.where(masks, q, -np.inf).max(axis=2)).all()
    assert (agent.greedy(np.arange(RUNS)) == np.where(masks, q, -np.inf).argmax(axis=2)).all()


def test_random_actions_are_uniform_over_the_allowed_ones():
    allowed = np.array([[False, True, False, True, True], [True, False, False, False, False]])
    drawn = [draw_allowed(allowed, np.array([u, u])).tolist() for u in (0.0, 0.32, 0.34, 0.66, 0.67, 1 - 2**-53)]
    assert drawn == [[1, 0], [1, 0], [3, 0], [3, 0], [4, 0], [4, 0]]


WRONG = [None, [1, 1, 1], [0, 0, 0, 0], [1, 2, 0, 0], [0.5, 1, 0, 0], "1111", [[1, 1, 1, 1]], [1, 0, 1, -1]]


@pytest.mark.parametrize("wrong", WRONG)
@pytest.mark.parametrize("at", [0, 1, 2])
def test_a_wrong_mask_is_refused_in_one_line(wrong, at, monkeypatch):
    """In the reset, in a step, and in the last step of a truncated episode, whose mask comes with `final_info`."""
    shown = Steps.shown

    def shown_wrongly(self):
        observation, info = shown(self)
        return observation, info | ({"action_mask": wrong} if self.t % 4 == at + 1 else {})

    monkeypatch.setattr(Steps, "shown", shown_wrongly)
    with pytest.raises(SettingError, match=r"env=Steps-v0: gave (info\[')?action_mask") as refused:
        simulate(Cell(QLearning(), Registered("Steps-v0", {"max_episode_steps": 2}), steps=50, runs=1))
    assert "\n" not in str(refused.value)


class MaskBatch(Environment, VectorEnv):
    """A batch of one's own: two steps, then a truncation; Gymnasium's names say what was allowed after the last one."""

    metadata, discount = {"autoreset_mode": AutoresetMode.SAME_STEP}, 1.0
    single_observation_space, single_action_space = Discrete(3), Discrete(2)

    def __init__(self, final_info=True):
        self.final_info = final_info

    def setting_values(self):
        return {}

    def batch(self, num_envs):
        made = MaskBatch(self.final_info)
        made.num_envs, made.state, made.mask = num_envs, 0, np.zeros((num_envs, 2), np.int8)
        return made

    def info(self):
        self.mask[:] = [1, 0] if self.state == 1 else [0, 1]
        return {"action_mask": self.mask, "_action_mask": np.ones(self.num_envs, bool)}

    def reset(self, *, seed=None, options=None):
        self.state = 0
        return np.full(self.num_envs, 0), self.info()

    def step(self, actions):
        assert (actions == (self.state != 1)).all()
        self.state += 1
        truncated, last, final = self.state == 2, np.full(self.num_envs, self.state), {}
        if truncated:
            final = {"final_info": {"action_mask": self.info()["action_mask"].copy()}} if self.final_info else {}
            self.state = 0
        false, reward = np.zeros(self.num_envs, bool), np.ones(self.num_envs)
        return (
            np.full(self.num_envs, self.state),
            reward,
            false,
            false | truncated,
            {"final_obs": last, **final, **self.info()},
        )


def test_the_masks_of_a_batch_of_ones_own_are_obeyed_and_those_of_truncated_episodes_required():
    data = simulate(Cell(QLearning(initial=9.0, alpha=1.0), MaskBatch(), steps=50, runs=3)).data
    assert data["learned_value"].tolist() == [11.0, 10.0, 9.0]
    env = checked(MaskBatch().batch(2))
    env.reset()
    info = [env.step(actions)[4] for actions in (np.array([1, 1]), np.array([0, 0]))]
    assert [one["action_mask"].tolist() for one in info] == [[[True, False]] * 2, [[False, True]] * 2]
    assert info[1]["final_mask"].tolist() == [[False, True]] * 2
    with pytest.raises(SettingError, match="env=MaskBatch: gave action_mask None in step 2; must be 0 or 1"):
        simulate(Cell(QLearning(), MaskBatch(final_info=False), steps=50, runs=3))


def test_taxi_plays_on_its_model_with_the_masks_of_gymnasium():
    env = Registered("Taxi-v4", {"max_episode_steps": 2})
    theirs, runs = gym.make("Taxi-v4"), env.batch(200)
    expected = np.array([theirs.unwrapped.action_mask(state) for state in range(500)], bool)
    assert (env.masks == expected).all()
    state, info = runs.reset(seed=0)
    for _ in range(3):
        assert (info["action_mask"] == expected[state]).all()
        assert "final_obs" not in info or (info["final_mask"] == expected[info["final_obs"]]).all()
        state, *_, info = runs.step(draw_allowed(info["action_mask"], np.random.default_rng(0).random(200)))
    assert Registered("FrozenLake-v1").masks is None
    assert "action_mask" not in Registered("FrozenLake-v1").batch(2).reset(seed=0)[1]


@pytest.mark.parametrize("name", ["q_learning", "softmax_reinforce", "dqn", "ppo", "random"])
def test_agents_obey_the_masks_of_taxi(name):
    played = []

    class Watched(Registered):
        def batch(self, num_envs):
            env = super().batch(num_envs)
            step = env.step
            env.step = lambda actions: played.append(env.masks[env.state, actions].all()) or step(actions)
            return env

    data = simulate(
        Cell(made(name), Watched("Taxi-v4", {"max_episode_steps": 25}), steps=100, runs=4, evaluation_episodes=2)
    ).data
    assert len(played) >= 100
    assert all(played)
    if "greedy_for" in data:
        masks = Registered("Taxi-v4").masks
        assert (data["greedy_for"].reshape(masks.shape)[~masks] == 0).all()
