"""The rules of agents that learn a policy are those of their formulas, run by run and step by step."""

import numpy as np
import pytest
import torch
from test_deep_rules import DISCOUNT, RUNS, begun, experience, single
from torch.distributions import Categorical

from rlnotes.agents.deep.actor_critic import ActorCritic
from rlnotes.agents.deep.base.policy_agent import Batch, draw
from rlnotes.agents.deep.ppo import PPO
from rlnotes.agents.deep.reinforce import Reinforce
from rlnotes.nn.network import Network

SIDES = (2,), (), ()


def test_actions_are_drawn_with_their_probabilities():
    """Of 2 × 100,000 actions, each share within 5 standard errors: false alarm 6 × 6e-7."""
    share = torch.tensor([[0.05, 0.25, 0.7], [0.6, 0.4, 0.0]])
    policy = Categorical(probs=share[:, None].expand(2, 100_000, 3))
    drawn = draw(policy, torch.Generator().manual_seed(8))
    found = torch.nn.functional.one_hot(drawn, 3).double().mean(1)
    assert ((found - share).abs() <= 5 * (share * (1 - share) / 100_000).sqrt()).all()


def test_minibatches_of_ppo_are_all_steps_of_the_rollout_in_another_order_every_epoch():
    agent = begun(PPO(rollout=24, minibatch=8, epochs=3))
    learnt, losses = [], agent.losses
    agent.losses = lambda batch, states: learnt.append(batch.observation[0]) or losses(batch, states)
    for step in experience(24):
        agent.act(step.observation)
        agent.update(step)
    epochs = [torch.cat(learnt[first : first + 3]) for first in (0, 3, 6)]
    assert len(learnt) == 9
    assert all((a != b).any() for a, b in ((epochs[0], epochs[1]), (epochs[1], epochs[2])))
    ordered = [epoch[epoch[:, 0].argsort()] for epoch in epochs]
    assert (ordered[0] == ordered[1]).all()
    assert (ordered[0] == ordered[2]).all()


def test_the_loss_of_reinforce_is_the_mean_over_the_steps_that_count():
    agent = begun(Reinforce(network=Network(widths=[4])))
    rng = np.random.default_rng(3)
    x, advantage, target = (torch.as_tensor(rng.normal(size=(RUNS, 8, *size)), dtype=torch.float32) for size in SIDES)
    batch = Batch(x, torch.as_tensor(rng.integers(2, size=(RUNS, 8))), advantage, target, torch.zeros(RUNS, 8))
    weight, found = torch.as_tensor(rng.random((RUNS, 8)) < 0.4).float(), []
    weight[0] = 0  # nothing ended there
    agent.descend = lambda loss: found.extend(loss.tolist())
    agent.fit(batch, weight)
    losses = agent.losses(batch, (None, None))
    for run in range(RUNS):
        counting = losses[run][weight[run] > 0]
        assert found[run] == pytest.approx(counting.mean().item() if len(counting) else 0.0, rel=1e-5)


def test_the_objective_of_ppo_takes_no_profit_from_going_far():
    agent = begun(PPO(clip=0.2))
    ratio = torch.tensor([[0.5, 0.9, 1.1, 2.0]])
    for sign in (1, -1):
        advantage = sign * torch.tensor([[1.0, 3.0, -2.0, 6.0]])
        normal = (advantage - advantage.mean()) / advantage.std(correction=0)
        batch = Batch(None, None, advantage, None, None, torch.zeros(1, 4))
        found = agent.objective(ratio.log(), batch)[0]
        for rho, a, gain in zip(ratio[0], normal[0], found, strict=True):
            assert gain.item() == pytest.approx(min(rho * a, min(max(rho, 0.8), 1.2) * a).item(), abs=1e-5)


def test_reinforce_learns_once_from_every_step_of_every_episode_that_ended_by_its_return():
    agent = begun(Reinforce(rollout=24, network=Network(widths=[4])))
    learnt = []
    agent.fit = lambda batch, weight: learnt.append((batch, weight)) or Reinforce.fit(agent, batch, weight)
    steps = list(experience(96))
    first = agent.worth(np.stack([step.observation for step in steps[:24]], axis=1)).detach()
    worth = []
    for step in steps:
        agent.act(step.observation)
        worth.append(agent.worth(step.next_observation[:, None])[:, 0].tolist())
        agent.update(step)
    assert len(agent.steps) == 24
    torch.testing.assert_close(learnt[0][0].advantage, learnt[0][0].target - first)
    found = {}
    for batch, weight in learnt:
        for run, t in zip(*np.nonzero(weight.numpy()), strict=True):
            key = run, batch.observation[run, t].numpy().tobytes()
            assert key not in found
            found[key] = batch.target[run, t].item()
    for run in range(RUNS):
        ends = [t for t, step in enumerate(steps) if step.terminated[run] or step.truncated[run]]
        for t, step in enumerate(steps):
            key = run, step.observation[run].tobytes()
            if t > ends[-1]:
                assert key not in found
                continue
            last = next(end for end in ends if end >= t)
            gains = [DISCOUNT ** (i - t) * steps[i].reward[run] for i in range(t, last + 1)]
            if steps[last].truncated[run]:
                gains.append(DISCOUNT ** (last + 1 - t) * worth[last][run])
            assert found[key] == pytest.approx(sum(gains), abs=1e-4)


