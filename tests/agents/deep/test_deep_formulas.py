"""Losses, returns and steps of Adam are those of their formulas, run by run and step by step."""

import numpy as np
import pytest
import torch
from gymnasium.spaces import Box
from reference import deep as reference
from support.closeness import same
from support.deep import CHOICE, DISCOUNT, FORCES, OBSERVATIONS, RUNS, STEPS, begun, experience, learn, single
from support.quick_agents import ACTORS, quick
from torch import nn

from rlnotes.agents.deep.base.adam import Adam
from rlnotes.agents.deep.base.replay_buffer import ReplayBuffer
from rlnotes.agents.deep.base.rollout import advantages
from rlnotes.agents.deep.dqn import DQN, Dueling
from rlnotes.agents.deep.drqn import DRQN
from rlnotes.nn.base.stack import stack
from rlnotes.nn.network import Network


@pytest.mark.parametrize("decay", [0.0, 0.7, 1.0])
def test_advantages_are_the_sums_of_their_formula(decay):
    rng = np.random.default_rng(1)
    reward, value, next_value = rng.normal(size=(3, STEPS, RUNS))
    terminated = rng.random((STEPS, RUNS)) < 0.1
    ended = terminated | (rng.random((STEPS, RUNS)) < 0.1)
    arrays = reward, value, next_value, terminated, ended
    found = advantages(*arrays, DISCOUNT, decay)
    for run in range(RUNS):
        for t in range(STEPS):
            expected = reference.advantage(t, *(array[:, run] for array in arrays), DISCOUNT, decay)
            assert found[t, run] == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("n", [1, 2, 5])
@pytest.mark.parametrize("capacity", [15, 100])
def test_a_sample_looks_n_steps_ahead_but_not_beyond_an_episode(n, capacity):
    """Each of the stored steps is in the sample of 500; it misses one with probability 1e-4."""
    steps = list(experience())
    replay = ReplayBuffer(capacity, RUNS, OBSERVATIONS, CHOICE)
    for step in steps:
        replay.add(step)
    sample = replay.sample(np.random.default_rng(0), 500, n, DISCOUNT)
    sampled = [set() for _ in range(RUNS)]
    for run in range(RUNS):
        place = {step.observation[run].tobytes(): t for t, step in enumerate(steps)}
        for i in range(500):
            t = place[sample.observation[run, i].tobytes()]
            sampled[run].add(t)
            gain, weight, last = reference.look_ahead(steps, run, t, n, DISCOUNT, STEPS)
            assert sample.action[run, i] == steps[t].action[run]
            assert sample.gain[run, i] == pytest.approx(gain, abs=1e-5)
            assert sample.discount[run, i] == pytest.approx(0 if steps[last].terminated[run] else weight, abs=1e-6)
            assert (sample.following[run, i] == steps[last].next_observation[run]).all()
    stored = min(capacity, STEPS)
    assert all(found == set(range(STEPS - stored, STEPS - n + 1)) for found in sampled)


def test_adam_is_that_of_torch_for_every_network_of_every_run_with_its_own_gradient_norm(double):
    kinds = [[Network(widths=[20]).vector(Box(-1, 1, (3,)), size) for _ in range(RUNS)] for size in (2, 1)]
    stacks, clip = [stack(networks) for networks in kinds], 0.5
    adam = Adam(stacks, clip, epsilon=1e-5)
    optimizers = [[torch.optim.Adam(one.parameters(), 0.01, eps=1e-5) for one in networks] for networks in kinds]
    scales = torch.tensor([[0.01, 1.0, 50.0], [30.0, 0.02, 1.0]])  # norms below, near and above the limit
    for _ in range(5):
        x = torch.randn(RUNS, 4, 3)
        losses = [scale * one(x)[0].square().mean((1, 2)) for scale, one in zip(scales, stacks, strict=True)]
        norms = adam.step(losses[0] + losses[1], 0.01)
        for kind, run in np.ndindex(2, RUNS):
            network, optimizer = kinds[kind][run], optimizers[kind][run]
            optimizer.zero_grad()
            (scales[kind][run] * network(x[run])[0].square().mean()).backward()
            same(norms[run, kind], nn.utils.clip_grad_norm_(network.parameters(), clip))
            optimizer.step()
            for name, parameter in stacks[kind].named_parameters():
                same(parameter[run], network.get_parameter(name))


