"""Losses and gradients of policies are those of their formulas, run by run and step by step."""

import numpy as np
import pytest
import torch
from reference import deep as reference
from support.deep import DISCOUNT, RUNS, begun, experience, learn, single
from torch.distributions import Categorical

from rlnotes.agents.deep.actor_critic import ActorCritic
from rlnotes.agents.deep.base.rollout import Batch
from rlnotes.agents.deep.base.stochastic_agent import draw
from rlnotes.agents.deep.ppo import PPO
from rlnotes.agents.deep.reinforce import Reinforce
from rlnotes.nn.base.approximator import Choice
from rlnotes.nn.base.stack import in_rows, rows_of
from rlnotes.nn.network import Network

SHAPES = (2,), (), ()


def test_actions_are_drawn_with_their_probabilities():
    """Each fraction of 2 × 100,000 actions is within 5 standard errors: false alarm 6 × 6e-7."""
    probabilities = torch.tensor([[0.05, 0.25, 0.7], [0.6, 0.4, 0.0]])
    policy = Choice(probabilities.log()[:, None].expand(2, 100_000, 3))
    drawn = draw(policy, torch.Generator().manual_seed(8))
    found = torch.nn.functional.one_hot(drawn, 3).double().mean(1)
    standard_error = (probabilities * (1 - probabilities) / 100_000).sqrt()
    assert ((found - probabilities).abs() <= 5 * standard_error).all()


def test_minibatches_of_ppo_are_all_steps_of_the_rollout_in_another_order_every_epoch():
    agent = begun(PPO(rollout=24, minibatch=8, epochs=3))
    minibatches, losses = [], agent.losses
    agent.losses = lambda batch, states: minibatches.append(batch.observation[0]) or losses(batch, states)
    learn(agent, experience(24))
    epochs = [torch.cat(minibatches[first : first + 3]) for first in (0, 3, 6)]
    assert len(minibatches) == 9
    assert all((a != b).any() for a, b in ((epochs[0], epochs[1]), (epochs[1], epochs[2])))
    ordered = [epoch[epoch[:, 0].argsort()] for epoch in epochs]
    assert (ordered[0] == ordered[1]).all()
    assert (ordered[0] == ordered[2]).all()


def test_the_loss_of_reinforce_is_the_mean_over_the_steps_that_count():
    agent = begun(Reinforce(network=Network(widths=[4])))
    rng = np.random.default_rng(3)
    x, advantage, target = (torch.as_tensor(rng.normal(size=(RUNS, 8, *size)), dtype=torch.float32) for size in SHAPES)
    batch = Batch(x, torch.as_tensor(rng.integers(2, size=(RUNS, 8))), advantage, target, torch.zeros(RUNS, 8))
    counts, found = torch.as_tensor(rng.random((RUNS, 8)) < 0.4).float(), []
    counts[0] = 0  # no episode ended in this run
    agent.descend = lambda loss: found.extend(loss.tolist())
    agent.fit(batch, counts)
    losses = agent.losses(batch, (None, None))
    for run in range(RUNS):
        counting = losses[run][counts[run] > 0]
        assert found[run] == pytest.approx(counting.mean().item() if len(counting) else 0.0, rel=1e-5)


def test_the_objective_of_ppo_does_not_grow_beyond_the_clip():
    agent = begun(PPO(clip=0.2))
    ratio = torch.tensor([[0.5, 0.9, 1.1, 2.0]])
    for sign in (1, -1):
        advantage = sign * torch.tensor([[1.0, 3.0, -2.0, 6.0]])
        normal = (advantage - advantage.mean()) / advantage.std(correction=0)
        batch = Batch(None, None, advantage, None, None, torch.zeros(1, 4))
        found = agent.objective(ratio.log(), batch)[0]
        for rho, a, objective in zip(ratio[0].tolist(), normal[0].tolist(), found, strict=True):
            assert objective.item() == pytest.approx(reference.clipped(rho, a, 0.2), abs=1e-5)


def recording_fit(agent):
    """The list to which a REINFORCE agent adds the batch and the counts of every improvement."""
    fitted = []
    agent.fit = lambda batch, counts: fitted.append((batch, counts)) or Reinforce.fit(agent, batch, counts)
    return fitted


def test_reinforce_learns_once_from_every_step_of_every_episode_that_ended_by_its_return():
    agent = begun(Reinforce(rollout=24, network=Network(widths=[4])))
    fitted, steps = recording_fit(agent), list(experience(96))
    value = agent.state_values(np.stack([step.observation for step in steps[:24]], axis=1)).detach()
    next_values = []
    for step in steps:
        agent.act(step.observation)
        next_values.append(agent.state_values(step.next_observation[:, None])[:, 0].tolist())
        agent.update(step)
    assert len(agent.steps) == 24
    torch.testing.assert_close(fitted[0][0].advantage, fitted[0][0].target - value)
    found = {}
    for batch, counts in fitted:
        for run, t in zip(*np.nonzero(counts.numpy()), strict=True):
            key = run, batch.observation[run, t].numpy().tobytes()
            assert key not in found
            found[key] = batch.target[run, t].item()
    for run in range(RUNS):
        ends = [t for t, step in enumerate(steps) if reference.ended(step, run)]
        for t, step in enumerate(steps):
            key = run, step.observation[run].tobytes()
            if t > ends[-1]:
                assert key not in found
                continue
            last = next(end for end in ends if end >= t)
            rewards = [steps[i].reward[run] for i in range(t, last + 1)]
            last_value = next_values[last][run] if steps[last].truncated[run] else 0.0
            assert found[key] == pytest.approx(reference.discounted(rewards, DISCOUNT, last_value), abs=1e-4)