@pytest.mark.parametrize("agent", [PPO(minibatch=8, rollout=8), Reinforce(), ActorCritic()])
def test_a_policy_gradient_is_that_of_the_probability_of_what_was_played(agent):
    begun(agent)
    rng = np.random.default_rng(3)
    x = torch.as_tensor(rng.normal(size=(RUNS, 8, 2)), dtype=torch.float32)
    action = torch.as_tensor(rng.integers(2, size=(RUNS, 8)))
    zeros = torch.zeros(RUNS, 8)
    logits = agent.stacks["policy"].head.layer(agent.stacks["policy"].body(agent.stacks["policy"].encoder(x))[0])
    log_probability = Categorical(logits=logits).log_prob(action)
    advantage = torch.as_tensor(rng.normal(size=(RUNS, 8)), dtype=torch.float32)
    batch = Batch(x, action, advantage, zeros, zeros, log_probability.detach())
    weights = list(agent.stacks["policy"].parameters())
    found = torch.autograd.grad(agent.losses(batch, (None, None)).mean(1).sum(), weights)
    if isinstance(agent, PPO):  # of which the first step is that of normalised advantages
        advantage = (advantage - advantage.mean(1, keepdim=True)) / advantage.std(1, correction=0, keepdim=True)
    expected = torch.autograd.grad(-(advantage * log_probability).mean(1).sum(), weights)
    for a, b in zip(found, expected, strict=True):
        torch.testing.assert_close(a, b, rtol=1e-4, atol=1e-6)


def test_of_an_episode_that_does_not_end_reinforce_learns_two_rollouts_at_a_time():
    agent = begun(Reinforce(rollout=5, network=Network(widths=[4])))
    learnt = []
    agent.fit = lambda batch, weight: learnt.append((batch, weight)) or Reinforce.fit(agent, batch, weight)
    never = np.zeros(RUNS, bool)
    steps = [step._replace(terminated=never, truncated=never) for step in experience(20)]
    for step in steps:
        agent.act(step.observation)
        worth = agent.worth(step.next_observation[:, None])[:, 0].tolist()
        agent.update(step)
        if agent.t == 10:
            at_last = worth
    assert [weight.sum().item() for _, weight in learnt] == [0, 5 * RUNS, 5 * RUNS, 5 * RUNS]
    for run in range(RUNS):
        for t in range(5):
            gains = [DISCOUNT ** (i - t) * steps[i].reward[run] for i in range(t, 10)]
            expected = sum(gains) + DISCOUNT ** (10 - t) * at_last[run]
            assert learnt[1][0].target[run, t].item() == pytest.approx(expected, abs=1e-4)


@pytest.mark.parametrize("body", ["mlp", "lstm", "attention"])
def test_ppo_learns_from_every_sequence_with_what_was_remembered_at_its_beginning(body):
    """One minibatch of all, so that the order in which they are taken does not matter."""
    settings = {"rollout": 12, "minibatch": 12, "sequence": 3, "epochs": 1, "entropy": 0.3}
    agent = begun(PPO(**settings, network=Network(body=body, widths=[8], window=4)))
    losses = []
    agent.descend = lambda loss: losses.append(loss.detach())
    kept = []
    improve = agent.improve
    agent.improve = lambda steps: kept.append(steps) or improve(steps)
    for step in experience(24):
        action = agent.act(step.observation)
        agent.update(step._replace(action=action))
    assert len(losses) == 2
    steps, advantage = kept[1], agent.advantages(kept[1])
    for run in range(RUNS):
        normal = (advantage[:, run] - advantage[:, run].mean()) / advantage[:, run].std()
        expected = 0.0
        for name in agent.stacks:
            network, state, said = single(agent.stacks[name], run), None, []
            for t in range(24):
                one = (kept[0], kept[1])[t // 12]
                state = None if one.begins[t % 12, run] else state
                x = torch.as_tensor(one.observation[t % 12, run])
                output, state = network(x[None, None] if agent.network.remembers else x[None], state)
                said.append(output)
            for t, output in enumerate(said[12:]):
                if name == "policy":
                    share = output.logits.flatten().softmax(0)
                    expected -= normal[t] - 0.3 * (share * share.log()).sum().item()
                else:
                    expected += (output.item() - advantage[t, run] - steps.value[t, run]) ** 2 / 2
        assert losses[1][run].item() == pytest.approx(expected / 12, rel=1e-3, abs=1e-4)