def test_normalised_rewards_are_in_units_of_the_size_of_the_discounted_sums_so_far():
    agent, steps = begun(quick("ppo", normalise_rewards=True)), list(experience())
    scaled = [agent.lesson(step).reward for step in steps]
    for run in range(RUNS):
        gains, gain = [], 0.0
        for step, reward in zip(steps, scaled, strict=True):
            gain = DISCOUNT * gain + step.reward[run]
            gains.append(gain)
            assert reward[run] == pytest.approx(step.reward[run] / np.sqrt(np.mean(np.square(gains)) + 1e-8))
            gain *= not reference.ended(step, run)


@pytest.mark.parametrize("name", ["ppo", "sac"])
def test_an_agent_learns_from_normalised_rewards(name, monkeypatch):
    """With rewards a thousand times as large it learns the same, and without the setting it does not."""
    actions = FORCES if name in ACTORS else CHOICE
    for normalised in (True, False):
        weights = []
        for unit in (1.0, 1024.0):
            agent = begun(quick(name, normalise_rewards=normalised), actions=actions)
            learn(agent, [step._replace(reward=unit * step.reward) for step in experience(60, actions=actions)])
            weights.append(agent.adam.theta)
        assert torch.allclose(*weights, atol=1e-3) == normalised


def test_a_dueling_head_adds_a_value_and_advantages_with_mean_0(double):
    head = Dueling(4, 3, "auto")
    x = torch.randn(7, 4)
    q, value, advantage = head(x), head.value(x), head.advantage(x)
    for a in range(3):
        same(q[:, a], value[:, 0] + advantage[:, a] - advantage.sum(1) / 3)


def separate_target(agent):
    """Give the target network other weights than the network that learns."""
    with torch.no_grad():
        for parameter in agent.target_q.network.parameters():
            parameter.mul_(-1.5)


@pytest.mark.parametrize("double", [False, True])
@pytest.mark.parametrize("n", [1, 3])
def test_the_loss_of_dqn(double, n):
    agent = begun(DQN(double=double, n=n, batch=8, begin_after=STEPS, learn_every=1000, network=Network(widths=[6])))
    learn(agent, experience())
    separate_target(agent)
    agent.rng = np.random.default_rng(5)
    loss = agent.loss()
    sample = agent.replay.sample(np.random.default_rng(5), 8, n, DISCOUNT)
    for run in range(RUNS):
        q, target_q = single(agent.stacks["q"], run), single(agent.target_q.network, run)
        assert loss[run].item() == pytest.approx(reference.dqn_loss(q, target_q, sample, run, double), rel=1e-4)


@pytest.mark.parametrize("n", [1, 3])
@pytest.mark.parametrize("burn_in", [0, 2])
@pytest.mark.parametrize("double", [False, True])
def test_the_loss_of_drqn_is_the_mean_over_the_steps_that_count(burn_in, n, double):
    settings = {"batch": 6, "sequence": 5, "burn_in": burn_in, "begin_after": STEPS, "learn_every": 1000, "n": n}
    agent = begun(DRQN(network=Network(body="lstm", widths=[6]), double=double, **settings))
    steps = list(experience())
    learn(agent, steps)
    separate_target(agent)
    agent.rng = np.random.default_rng(7)
    loss = agent.loss()
    length = 5 + burn_in
    first = (np.random.default_rng(7).random((RUNS, 6)) * (STEPS - length + 1)).astype(int)
    for run in range(RUNS):
        q, target_q = single(agent.stacks["q"], run), single(agent.target_q.network, run)
        losses = []
        for begin in first[run]:
            rest = burn_in, begin + length, n, DISCOUNT, double
            losses += reference.drqn_losses(q, target_q, steps, run, begin, *rest)
        assert loss[run].item() == pytest.approx(np.mean(losses), rel=1e-4)