@pytest.mark.parametrize(
    "make",
    [lambda: PPO(minibatch=8, rollout=8, entropy=0.0), Reinforce, ActorCritic],
    ids=["PPO", "Reinforce", "ActorCritic"],
)
def test_the_policy_gradient_is_that_of_the_log_probability_of_the_actions(make):
    agent = begun(make())
    rng = np.random.default_rng(3)
    x = torch.as_tensor(rng.normal(size=(RUNS, 8, 2)), dtype=torch.float32)
    action = torch.as_tensor(rng.integers(2, size=(RUNS, 8)))
    zeros = torch.zeros(RUNS, 8)
    logits = agent.stacks["policy"].head.layer(agent.stacks["policy"].body(agent.stacks["policy"].encoder(x))[0])
    log_probability = Categorical(logits=logits).log_prob(action)
    advantage = torch.as_tensor(rng.normal(size=(RUNS, 8)), dtype=torch.float32)
    batch = Batch(x, action, advantage, zeros, zeros, log_probability.detach())
    weights = list(agent.stacks["policy"].parameters())
    found, *_ = torch.autograd.grad(agent.losses(batch, (None, None)).mean(1).sum(), rows_of(agent.stacks["policy"]))
    if isinstance(agent, PPO):  # its first step has normalised advantages
        advantage = (advantage - advantage.mean(1, keepdim=True)) / advantage.std(1, correction=0, keepdim=True)
    expected = torch.autograd.grad(-(advantage * log_probability).mean(1).sum(), weights)
    torch.testing.assert_close(found, in_rows(expected), rtol=1e-4, atol=1e-6)


def test_reinforce_learns_two_rollouts_at_a_time_from_an_episode_that_does_not_end():
    agent = begun(Reinforce(rollout=5, network=Network(widths=[4])))
    fitted, never = recording_fit(agent), np.zeros(RUNS, bool)
    steps = [step._replace(terminated=never, truncated=never) for step in experience(20)]
    for step in steps:
        agent.act(step.observation)
        next_value = agent.state_values(step.next_observation[:, None])[:, 0].tolist()
        agent.update(step)
        if agent.t == 10:
            last_value = next_value
    assert [counts.sum().item() for _, counts in fitted] == [0, 5 * RUNS, 5 * RUNS, 5 * RUNS]
    for run in range(RUNS):
        for t in range(5):
            rewards = [steps[i].reward[run] for i in range(t, 10)]
            expected = reference.discounted(rewards, DISCOUNT, last_value[run])
            assert fitted[1][0].target[run, t].item() == pytest.approx(expected, abs=1e-4)


@pytest.mark.parametrize("body", ["mlp", "lstm", "attention"])
def test_ppo_learns_from_every_sequence_with_the_state_at_its_beginning(body):
    """One minibatch contains all sequences, so their order does not matter."""
    settings = {"rollout": 12, "minibatch": 12, "sequence": 3, "epochs": 1, "entropy": 0.3}
    agent = begun(PPO(**settings, network=Network(body=body, widths=[8], window=4)))
    losses, rollouts, improve = [], [], agent.improve
    agent.descend = lambda loss: losses.append(loss.detach())
    agent.improve = lambda steps: rollouts.append(steps) or improve(steps)
    for step in experience(24):
        action = agent.act(step.observation)
        agent.update(step._replace(action=action))
    assert len(losses) == 2
    steps, advantage = rollouts[1], agent.advantages(rollouts[1])
    for run in range(RUNS):
        normal = (advantage[:, run] - advantage[:, run].mean()) / advantage[:, run].std()
        expected = 0.0
        for name in agent.stacks:
            network, state, outputs = single(agent.stacks[name], run), None, []
            for t in range(24):
                rollout = rollouts[t // 12]
                state = None if rollout.begins[t % 12, run] else state
                x = torch.as_tensor(rollout.observation[t % 12, run])
                output, state = network(x[None, None] if agent.network.remembers else x[None], state)
                outputs.append(output)
            for t, output in enumerate(outputs[12:]):
                if name == "policy":
                    probabilities = output.logits.flatten().softmax(0)
                    expected -= normal[t] - 0.3 * (probabilities * probabilities.log()).sum().item()
                else:
                    expected += (output.item() - advantage[t, run] - steps.value[t, run]) ** 2 / 2
        assert losses[1][run].item() == pytest.approx(expected / 12, rel=1e-3, abs=1e-4)
