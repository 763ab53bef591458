"""What the models of stable-baselines3 receive and store, which spaces they support, and that they learn."""

import gc
import inspect
import sys
from math import log, sqrt

import numpy as np
import pytest
import torch
from greenlet import greenlet
from gymnasium.spaces import Box, Discrete, MultiBinary, MultiDiscrete
from support.quick_agents import SB3, SB3_ACTORS, quick
from support.sb3 import CHOICE, FORCES, Episodes, begun, episodes, train
from support.spaces import SPACES

from rlnotes import catalog
from rlnotes.agents.deep.sb3.base.features import Features
from rlnotes.nn.network import Network
from rlnotes.simulation.recorder import Complete

NAMES_IN_MODELS = {
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
    "tau": "tau",
    "delay": "policy_delay",
    "target_noise": "target_policy_noise",
    "target_clip": "target_noise_clip",
}


@pytest.mark.parametrize("name", SB3 | SB3_ACTORS)
def test_defaults_are_those_of_the_models(name):
    model = type(begun(catalog.make("agent", name), episodes(name), 10_000).learners[0].model)
    parameters = inspect.signature(model).parameters
    different = {
        setting: value
        for setting, value in catalog.make("agent", name).setting_values().items()
        if setting in NAMES_IN_MODELS
        and value is not None
        and value != getattr(parameters.get(NAMES_IN_MODELS[setting]), "default", "the model has none")
    }
    assert different == ({"clip_gradient": 10.0} if name in ("sb3_qrdqn", *SB3_ACTORS) else {})  # no limit


def dense_layers(module):
    """Weights and biases of the dense layers of a module."""
    return [(m.weight.detach(), m.bias.detach()) for m in module.modules() if isinstance(m, torch.nn.Linear)]


@pytest.mark.parametrize("name", SB3 | SB3_ACTORS)
def test_weights_are_initialised_as_the_network_describes(name):
    body = "lstm" if name == "sb3_recurrent_ppo" else "mlp"
    network = Network(body=body, widths=[64, 64], initialisation="xavier_uniform", policy_gain=1.0)
    policy = begun(quick(name, network=network), episodes(name)).learners[0].model.policy
    layers = dense_layers(policy)
    assert len(layers) >= 4
    for weight, bias in layers:
        largest = sqrt(6 / sum(weight.shape))
        assert 0.8 * largest < weight.abs().max() <= largest
        assert (bias == 0).all()
    if name == "sb3_recurrent_ppo":
        for lstm in (policy.lstm_actor, policy.lstm_critic):
            input_gate, forget_gate, *rest = (lstm.bias_ih_l0 + lstm.bias_hh_l0).split(64)
            torch.testing.assert_close(forget_gate, torch.full((64,), log(8)))
            torch.testing.assert_close(input_gate, -forget_gate)
            assert not torch.cat(rest).any()
    for online, target in zip(policy.children(), list(policy.children())[1:], strict=False):
        if type(online) is type(target) and ("q" in name or name in SB3_ACTORS):
            assert all((a == b).all() for a, b in zip(online.parameters(), target.parameters(), strict=True))


@pytest.mark.parametrize("name", {**SB3, **SB3_ACTORS})
def test_a_policy_begins_with_a_small_last_layer(name):
    small, large = (
        begun(quick(name, network={"policy_gain": gain}), episodes(name)).learners[0].model.policy
        for gain in (0.01, 1.0)
    )
    last = {"sb3_sac": ("actor.mu", "actor.log_std"), "sb3_td3": ("actor.mu.0", "actor_target.mu.0")}
    scaled = last.get(name, () if "dqn" in name else ("action_net",))
    for key, weight in small.named_parameters():
        gain = 0.01 if key.endswith(".weight") and key.removesuffix(".weight") in scaled else 1.0
        torch.testing.assert_close(weight, gain * large.get_parameter(key))


