"""The rules of deep agents are those of their formulas, run by run and step by step."""

from copy import deepcopy

import numpy as np
import pytest
import torch
from gymnasium.spaces import Box, Discrete
from support.closeness import same
from torch import nn

from rlnotes.agents.base.agent import Problem, Transition
from rlnotes.agents.deep.base.adam import Adam
from rlnotes.agents.deep.base.replay import Replay
from rlnotes.agents.deep.base.rollout import advantages
from rlnotes.agents.deep.dqn import DQN, Dueling
from rlnotes.agents.deep.drqn import DRQN
from rlnotes.nn.base.stack import stack
from rlnotes.nn.network import Network

RUNS, STEPS, DISCOUNT = 3, 40, 0.9


def experience(steps=STEPS, seed=0):
    """Steps of episodes that terminate and are truncated, with observations [runs, 2] that tell them apart."""
    rng = np.random.default_rng(seed)
    observation = rng.normal(size=(RUNS, 2)).astype(np.float32)
    for _ in range(steps):
        following = rng.normal(size=(RUNS, 2)).astype(np.float32)
        terminated = rng.random(RUNS) < 0.15
        truncated = ~terminated & (rng.random(RUNS) < 0.1)
        action, reward = rng.integers(2, size=RUNS), rng.normal(size=RUNS)
        yield Transition(observation, action, reward, following, terminated, truncated)
        fresh = rng.normal(size=(RUNS, 2)).astype(np.float32)
        observation = np.where((terminated | truncated)[:, None], fresh, following)


def begun(agent, discount=DISCOUNT):
    agent.begin(Problem(Box(-9, 9, (2,)), Discrete(2), RUNS, None, discount), np.random.default_rng(0))
    return agent


def single(many, run):
    """A network alone, of those on a stack."""
    one = deepcopy(many)
    for name, parameter in many.named_parameters():
        path, _, last = name.rpartition(".")
        setattr(one.get_submodule(path), last, nn.Parameter(parameter.detach()[run].clone()))
    return one


@pytest.mark.parametrize("decay", [0.0, 0.7, 1.0])
def test_advantages_are_the_sums_of_their_formula(decay):
    rng = np.random.default_rng(1)
    reward, value, next_value = rng.normal(size=(3, STEPS, RUNS))
    terminated = rng.random((STEPS, RUNS)) < 0.1
    ended = terminated | (rng.random((STEPS, RUNS)) < 0.1)
    found = advantages(reward, value, next_value, terminated, ended, DISCOUNT, decay)
    for run in range(RUNS):
        for t in range(STEPS):
            total, weight = 0.0, 1.0
            for i in range(t, STEPS):
                following = 0.0 if terminated[i, run] else next_value[i, run]
                total += weight * (reward[i, run] + DISCOUNT * following - value[i, run])
                weight *= DISCOUNT * decay
                if ended[i, run]:
                    break
            assert found[t, run] == pytest.approx(total, abs=1e-12)


@pytest.mark.parametrize("n", [1, 2, 5])
@pytest.mark.parametrize("capacity", [15, 100])
def test_a_memory_looks_n_steps_ahead_but_not_beyond_an_episode(n, capacity):
    steps = list(experience())
    replay = Replay(capacity, RUNS, Box(-9, 9, (2,)))
    for step in steps:
        replay.add(step)
    sample = replay.sample(np.random.default_rng(0), 500, n, DISCOUNT)
    met = [set() for _ in range(RUNS)]
    for run in range(RUNS):
        place = {step.observation[run].tobytes(): t for t, step in enumerate(steps)}
        for i in range(500):
            t = place[sample.observation[run, i].tobytes()]
            met[run].add(t)
            gain, weight = 0.0, 1.0
            for last in range(t, t + n):
                gain += weight * steps[last].reward[run]
                weight *= DISCOUNT
                if steps[last].terminated[run] or steps[last].truncated[run]:
                    break
            assert sample.action[run, i] == steps[t].action[run]
            assert sample.gain[run, i] == pytest.approx(gain, abs=1e-5)
            assert sample.discount[run, i] == pytest.approx(0 if steps[last].terminated[run] else weight, abs=1e-6)
            assert (sample.following[run, i] == steps[last].next_observation[run]).all()
    kept = min(capacity, STEPS)
    assert all(found == set(range(STEPS - kept, STEPS - n + 1)) for found in met)  # misses one with probability 1e-4


