"""The agents that are stable-baselines3's: what reaches their models, whose luck they have, and that they learn."""

import gc
import inspect
import random
import sys
from math import log, sqrt

import numpy as np
import pytest
import torch
from greenlet import greenlet
from gymnasium.spaces import Box, Discrete, MultiBinary, MultiDiscrete
from gymnasium.vector import VectorEnv
from gymnasium.vector.utils import batch_space
from support.spaces import SPACES

from rlnotes import catalog
from rlnotes.agents.base.agent import Problem
from rlnotes.agents.deep.sb3.base.features import Features
from rlnotes.nn.network import Network
from rlnotes.simulation.recorder import Complete

OFF_POLICY = {"begin_after": 8, "batch": 8, "learn_every": 2, "copy_every": 8, "learning_rate": 0.01}
ON_POLICY = {"rollout": 16, "learning_rate": 0.01}
QUICK = {
    "sb3_dqn": OFF_POLICY,
    "sb3_qrdqn": OFF_POLICY | {"quantiles": 5, "exploration_fraction": 0.1},
    "sb3_a2c": ON_POLICY,
    "sb3_ppo": ON_POLICY | {"minibatch": 8, "epochs": 4},
    "sb3_recurrent_ppo": ON_POLICY | {"minibatch": 8, "epochs": 4},
}
AGENTS = list(QUICK)
NUMBERS, CHOICE = Box(-1, 1, (2,)), Discrete(3, start=5)


def quick(name, **settings):
    return catalog.make("agent", name, QUICK[name] | settings)


class Episodes(VectorEnv):
    """Random observations, rewards by a rule; every third step ends an episode, truncated and terminated by turns."""

    def __init__(self, observations=NUMBERS, actions=CHOICE, rule=lambda observation, action: 1.0, runs=3, seed=0):
        self.num_envs, self.rule = runs, rule
        self.single_observation_space, self.single_action_space = observations, actions
        self.observation_space = batch_space(observations, runs)
        self.observation_space.seed(seed)
        self.kept = []

    def reset(self, *, seed=None, options=None):
        self.now = self.observation_space.sample()
        return self.now, {}

    def step(self, actions):
        assert all(action in self.single_action_space for action in actions)
        t, last = len(self.kept) + 1, self.observation_space.sample()
        reward = np.broadcast_to(self.rule(self.now, actions), self.num_envs).astype(float)
        truncated, terminated = (np.full(self.num_envs, t % 6 == turn) for turn in (3, 0))
        self.kept.append((self.now, actions, reward, last, terminated, truncated))
        self.now = self.observation_space.sample() if t % 3 == 0 else last
        return self.now, reward, terminated, truncated, {"final_obs": last}


def begun(agent, env, steps=60, seed=0):
    spaces = env.single_observation_space, env.single_action_space
    agent.begin(Problem(*spaces, env.num_envs, steps, 0.9), np.random.default_rng(seed))
    return agent


def train(agent, env, steps=60, seed=0):
    """The actions [steps, runs] of an agent that learns in an environment, and whatever it was told there."""
    begun(agent, env, steps, seed).learn(env, steps)
    return [np.stack(parts) for parts in zip(*env.kept, strict=True)]


THEIRS = {
    "learning_rate": "learning_rate",
    "clip_gradient": "max_grad_norm",
    "rollout": "n_steps",
    "decay": "gae_lambda",
    "entropy": "ent_coef",
    "minibatch": "batch_size",
    "batch": "batch_size",
    "epochs": "n_epochs",
    "clip": "clip_range",
    "capacity": "buffer_size",
    "begin_after": "learning_starts",
    "learn_every": "train_freq",
    "updates": "gradient_steps",
    "copy_every": "target_update_interval",
    "exploration_fraction": "exploration_fraction",
    "exploration_first": "exploration_initial_eps",
    "exploration_last": "exploration_final_eps",
}
"""settings, as the models call them"""


@pytest.mark.parametrize("name", AGENTS)
def test_defaults_are_those_of_the_models_but_where_a_setting_is_ours(name):
    model = type(begun(catalog.make("agent", name), Episodes(), 10_000).learners[0].model)
    theirs = inspect.signature(model).parameters
    ours = {
        setting: value
        for setting, value in catalog.make("agent", name).setting_values().items()
        if setting in THEIRS and value != theirs[THEIRS[setting]].default
    }
    gradient = {"clip_gradient": 10.0}  # of quantiles it is none at all
    assert ours == (gradient if name == "sb3_qrdqn" else {})