def test_inputs_are_normalised_by_every_observation_except_those_of_the_last_rollout():
    env, agent = Episodes(), quick("sb3_ppo", network=Network(inputs="standardise"))
    observed = train(agent, env, 32)[0]
    extractors = [m for m in agent.learners[1].model.policy.modules() if isinstance(m, Features)]
    for features in extractors:
        assert features.encoder.norm.count == 32
    following = np.concatenate([observed[1:, 1], [env.now[1]]])
    assert extractors[0].encoder.norm.mean.numpy() == pytest.approx(following.mean(axis=0), abs=1e-6)


def test_the_replay_buffer_has_the_played_steps_and_marks_truncations():
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
def test_a_truncation_adds_the_value_of_the_last_state(name):
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


def waiting():
    """All greenlets of this process that wait to be continued."""
    return [thing for thing in gc.get_objects() if type(thing) is greenlet and thing.parent and thing]


@pytest.mark.parametrize("name", SB3 | SB3_ACTORS)
def test_no_loop_of_a_model_stays_alive_after_learning_or_an_error(name):
    before = waiting()  # other tests may have left some
    actions = FORCES if name in SB3_ACTORS else CHOICE

    class Enough(Episodes):
        def step(self, actions):
            if len(self.record) == 20:
                raise Complete
            return super().step(actions)

    with pytest.raises(Complete):
        train(quick(name), Enough(actions=actions), sys.maxsize if "ppo" in name else 60)
    train(quick(name), Episodes(actions=actions), 20)
    assert not [loop for loop in waiting() if all(loop is not other for other in before)]


@pytest.mark.parametrize("name", SB3 | SB3_ACTORS)
def test_greedy_play_leaves_the_models_able_to_learn(name):
    agent = quick(name)
    train(agent, episodes(name), 20)
    agent.frozen(sampled=False).learn(episodes(name), 5)
    for learner in agent.learners:
        policy = learner.model.policy
        assert not policy.training
        policy.set_training_mode(True)
        assert policy.training


@pytest.mark.slow
@pytest.mark.parametrize("name", SB3)
def test_they_learn_to_name_their_observation(name):
    """Random play succeeds in a quarter of the steps, and in 0.6 of 300 steps with a probability of 1e-35."""
    same = Episodes(Discrete(4, start=2), Discrete(4, start=-3), lambda observation, action: observation == action + 5)
    proximal = {"rollout": 32, "minibatch": 32, "epochs": 8, "entropy": 0.05}
    settings = {"sb3_a2c": {"entropy": 0.1, "learning_rate": 0.005}, "sb3_ppo": proximal, "sb3_recurrent_ppo": proximal}
    chosen = settings.get(name, {"exploration_fraction": 0.3})
    agent = quick(name, network={"widths": [32]}, **chosen)
    reward = train(agent, same, 800)[2]
    assert (reward[-300:].mean(axis=0) > 0.6).all()
    states = np.arange(2, 6)
    if agent.learns_policy:
        greedy = agent.greedy(np.array([2, 0]))
        for state in states:
            played = agent.frozen(sampled=False).act(np.full(3, state)) + 3
            assert (played[[2, 0]] == greedy[:, state - 2]).all()
        assert (greedy == states - 2).mean() >= 0.75
        assert agent.state_values(np.tile(states, (3, 1))).shape == (3, 4)


@pytest.mark.slow
def test_they_are_compared_with_other_agents_in_one_table(run, tmp_path):
    run("agent=sb3_dqn,q_learning", "env=catch", "steps=200", "runs=2")
    [table] = tmp_path.glob("results/*/comparison.csv")
    assert {"sb3_dqn", "q_learning"} <= set(table.read_text().replace(",", "\n").split("\n"))


@pytest.mark.parametrize("name", SB3 | SB3_ACTORS)
def test_learning_can_continue_after_a_reset_of_the_environment(name):
    env, agent = episodes(name), quick(name)
    begun(agent, env, 70)
    for _ in range(2):
        agent.learn(env, 32)
    observed = np.stack([observation for observation, *_ in env.record])
    for run, learner in enumerate(agent.learners):
        assert learner.model.num_timesteps == 64
        if "dqn" in name or name in SB3_ACTORS:
            assert (learner.model.replay_buffer.observations[:64, 0] == observed[:, run]).all()
        else:  # four rollouts
            assert learner.model._n_updates == 4 * (1 if name == "sb3_a2c" else agent.epochs)