def test_adam_is_torchs_for_every_run_with_gradients_cut_to_a_norm(double):
    networks = [Network(widths=[5]).vector(Box(-1, 1, (3,)), 2) for _ in range(RUNS)]
    many, clip = stack(networks), 0.5
    adam = Adam([many], clip, epsilon=1e-5)
    theirs = [torch.optim.Adam(network.parameters(), 0.01, eps=1e-5) for network in networks]
    scale = torch.tensor([0.01, 1.0, 50.0])  # below the norm, near it, above it
    for _ in range(5):
        x = torch.randn(RUNS, 4, 3)
        norm = adam.step(scale * many(x)[0].square().mean((1, 2)), 0.01)
        for run, (network, optimizer) in enumerate(zip(networks, theirs, strict=True)):
            optimizer.zero_grad()
            (scale[run] * network(x[run])[0].square().mean()).backward()
            same(norm[run], nn.utils.clip_grad_norm_(network.parameters(), clip))
            optimizer.step()
            for name, parameter in many.named_parameters():
                same(parameter[run], network.get_parameter(name))


def test_a_dueling_head_adds_a_value_and_advantages_of_mean_0(double):
    head = Dueling(4, 3, "auto")
    x = torch.randn(7, 4)
    q, value, advantage = head(x), head.value(x), head.advantage(x)
    for a in range(3):
        same(q[:, a], value[:, 0] + advantage[:, a] - advantage.sum(1) / 3)


@pytest.mark.parametrize("double", [False, True])
@pytest.mark.parametrize("n", [1, 3])
def test_the_loss_of_dqn(double, n):
    agent = begun(DQN(double=double, n=n, batch=8, begin_after=STEPS, learn_every=1000, network=Network(widths=[6])))
    for step in experience():
        agent.act(step.observation)
        agent.update(step)
    with torch.no_grad():
        for parameter in agent.old.network.parameters():
            parameter.mul_(-1.5)  # another network than q
    agent.rng = np.random.default_rng(5)
    loss = agent.loss()
    sample = agent.replay.sample(np.random.default_rng(5), 8, n, DISCOUNT)
    for run in range(RUNS):
        q, old, total = single(agent.stacks["q"], run), single(agent.old.network, run), 0.0
        for i in range(8):
            now, following = (torch.as_tensor(x[run, i])[None] for x in (sample.observation, sample.following))
            worth = old(following)[0][0]
            best = (q(following)[0][0] if double else worth).argmax()
            error = sample.gain[run, i] + sample.discount[run, i] * worth[best]
            error = (error - q(now)[0][0, sample.action[run, i]]).abs()
            total += error**2 / 2 if error < 1 else error - 0.5
        assert loss[run].item() == pytest.approx(total.item() / 8, rel=1e-4)


@pytest.mark.parametrize("n", [1, 3])
@pytest.mark.parametrize("burn_in", [0, 2])
@pytest.mark.parametrize("double", [False, True])
def test_the_loss_of_drqn_is_that_of_every_episode_from_where_the_sequence_meets_it(burn_in, n, double):
    settings = {"batch": 6, "sequence": 5, "burn_in": burn_in, "begin_after": STEPS, "learn_every": 1000, "n": n}
    agent = begun(DRQN(network=Network(body="lstm", widths=[6]), double=double, **settings))
    steps = list(experience())
    for step in steps:
        agent.act(step.observation)
        agent.update(step)
    with torch.no_grad():
        for parameter in agent.old.network.parameters():
            parameter.mul_(-1.5)  # another network than q
    agent.rng = np.random.default_rng(7)
    loss = agent.loss()
    length = 5 + burn_in
    first = (np.random.default_rng(7).random((RUNS, 6)) * (STEPS - length + 1)).astype(int)
    for run in range(RUNS):
        network, old, errors = single(agent.stacks["q"], run), single(agent.old.network, run), []
        for begin in first[run]:
            state, before, value, following = None, None, {}, {}
            for t in range(begin, begin + length):
                step = steps[t]
                said, state = network(torch.as_tensor(step.observation[run])[None, None], state)
                value[t] = said[0, 0, step.action[run]].item()
                then = torch.as_tensor(step.next_observation[run])[None, None]
                _, before = old(torch.as_tensor(step.observation[run])[None, None], before)
                worth = old(then, before)[0][0, 0]
                following[t] = worth[(network(then, state)[0][0, 0] if double else worth).argmax()].item()
                if step.terminated[run] or step.truncated[run]:
                    state = before = None
            for t in range(begin + burn_in, begin + length):
                target, weight = 0.0, 1.0
                for last in range(t, min(t + n, begin + length)):
                    target += weight * steps[last].reward[run]
                    weight *= DISCOUNT
                    if steps[last].terminated[run] or steps[last].truncated[run]:
                        break
                if steps[last].truncated[run] and last < begin + length - 1:
                    continue
                error = abs(target + (0 if steps[last].terminated[run] else weight * following[last]) - value[t])
                errors.append(error**2 / 2 if error < 1 else error - 0.5)
        assert loss[run].item() == pytest.approx(np.mean(errors), rel=1e-4)
