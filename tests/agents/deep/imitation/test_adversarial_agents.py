"""GAIL, WAIL and their control: what the judge learns from, what the policy gets, and what happens after an end."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from support.deep import DISCOUNT, RUNS, begun, experience, single
from support.quick_agents import GAMES, quick
from support.recorded import recorded

from rlnotes.agents.base.agent import Problem, ProblemError, Transition
from rlnotes.agents.deep.imitation.constant_reward import ConstantReward
from rlnotes.agents.deep.imitation.gail import GAIL
from rlnotes.agents.deep.imitation.wail import WAIL
from rlnotes.agents.deep.ppo import PPO
from rlnotes.agents.random import Random
from rlnotes.base.errors import SettingError
from rlnotes.envs.control.cart_pole import CartPole
from rlnotes.nn.gan import discriminator_value
from rlnotes.simulation.cell import Cell
from rlnotes.simulation.checkpoint import Checkpoint
from rlnotes.simulation.simulate import simulate

DATA = recorded(CartPole(), runs=5, steps=40)


def on_cart_pole(agent):
    """The agent at the beginning of three runs of a pole on a cart, with demonstrations of random play."""
    env = CartPole()
    problem = Problem(env.single_observation_space, env.single_action_space, RUNS, None, DISCOUNT)
    agent.begin(problem, np.random.default_rng(0))
    agent.learn_from(DATA)
    return agent


def played(agent, steps, reward=1.0, changed=None):
    """The weights after some steps; the observations of the run `changed` are others."""
    env = CartPole().batch(RUNS)
    observation, _ = env.reset(seed=0)
    for t in range(steps):
        action = agent.act(observation)
        following, _, terminated, truncated, info = env.step(action)
        last = info.get("final_obs", following)
        if changed is not None and t > 5:
            last = last + (np.arange(RUNS) == changed)[:, None].astype(np.float32)
        agent.update(Transition(observation, action, np.full(RUNS, reward), last, terminated, truncated))
        observation = following
    return torch.cat([agent.adam.theta, agent.judge_adam.theta], 1)


@pytest.mark.parametrize("name", GAMES)
def test_the_loss_of_the_judge_is_that_of_the_notes_in_every_run(name):
    agent = on_cart_pole(quick(name))
    real, fake = torch.randn(2, RUNS, 8, 7).unbind()
    agent.generator.manual_seed(5)
    loss = agent.judge_loss(real, fake)
    gradients = torch.autograd.grad(loss.sum(), list(agent.judge.body.parameters()))
    t = torch.rand(RUNS * 8, 1, generator=agent.generator.manual_seed(5)).unflatten(0, (RUNS, 8))
    losses = []
    for run in range(RUNS):
        judge = single(agent.judge, run)

        def said(x, judge=judge):
            return judge.head(judge.body(x)[0]).squeeze(-1)

        if name == "gail":
            expected = -discriminator_value(said(real[run]), said(fake[run]))
        else:
            x = (t[run] * real[run] + (1 - t[run]) * fake[run]).requires_grad_()
            [slope] = torch.autograd.grad(said(x).sum(), x, create_graph=True)
            expected = 10 * (slope.norm(dim=1) - 1).square().mean() + said(fake[run]).mean() - said(real[run]).mean()
        losses.append(expected.item())
        found = torch.autograd.grad(expected, list(judge.body.parameters()))
        for one, all_runs in zip(found, gradients, strict=True):
            torch.testing.assert_close(all_runs[run], one, rtol=1e-4, atol=1e-6)
    assert loss.tolist() == pytest.approx(losses if name == "gail" else [np.mean(losses)] * RUNS, rel=1e-4)


@pytest.mark.parametrize(
    ("agent", "reward"),
    [
        (GAIL(), lambda logit: -torch.log(1 - torch.sigmoid(logit))),
        (GAIL(reward="negative"), lambda logit: torch.log(torch.sigmoid(logit))),
        (WAIL(), lambda value: value),
    ],
    ids=["positive", "negative", "critic"],
)
def test_rewards_are_what_the_judge_says_and_an_end_is_worth_the_absorbing_state(agent, reward):
    agent = on_cart_pole(replace(agent, rollout=20, minibatch=20))
    kept = []
    agent.fit = lambda batch, states: None
    judged = agent.judged
    agent.judged = lambda steps, action: kept.append((steps, judged(steps, action))) or kept[0][1]
    played(agent, 20)
    [(steps, found)] = kept
    assert steps.terminated.any()
    assert not found.terminated.any()
    ends = steps.terminated
    assert (found.next_value == steps.next_value)[~ends].all()
    lives = torch.zeros(RUNS, 20, dtype=torch.bool)
    features = agent.judge.encoder(steps.observation.swapaxes(0, 1), steps.action.T, lives)
    for run in range(RUNS):
        judge = single(agent.judge, run)
        with torch.no_grad():
            said = judge.head(judge.body(features[run])[0])
            after = judge.head(judge.body(torch.eye(7)[-1:])[0])
        np.testing.assert_allclose(found.reward[:, run], reward(said)[:, 0].numpy(), rtol=1e-4, atol=1e-6)
        expected = reward(after).item() / (1 - DISCOUNT)
        assert found.next_value[ends[:, run], run] == pytest.approx(expected, rel=1e-4)


@pytest.mark.parametrize("absorbing", [True, False])
def test_with_absorbing_states_a_constant_in_all_rewards_changes_no_advantage(absorbing):
    """Then every return of every policy is larger by c / (1 − γ), so long episodes are worth nothing by themselves."""
    advantages = []
    for c in (0.0, 3.0):
        agent = on_cart_pole(WAIL(absorbing=absorbing, rollout=20, minibatch=20, judge_steps=1, learning_rate=1e-12))
        agent.judge.head.bias.data += c
        agent.stacks["value"].head.bias.data += c / (1 - DISCOUNT)
        agent.fit = lambda batch, states: advantages.append(batch.advantage.numpy())
        played(agent, 20)
    assert (np.abs(advantages[0] - advantages[1]).max() < 1e-4) == absorbing


def test_an_absorbing_state_lasts_as_long_as_the_discount_says():
    """Of 3 runs with 20 steps, and 0, 1 and 4 ends: 10 absorbing steps for each end. Within 5 standard errors.

    In the batch with absorbing steps too, every step is as probable as the others, also for the judge's statistics.
    """
    agent = on_cart_pole(quick("gail", judge_batch=4_000))
    places, absorbing = agent.places(np.full(3, 20), np.array([0, 1, 4]))
    shares = np.array([0, 10 / 30, 40 / 60])
    assert (np.abs(absorbing.mean(1) - shares) <= 5 * np.sqrt(shares * (1 - shares) / 4_000)).all()
    assert (
        np.abs(np.array([np.bincount(row) for row in places]) / 4_000 - 0.05) <= 5 * np.sqrt(0.05 * 0.95 / 4_000)
    ).all()
    agent = on_cart_pole(quick("gail", absorbing=False))
    assert not agent.places(np.full(3, 20), np.array([0, 1, 4]))[1].any()
    x = agent.features(DATA.observation[:6].reshape(3, 2, 4), DATA.action[:6].reshape(3, 2), np.eye(3, 2) > 0)
    assert x[0, 0].tolist() == x[1, 1].tolist() == [0] * 6 + [1]
    assert (x[..., -1].numpy() == np.eye(3, 2)).all()
    assert (x[2, :, :4] != 0).all()


@pytest.mark.parametrize("name", GAMES)
def test_the_rewards_of_the_environment_do_not_count(name):
    first, other = (played(on_cart_pole(quick(name)), 40, reward) for reward in (1.0, -7.0))
    assert (first == other).all()


@pytest.mark.parametrize("name", GAMES)
def test_a_run_does_not_depend_on_its_neighbours(name):
    first, other = (played(on_cart_pole(quick(name)), 40, changed=run) for run in (None, 2))
    torch.testing.assert_close(first[:2], other[:2], rtol=0, atol=0)


@pytest.mark.parametrize("name", GAMES)
def test_a_stopped_cell_continues_to_the_same_numbers(name, tmp_path):
    class Stop(BaseException):
        pass

    cell = Cell(quick(name), CartPole(), steps=100, runs=2, data=DATA)
    whole, done = simulate(cell).data, [0]

    def stop(progress, evaluated=False):
        done[0] += progress
        if done[0] >= 110:
            raise Stop

    with pytest.raises(Stop):
        simulate(cell, stop, Checkpoint(tmp_path, cell.name, 7))
    again = simulate(cell, checkpoint=Checkpoint(tmp_path, cell.name, 7)).data
    assert all(value.tobytes() == again[key].tobytes() for key, value in whole.items())
    other = simulate(Cell(quick(name), CartPole(), steps=100, runs=2, seed=1, data=DATA)).data
    assert other["weights"].tobytes() != whole["weights"].tobytes()


def test_a_constant_reward_of_1_is_the_task_of_the_pole():
    settings = {"rollout": 32, "minibatch": 16, "epochs": 2}
    control, ppo = (
        simulate(Cell(make(**settings), CartPole(), steps=200, runs=2)).data for make in (ConstantReward, PPO)
    )
    assert all(value.tobytes() == control[key].tobytes() for key, value in ppo.items())
    other = simulate(Cell(ConstantReward(reward=-1, **settings), CartPole(), steps=200, runs=2)).data
    assert other["weights"].tobytes() != ppo["weights"].tobytes()


def test_a_constant_reward_takes_nothing_from_the_environment():
    weights = []
    for factor in (1.0, -5.0):
        agent = begun(quick("constant_reward", reward=0.5))
        for step in experience():
            agent.act(step.observation)
            agent.update(step._replace(reward=factor * step.reward))
        weights.append(agent.adam.theta.clone())
    assert (weights[0] == weights[1]).all()


def test_mistakes_are_refused_in_one_line():
    for make, line in (
        (lambda: GAIL(reward="log"), "reward=log: unknown.* positive or negative"),
        (lambda: GAIL(judge_steps=0), "judge_steps=0: must be a whole number, 1 or more"),
        (lambda: WAIL(penalty=0.0), "penalty=0.0: must be above 0"),
        (lambda: WAIL(form="round"), "form=round: unknown.* two_sided, one_sided or positive_part"),
        (lambda: ConstantReward(reward=0), "reward=0: must be a number other than 0"),
        (lambda: Cell(GAIL(), CartPole(), runs=1), "data=null: must be set for agent=gail"),
        (lambda: Cell(GAIL(episodes=500), CartPole(), runs=1, data=DATA), "needs agent.episodes=500 episodes, and the"),
        (lambda: Cell(WAIL(), CartPole(discount=1.0), runs=1, data=DATA), "needs a discount below 1, since absorbing"),
    ):
        with pytest.raises(SettingError, match=line) as refused:
            make()
        assert "\n" not in str(refused.value)
    with pytest.raises(ProblemError):
        GAIL().check(Problem(DATA.observation_space, DATA.action_space, 1, None, 1.0))
    GAIL(absorbing=False).check(Problem(DATA.observation_space, DATA.action_space, 1, None, 1.0))


class Balancing(Random):
    """Balances the pole for all 500 steps: it pushes to where the pole falls."""

    def act(self, observation):
        return (observation @ np.array([0.02, 0.1, 1.0, 0.5]) > 0).astype(np.int64)


@pytest.mark.slow
@pytest.mark.parametrize("make", [GAIL, WAIL])
def test_an_expert_who_balances_is_imitated(make):
    """Random play gets about 22. Of demonstrations of a PPO, 19 of 20 runs learnt 475 or more in 40,000 steps."""
    data = recorded(CartPole(), Balancing(), runs=5, steps=500)
    assert data.returns.min() == 500
    found = simulate(Cell(make(), CartPole(), steps=20_000, runs=4, evaluation_episodes=5, data=data)).data
    assert np.median(found["greedy_returns"].mean(1)) > 250


@pytest.mark.slow
@pytest.mark.parametrize("make", [GAIL, WAIL])
def test_whoever_always_pushes_to_the_left_is_imitated_too(make):
    """Its poles fall within 11 steps, and a judge without demonstrations would have taught to balance."""
    data = recorded(CartPole(), Random(probabilities=[1.0, 0.0]), runs=5, steps=100)
    assert data.returns.max() < 12
    found = simulate(Cell(make(), CartPole(), steps=6_000, runs=4, evaluation_episodes=5, data=data)).data
    assert found["greedy_returns"].max() < 12