@pytest.mark.parametrize("name", AGENTS)
class TestLuck:
    def test_the_same_seed_gives_the_same_actions_and_another_others(self, name):
        first, again, other = (train(quick(name), Episodes(), seed=seed)[1] for seed in (4, 4, 5))
        assert (first == again).all()
        assert (first != other).any()

    def test_a_run_does_not_depend_on_its_neighbours(self, name):
        def rule(factors):
            return lambda observation, action: np.multiply(factors, action - 6.0)

        alike, changed = (train(quick(name), Episodes(rule=rule(f)), 100)[1] for f in ([1, 1, 1], [1, -5, 1]))
        assert (alike[:, [0, 2]] == changed[:, [0, 2]]).all()
        assert (alike[:, 1] != changed[:, 1]).any()

    def test_the_luck_and_the_threads_of_others_are_left_as_they_were(self, name):
        def draw():
            old = np.random.mtrand._rand  # what SB3 draws from
            return random.random(), old.rand(), old.normal(), torch.rand(1).item(), torch.get_num_threads()

        def seed():
            random.seed(1)
            torch.manual_seed(1)
            np.random.mtrand._rand.seed(1)
            np.random.mtrand._rand.normal()  # half a pair

        seed()
        undisturbed = draw()
        seed()
        train(quick(name), Episodes())
        assert draw() == undisturbed


def weights(module):
    """Weights and biases of the layers, all dense, of a module."""
    return [(m.weight.detach(), m.bias.detach()) for m in module.modules() if isinstance(m, torch.nn.Linear)]


@pytest.mark.parametrize("name", AGENTS)
def test_weights_begin_as_the_description_says(name):
    network = Network(
        body="lstm" if name == "sb3_recurrent_ppo" else "mlp", widths=[64, 64], initialisation="xavier_uniform"
    )
    policy = begun(quick(name, network=network), Episodes()).learners[0].model.policy
    layers = weights(policy)
    assert len(layers) >= 4
    for weight, bias in layers:
        greatest = sqrt(6 / sum(weight.shape))
        assert 0.8 * greatest < weight.abs().max() <= greatest
        assert (bias == 0).all()
    if name == "sb3_recurrent_ppo":
        for lstm in (policy.lstm_actor, policy.lstm_critic):
            let_in, keep, *rest = (lstm.bias_ih_l0 + lstm.bias_hh_l0).split(64)
            torch.testing.assert_close(keep, torch.full((64,), log(8)))
            torch.testing.assert_close(let_in, -keep)
            assert not torch.cat(rest).any()
    for online, target in zip(policy.children(), list(policy.children())[1:], strict=False):
        if type(online) is type(target) and "q" in name:
            assert all((a == b).all() for a, b in zip(online.parameters(), target.parameters(), strict=True))


def test_what_is_normalised_was_seen_once_a_step_but_for_the_last_rollout():
    env, agent = Episodes(), quick("sb3_ppo", network=Network(inputs="standardise"))
    observed = train(agent, env, 32)[0]
    extractors = [m for m in agent.learners[1].model.policy.modules() if isinstance(m, Features)]
    for features in extractors:
        assert features.encoder.norm.count == 32
    following = np.concatenate([observed[1:, 1], [env.now[1]]])
    assert extractors[0].encoder.norm.mean.numpy() == pytest.approx(following.mean(axis=0), abs=1e-6)


def test_remembered_steps_are_those_that_were_played_and_only_truncated_ones_go_on():
    agent = quick("sb3_dqn", learning_rate=1e-30)
    observed, actions, reward, last, terminated, truncated = train(agent, Episodes(rule=lambda o, a: a), 60)
    for run, learner in enumerate(agent.learners):
        buffer = learner.model.replay_buffer
        assert buffer.full
        assert len(buffer.observations) == 60
        assert (buffer.observations[:, 0] == observed[:, run]).all()
        assert (buffer.next_observations[:, 0] == last[:, run]).all()
        assert (buffer.actions[:, 0, 0] == actions[:, run] - 5).all()
        assert (buffer.rewards[:, 0] == reward[:, run]).all()
        assert (buffer.dones[:, 0] * (1 - buffer.timeouts[:, 0]) == terminated[:, run]).all()
        assert (buffer.timeouts[:, 0] == truncated[:, run]).all()


@pytest.mark.parametrize("name", ["sb3_a2c", "sb3_ppo", "sb3_recurrent_ppo"])
def test_a_truncated_episode_is_worth_what_its_last_state_is(name):
    agent = quick(name, learning_rate=1e-30, rollout=48)
    _, _, reward, last, _, truncated = train(agent, Episodes(), 47)
    for run, learner in enumerate(agent.learners):
        added = learner.model.rollout_buffer.rewards[:47, 0] - reward[:, run]
        assert ((added != 0) == truncated[:, run]).all()
        if name != "sb3_recurrent_ppo":
            with torch.no_grad():
                value = learner.model.policy.predict_values(torch.as_tensor(last[:, run]))[:, 0]
            assert added[truncated[:, run]] == pytest.approx(0.9 * value.numpy()[truncated[:, run]], abs=1e-6)


