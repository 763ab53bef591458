"""SAC and TD3: their losses, actions and averages are those of their formulas, run by run."""

import numpy as np
import pytest
import torch
from gymnasium.spaces import Box
from support.deep import DISCOUNT, FORCES, OBSERVATIONS, RUNS, STEPS, begun, experience, learn, single
from support.quick_agents import ACTORS, quick
from torch.distributions import Normal

from rlnotes.agents.base.agent import Problem, ProblemError
from rlnotes.agents.deep.sac import SAC
from rlnotes.agents.deep.td3 import TD3
from rlnotes.base.errors import SettingError
from rlnotes.nn.network import Network

SMALL = {"batch": 8, "begin_after": STEPS, "learn_every": 1000, "network": Network(widths=[6])}


def with_steps(make, **settings):
    """An agent that stored steps and did not learn, whose target networks have weights of their own; and a sample."""
    agent = begun(make(**SMALL | settings), actions=FORCES)
    learn(agent, experience(actions=FORCES))
    with torch.no_grad():
        for target in agent.targets.values():
            for parameter in target.network.parameters():
                parameter.mul_(-1.3)
    return agent, agent.sample()


def value(q, observation, action):
    """Q(s, a) of single networks: a number."""
    return q((torch.as_tensor(observation)[None], action[None]))[0].item()


def log_density(normal, u):
    """log π(tanh u): the density of u over the slope of the hyperbolic tangent, 1 / cosh² u."""
    return (normal.log_prob(u) + 2 * u.double().cosh().log()).sum().item()


def losses(agent, monkeypatch):
    """The list to which the agent adds every loss instead of taking a step."""
    found = []
    monkeypatch.setattr(type(agent), "descend", lambda self, loss, adam=None: found.append((loss.detach(), adam)))
    return found


def unit(action):
    """An action of the environment as numbers from −1 to 1."""
    return torch.as_tensor(2 * (action - FORCES.low) / (FORCES.high - FORCES.low) - 1, dtype=torch.float32)


@pytest.mark.parametrize("make", [SAC, TD3])
def test_both_values_are_fitted_to_the_target(make, monkeypatch):
    agent, sample = with_steps(make)
    found = losses(agent, monkeypatch)
    agent.generator.manual_seed(3)
    agent.fit_values(sample)
    agent.generator.manual_seed(3)
    y = agent.target(sample)
    for run in range(RUNS):
        expected = 0.0
        for i in range(8):
            for name in ("q_1", "q_2"):
                q = single(agent.stacks[name], run)
                error = y[run, i] - value(q, sample.observation[run, i], unit(sample.action[run, i]))
                expected += error.item() ** 2 / 2 / 8
        assert found[0][0][run].item() == pytest.approx(expected, rel=1e-4)


def test_the_target_of_sac_is_soft():
    agent, sample = with_steps(SAC, temperature=0.3)
    agent.generator.manual_seed(3)
    y = agent.target(sample)
    noise = torch.empty(RUNS, 8, 2).normal_(generator=agent.generator.manual_seed(3))
    for run in range(RUNS):
        policy = single(agent.stacks["policy"], run)
        targets = [single(agent.targets[name].network, run) for name in ("q_1", "q_2")]
        for i in range(8):
            following = torch.as_tensor(sample.following[run, i])
            normal = policy(following[None])[0]
            u = (normal.loc + normal.scale * noise[run, i])[0]
            least = min(value(q, following, u.tanh()) for q in targets)
            soft = least - 0.3 * log_density(normal, u)
            assert y[run, i].item() == pytest.approx(sample.gain[run, i] + sample.discount[run, i] * soft, rel=1e-3)
    assert set(np.unique(sample.discount)) == {0, np.float32(DISCOUNT)}


