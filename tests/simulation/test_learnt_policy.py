"""A learnt policy plays again from the stored result."""

import numpy as np
import pytest
from gymnasium.spaces import Discrete

from rlnotes import catalog, compare, load, player
from rlnotes.agents.base.agent import Problem, Transition
from rlnotes.agents.base.state_numbers import state_number
from rlnotes.base.errors import SettingError
from rlnotes.envs.control.cart_pole import CartPole
from rlnotes.envs.mdps.base.model_env import ModelEnv
from rlnotes.envs.mdps.cliff_walking import CliffWalking
from rlnotes.envs.registered import Registered
from rlnotes.simulation.learnt_policy import made_again
from rlnotes.simulation.recorder import Recorder
from rlnotes.simulation.table_player import TablePlayer

QUIET = {"progress": False}
NORMAL = {"widths": [6], "inputs": "standardise", "normalisation": "layer"}
SMALL = {"widths": [6]}
REPLAY = {"begin_after": 20, "learn_every": 3, "batch": 8}
ROLLOUT = {"rollout": 16, "minibatch": 8}
LEARNERS = {
    "dqn": REPLAY | {"dueling": True, "network": NORMAL},
    "drqn": REPLAY | {"begin_after": 30, "batch": 3, "sequence": 4, "network": SMALL | {"body": "gru"}},
    "ppo": ROLLOUT | {"network": NORMAL},
    "sb3_dqn": {"begin_after": 20, "batch": 8, "network": SMALL},
    "sb3_ppo": ROLLOUT | {"network": {"inputs": "standardise"}},
    "sb3_recurrent_ppo": ROLLOUT | {"network": SMALL},
}


@pytest.mark.parametrize("name", LEARNERS)
def test_a_loaded_policy_repeats_the_greedy_episodes_of_the_result(name, tmp_path):
    agent = catalog.make("agent", name, LEARNERS[name])
    env = CartPole(time_limit=60)
    compare(agent, env, steps=100, runs=3, seed=1, results=tmp_path, progress=False)
    [folder] = tmp_path.glob("cells/*")
    result = load(folder)
    again = player(agent, env, result)
    for_greedy = np.random.SeedSequence(1, spawn_key=(0,)).spawn(3)[2]  # the random numbers of the greedy episodes
    recorder = Recorder(env.batch(3), steps=200, seed=int(for_greedy.generate_state(1)[0]))
    again.learn(recorder, 200)
    log = recorder.episode_log
    assert log.episodes.min() >= 3
    known = result.data["greedy_returns"]
    assert np.isfinite(known).any(axis=1).all()
    for run, count in enumerate(np.isfinite(known).sum(axis=1)):
        assert (log.returns[run, :count] == known[run, :count]).all()
    assert len(np.unique(result.data["weights"], axis=0)) == 3


def test_linear_values_of_a_box_are_played_again():
    """With one feature for each cell of a grid of 4 × 4, the action of a cell is the argmax of its weights."""
    agent = catalog.make("agent", "linear_sarsa", {"features": "aggregation:4"})
    result = compare(agent, "mountain_car", episodes=3, runs=3, progress=False)["linear_sarsa"]
    best = result.data["learned_weights"].argmax(axis=2).reshape(3, 4, 4)
    assert len(np.unique(best)) > 1
    again, second = player(agent, "mountain_car", result), player(agent, "mountain_car", result, run=1)
    for i, j in np.ndindex(4, 4):
        middle = np.array([-1.2 + 1.8 * (i + 0.5) / 4, -0.07 + 0.14 * (j + 0.5) / 4], np.float32)
        assert (again.act(np.tile(middle, (3, 1))) == best[:, i, j]).all()
        assert second.act(middle[None]) == best[1, i, j]
    with pytest.raises(SettingError, match=r"agent=linear_sarsa: has weights and no tables; rlnotes.player plays"):
        _ = result.q


def test_a_result_without_such_a_policy_is_refused():
    dqn = catalog.make("agent", "dqn", LEARNERS["dqn"])
    result = compare(dqn, CartPole(), steps=100, runs=2, progress=False)["dqn"]
    with pytest.raises(SettingError, match=r"agent=dqn: differs from the agent of the result, name=dqn, .*n=1"):
        player("dqn", CartPole(), result)
    with pytest.raises(SettingError, match=r"agent=dqn.*: has weights \[2, \d+\], and the networks \[2, \d+\]"):
        player(dqn, CartPole(masked=True), result)
    found = compare(["random", "td"], "random_walk", steps=100, runs=2, progress=False)
    for name in ("random", "td"):
        with pytest.raises(SettingError, match=f"agent={name}: stores no policy that can be played"):
            player(name, "random_walk", found[name])