@pytest.mark.parametrize("space", [name for name in SPACES if name not in ("tuple", "dict")])
@pytest.mark.parametrize("name", ["sb3_dqn", "sb3_ppo"])
def test_every_space_of_observations(name, space):
    train(quick(name), Episodes(SPACES[space]), 40)


ACTIONS = [CHOICE, MultiDiscrete([2, 3], start=[1, -2]), MultiBinary(3), Box(-1, 1, (2,)), Box(-1, 1, (2,), np.float64)]


@pytest.mark.parametrize("actions", ACTIONS, ids=str)
@pytest.mark.parametrize("name", ["sb3_a2c", "sb3_ppo", "sb3_recurrent_ppo"])
def test_every_space_of_actions(name, actions):
    train(quick(name), Episodes(actions=actions), 40)


def test_learning_rate_and_clip_may_change_with_the_steps_of_a_run():
    agent = quick("sb3_ppo", learning_rate="linear:0.01:0.001:32", clip="exponential:0.4:0.1:32")
    begun(agent, Episodes(), 64)
    seen = []
    for learner in agent.learners:
        step = learner.model.policy.optimizer.step

        def watched(*given, model=learner.model, step=step):
            clip, rate = model.clip_range(model._current_progress_remaining), model.policy.optimizer.param_groups[0]
            seen.append((model.num_timesteps, rate["lr"], clip))
            return step(*given)

        learner.model.policy.optimizer.step = watched
    agent.learn(Episodes(), 64)
    assert {t for t, _, _ in seen} == {16, 32, 48, 64}
    for t, rate, clip in seen:
        assert rate == pytest.approx(0.01 - 0.009 * min(t / 32, 1))
        assert clip == pytest.approx(0.4 * 0.25 ** min(t / 32, 1))


@pytest.mark.parametrize("name", AGENTS)
def test_whatever_ends_it_no_loop_is_left_waiting(name):
    class Enough(Episodes):
        def step(self, actions):
            if len(self.kept) == 20:
                raise Complete
            return super().step(actions)

    with pytest.raises(Complete):
        train(quick(name), Enough(), sys.maxsize if "ppo" in name else 60)
    train(quick(name), Episodes(), 20)
    assert not [g for g in gc.get_objects() if type(g) is greenlet and g.parent and g]


@pytest.mark.parametrize("name", AGENTS)
def test_they_learn(name):
    """To name what they see, which random play does in a quarter of the steps, and in 0.6 of 300 but once in 10³⁵."""
    same = Episodes(Discrete(4, start=2), Discrete(4, start=-3), lambda observation, action: observation == action + 5)
    proximal = {"rollout": 32, "minibatch": 32, "epochs": 8, "entropy": 0.05}
    settings = {"sb3_a2c": {"entropy": 0.1, "learning_rate": 0.005}, "sb3_ppo": proximal, "sb3_recurrent_ppo": proximal}
    chosen = settings.get(name, {"exploration_fraction": 0.3})
    agent = quick(name, network={"widths": [32]}, **chosen)
    reward = train(agent, same, 800)[2]
    assert (reward[-300:].mean(axis=0) > 0.6).all()
    states = np.arange(2, 6)
    if agent.plans:
        greedy = agent.greedy(np.array([2, 0]))
        for state in states:
            played = agent.frozen().act(np.full(3, state)) + 3
            assert (played[[2, 0]] == greedy[:, state - 2]).all()
        assert (greedy == states - 2).mean() >= 0.75
        assert agent.worth(np.tile(states, (3, 1))).shape == (3, 4)


def test_they_are_compared_with_others_in_one_plot(run, tmp_path):
    run("agent=sb3_dqn,q_learning", "env=catch", "steps=200", "runs=2")
    [table] = tmp_path.glob("results/*/comparison.csv")
    assert {"sb3_dqn", "q_learning"} <= set(table.read_text().replace(",", "\n").split("\n"))


@pytest.mark.parametrize("name", AGENTS)
def test_who_learns_again_begins_with_what_is_observed_then(name):
    env, agent = Episodes(), quick(name)
    begun(agent, env, 70)
    for _ in range(2):
        agent.learn(env, 32)
    observed = np.stack([observation for observation, *_ in env.kept])
    for run, learner in enumerate(agent.learners):
        assert learner.model.num_timesteps == 64
        if "dqn" in name:
            assert (learner.model.replay_buffer.observations[:64, 0] == observed[:, run]).all()
        else:  # four rollouts
            assert learner.model._n_updates == 4 * (1 if name == "sb3_a2c" else agent.epochs)