def test_the_target_of_td3_is_smooth():
    agent, sample = with_steps(TD3, target_noise=0.6, target_clip=0.5)
    agent.generator.manual_seed(3)
    y = agent.target(sample)
    noise = torch.empty(RUNS, 8, 2).normal_(generator=agent.generator.manual_seed(3))
    for run in range(RUNS):
        policy, *q = (single(agent.targets[name].network, run) for name in ("policy", "q_1", "q_2"))
        for i in range(8):
            following = torch.as_tensor(sample.following[run, i])
            action = policy(following[None])[0][0] + (0.6 * noise[run, i]).clamp(-0.5, 0.5)
            least = min(value(one, following, action.clamp(-1, 1)) for one in q)
            assert y[run, i].item() == pytest.approx(sample.gain[run, i] + sample.discount[run, i] * least, rel=1e-3)


def test_the_loss_of_the_policy_of_sac_and_of_its_temperature(monkeypatch):
    agent, sample = with_steps(SAC, temperature=0.3, entropy=-1.5)
    found = losses(agent, monkeypatch)
    agent.generator.manual_seed(3)
    agent.fit_policy(sample)
    (loss, adam), noise = found[0], torch.empty(RUNS, 8, 2).normal_(generator=agent.generator.manual_seed(3))
    assert adam is agent.policy_adam
    for run in range(RUNS):
        policy = single(agent.stacks["policy"], run)
        q, expected = [single(agent.stacks[name], run) for name in ("q_1", "q_2")], 0.0
        for i in range(8):
            now = torch.as_tensor(sample.observation[run, i])
            normal = policy(now[None])[0]
            u = (normal.loc + normal.scale * noise[run, i])[0]
            density, least = log_density(normal, u), min(value(one, now, u.tanh()) for one in q)
            expected += 0.3 * density - least + np.log(0.3) * (1.5 - density)
        assert loss[run].item() == pytest.approx(expected / 8, rel=1e-3)


@pytest.mark.parametrize(("entropy", "sign"), [(5.0, 1), (-50.0, -1)])
def test_the_temperature_rises_while_the_entropy_is_below_its_target(entropy, sign):
    agent, sample = with_steps(SAC, entropy=entropy)
    assert agent.log_eta.tolist() == [[0.0]] * RUNS
    agent.fit_policy(sample)
    assert (sign * agent.log_eta > 0).all()


def test_the_target_of_the_entropy_is_inferred():
    problem = Problem(OBSERVATIONS, FORCES, RUNS, None)
    assert SAC().inferred(problem) == {"entropy": -2.0}
    assert SAC(entropy=0.5).inferred(problem) == {}
    assert SAC(entropy=0.5).wanted(problem) == 0.5


def test_the_policy_of_td3_climbs_the_first_value_after_every_other_batch(monkeypatch):
    agent, sample = with_steps(TD3)
    found = losses(agent, monkeypatch)
    agent.fit_policy(sample)
    for run in range(RUNS):
        policy, q = single(agent.stacks["policy"], run), single(agent.stacks["q_1"], run)
        states = [torch.as_tensor(one) for one in sample.observation[run]]
        expected = -np.mean([value(q, now, policy(now[None])[0][0]) for now in states])
        assert found[0][0][run].item() == pytest.approx(expected, rel=1e-4)
    found.clear()
    for _ in range(6):
        agent.improve()
    assert [adam is agent.policy_adam for _, adam in found] == [False, False, True] * 3


def test_a_policy_learns_without_changing_the_values():
    for make in (SAC, TD3):
        agent, sample = with_steps(make)
        values, policy = agent.adam.theta.clone(), agent.policy_adam.theta.clone()
        agent.fit_policy(sample)
        assert (agent.adam.theta == values).all()
        assert (agent.policy_adam.theta != policy).any(1).all()
        agent.fit_values(sample)
        assert (agent.adam.theta != values).any(1).all()