@pytest.mark.parametrize(
    ("name", "env"),
    [
        ("q_learning", "Blackjack-v1"),
        *((name, "FrozenLake-v1") for name in ("q_learning", "softmax_actor_critic", "ucbvi", "policy_iteration")),
    ],
)
def test_a_table_plays_its_greedy_policy(name, env):
    result = compare(name, env, steps=300, runs=3, progress=False)[name]
    policies, runs = result.policy, Registered(env).batch(3)
    policies = np.tile(policies, (3, 1)) if name == "policy_iteration" else policies
    again = player(name, env, result)
    observation, _ = runs.reset(seed=0)
    observation = observation if name != "policy_iteration" else observation[:1]
    state = state_number(runs.single_observation_space, observation)
    actions = policies[range(len(state)), 0, state] if name == "ucbvi" else policies[range(len(state)), state]
    assert again.act(observation).tolist() == actions.tolist()
    alone = player(name, env, result, run=2 if name != "policy_iteration" else 0)
    assert alone.act(observation[-1:]).tolist() == actions[-1:].tolist()


def test_an_optimal_plan_and_what_was_learnt_earn_the_best_return():
    """Cliff walking is deterministic: the shortest way has 13 steps. Q-learning knows it after 500 episodes."""
    found = compare(["q_learning", "backward_induction"], CliffWalking(time_limit=50), episodes=500, runs=3, **QUIET)
    for name in ("q_learning", "backward_induction"):
        recorder = Recorder(CliffWalking(time_limit=50).batch(1), steps=26, seed=0)
        player(name, CliffWalking(time_limit=50), found[name], run=0).learn(recorder, 26)
        assert recorder.record()["returns"].tolist() == [[-13, -13]], name


def test_a_policy_of_each_step_begins_again_with_each_episode():
    """Runs 0 and 1 play π_0, π_1, π_1, …; the episode of run 1 ends after two steps."""
    problem = Problem(Discrete(1), Discrete(9, start=5), runs=2, horizon=4)
    again = TablePlayer(np.array([[[0], [1]], [[2], [3]]]), problem)
    seen, actions = np.zeros(2, np.int64), []
    for step in range(4):
        actions.append(again.act(seen).tolist())
        ended = np.array([False, step == 1])
        again.update(Transition(seen, seen, np.zeros(2), seen, ended, ended))
    assert actions == [[5, 7], [6, 8], [6, 7], [6, 8]]


def test_networks_of_one_run_play_as_among_all():
    agent = catalog.make("agent", "dqn", LEARNERS["dqn"])
    result = compare(agent, CartPole(), steps=60, runs=3, **QUIET)["dqn"]
    seen = np.random.default_rng(0).normal(size=(3, 4)).astype(np.float32)
    together = player(agent, CartPole(), result).act(seen)
    assert [player(agent, CartPole(), result, run).act(seen[run : run + 1])[0] for run in range(3)] == list(together)
    with pytest.raises(SettingError, match="run=3: must be from 0 to 2, the runs whose policies are kept"):
        player(agent, CartPole(), result, 3)


def test_agent_and_environment_are_made_again_from_the_settings_of_a_result(tmp_path):
    agent = catalog.make("agent", "dqn", LEARNERS["dqn"])
    env = Registered("FrozenLake-v1", {"is_slippery": False, "max_episode_steps": 20})
    compare(agent, env, steps=60, runs=1, results=tmp_path, **QUIET)
    [folder] = tmp_path.glob("cells/*")
    settings = load(folder).settings
    assert made_again("agent", settings) == agent
    assert made_again("env", settings) == env


def test_what_cannot_be_made_again_is_refused_in_one_line(tmp_path):
    rows = tmp_path / "means.csv"
    rows.write_text("0.1,0.9\n" * 20)
    table = catalog.make("env", "bernoulli_bandit", {"table": str(rows)})
    settings = compare("ucb", table, steps=20, runs=2, **QUIET)["ucb"].settings
    made_again("env", settings)
    rows.write_text("0.1,0.8\n" * 20)
    with pytest.raises(SettingError, match=r"env=bernoulli_bandit: is not what it was .*: table_sha256 differs"):
        made_again("env", settings)
    rows.unlink()
    with pytest.raises(SettingError, match=r"env=bernoulli_bandit: cannot be made again from config.yaml \(table="):
        made_again("env", settings)
    model = ModelEnv(CliffWalking().model, time_limit=20)
    settings = compare("q_learning", model, steps=100, runs=1, **QUIET)["q_learning"].settings
    with pytest.raises(SettingError, match=r"env=ModelEnv: cannot be made again from config.yaml \(env=rlnotes"):
        made_again("env", settings)