@pytest.mark.parametrize("make", [SAC, TD3])
def test_targets_are_moving_averages(make):
    agent, _ = with_steps(make, tau=0.2, network=Network(widths=[6], inputs="standardise"))
    assert agent.targets.keys() == {"q_1", "q_2"} | ({"policy"} if make is TD3 else set())
    agent.stacks["q_1"].encoder.norm.mean.add_(3.0)
    before = {name: {key: one.clone() for key, one in state(target)} for name, target in agent.targets.items()}
    agent.average()
    for name, target in agent.targets.items():
        now = agent.stacks[name].state_dict()
        for key, mean in state(target):
            expected = now[key] if "norm" in key else 0.8 * before[name][key] + 0.2 * now[key]
            torch.testing.assert_close(mean, expected)


def state(networks):
    """The names and the values of all parameters and statistics."""
    return networks.network.state_dict().items()


def test_the_density_of_actions_is_exact_far_from_0_too():
    agent = begun(SAC(**SMALL), actions=FORCES)
    wide = Normal(torch.tensor([[[-8.0, 8.0]]]), torch.tensor([[[3.0, 0.1]]]))
    agent.generator.manual_seed(1)
    action, log_probability = agent.draw(wide)
    u = wide.loc + wide.scale * torch.empty_like(wide.loc).normal_(generator=agent.generator.manual_seed(1))
    assert log_probability.item() == pytest.approx(log_density(wide, u), rel=1e-5)
    assert (action == u.tanh()).all()


@pytest.mark.parametrize("name", ACTORS)
def test_actions_are_uniform_before_learning_and_then_those_of_the_policy(name):
    """The mean and the variance of 1,200 uniform numbers are within 5 standard errors: false alarm 1e-6."""
    agent = begun(quick(name, begin_after=200, capacity=1000), actions=FORCES)
    early = []
    for step in experience(200, actions=FORCES):
        early.append(agent.act(step.observation))
        agent.update(step)
    shares = (np.array(early) - FORCES.low) / (FORCES.high - FORCES.low)
    assert (shares.min() >= 0) & (shares.max() <= 1)
    assert abs(shares.mean() - 1 / 2) < 5 * (1 / 12 / shares.size) ** 0.5
    assert abs(shares.var() - 1 / 12) < 5 * (1 / 180 / shares.size) ** 0.5
    observation = np.tile(np.float32([0.5, -1.0]), (RUNS, 1))
    best = agent.frozen(sampled=False).act(observation)
    centre, reach = (FORCES.high + FORCES.low) / 2, (FORCES.high - FORCES.low) / 2
    policy = agent.policy(observation[:, None])[0]
    mean = policy.loc.tanh() if name == "sac" else policy
    np.testing.assert_allclose(best, centre + reach * mean[:, 0].detach().numpy(), rtol=1e-5)
    late = np.array([agent.act(observation) for _ in range(300)])
    assert all(action in FORCES for action in late.reshape(-1, 2))
    assert (late.std(axis=0) > 0.01).all()


@pytest.mark.parametrize("make", [SAC, TD3])
@pytest.mark.parametrize("space", [Box(-np.inf, np.inf, (2,)), Box(0, 1, (2, 2)), Box(0, 5, (2,), np.int64)])
def test_other_actions_are_refused(make, space):
    with pytest.raises(ProblemError, match="needs actions that are a vector of real numbers, a Box with bounds, not"):
        make().check(Problem(OBSERVATIONS, space, RUNS, None))


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: SAC(temperature=0.0), "temperature=0.0: must be above 0"),
        (lambda: SAC(entropy=np.inf), "entropy=inf: must be a finite number, or null for −1 per component"),
        (lambda: SAC(tau=0.0), "tau=0.0: must be above 0 and at most 1"),
        (
            lambda: SAC(network=Network(body="lstm")),
            "network.body=lstm: remembers, and this agent does not; must be mlp",
        ),
        (lambda: TD3(delay=0), "delay=0: must be a whole number, 1 or more"),
        (lambda: TD3(exploration=-0.1), "exploration=-0.1: must be 0 or more"),
        (lambda: TD3(capacity=10), "capacity=10: must be begin_after, 1000, or more"),
    ],
)
def test_wrong_settings_are_refused(make, message):
    with pytest.raises(SettingError, match=message):
        make()
