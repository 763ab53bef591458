"""Deep agents learn from the values and probabilities of the actions that masks allow."""

import numpy as np
import pytest
import torch
from support.deep import DISCOUNT, RUNS, begun
from support.deep import experience as steps_of_experience

from rlnotes.agents.deep.actor_critic import ActorCritic
from rlnotes.agents.deep.dqn import DQN
from rlnotes.agents.deep.drqn import DRQN
from rlnotes.agents.deep.ppo import PPO
from rlnotes.agents.deep.reinforce import Reinforce
from rlnotes.nn.network import Network


def experience(seed=0):
    """Steps with two actions, and a mask for each of the observations before and after them."""
    rng = np.random.default_rng(seed)
    masks = np.array([[True, True], [True, False], [False, True]])
    mask = masks[rng.integers(3, size=RUNS)]
    for step in steps_of_experience(60, seed):
        following = masks[rng.integers(3, size=RUNS)]
        yield step, mask, following
        first = masks[rng.integers(3, size=RUNS)]
        mask = np.where((step.terminated | step.truncated)[:, None], first, following)


def learn(agent):
    """Let an agent that has begun act and learn from the experience; the actions that it plays are allowed."""
    for step, agent.allowed, agent.next_allowed in experience():
        action = agent.act(step.observation)
        assert agent.allowed[range(RUNS), action].all()
        agent.update(step._replace(action=action))


@pytest.mark.parametrize("double", [True, False])
@pytest.mark.parametrize("n", [1, 3])
def test_the_targets_of_dqn_are_the_values_of_allowed_actions(double, n):
    """A step is found by its observation, since all are different."""
    agent = begun(DQN(n=n, double=double, begin_after=1_000, batch=200))
    learn(agent)
    masks = {
        step.next_observation[run].tobytes(): allowed[run] for step, _, allowed in experience() for run in range(RUNS)
    }
    sample = agent.replay.sample(np.random.default_rng(1), 200, n, DISCOUNT)
    agent.replay.sample = lambda *given: sample
    agent.target_q.network.load_state_dict({k: v * 0.7 for k, v in agent.q.network.state_dict().items()})
    with torch.no_grad():
        loss = agent.loss()
        q, next_q, target_q = (
            agent.q(sample.observation)[0],
            agent.q(sample.following)[0],
            agent.target_q(sample.following)[0],
        )
    for run in range(RUNS):
        losses = []
        for i in range(200):
            allowed = masks[sample.following[run, i].tobytes()]
            values = (next_q if double else target_q)[run, i].numpy().copy()
            values[~allowed] = -1e9
            target = sample.gain[run, i] + sample.discount[run, i] * target_q[run, i, values.argmax()].item()
            error = abs(target - q[run, i, sample.action[run, i]].item())
            losses.append(error**2 / 2 if error < 1 else error - 0.5)
        assert loss[run].item() == pytest.approx(np.mean(losses), rel=1e-4)


@pytest.mark.parametrize("network", [Network(body="lstm", widths=[8]), Network(body="attention", widths=[8])])
def test_drqn_plays_and_learns_with_masks(network):
    """With the same numbers everywhere, a target is the value of the one action that the mask after the step allows."""
    agent = begun(DRQN(network=network, begin_after=1_000, batch=50, sequence=4, burn_in=2))
    learn(agent)
    steps, allowed = agent.replay.sequences(np.random.default_rng(1), 50, 6)
    masks = {step.next_observation[run].tobytes(): mask[run] for step, _, mask in experience() for run in range(RUNS)}
    for run in range(RUNS):
        for i in range(50):
            for t in range(6):
                assert (allowed[run, i, t] == masks[steps["following"][run, i, t].tobytes()]).all()
    agent.replay.sequences = lambda *given: (steps, allowed)
    free = agent.loss()
    agent.replay.sequences = lambda *given: (steps, np.ones_like(allowed))
    assert (agent.loss() != free).all()
    assert free.isfinite().all()


@pytest.mark.parametrize("make", [Reinforce, ActorCritic, PPO])
@pytest.mark.parametrize("body", ["mlp", "gru"])
def test_policies_learn_from_the_probabilities_with_which_they_played(make, body):
    """Where one action is allowed, its probability is 1 and the entropy 0; otherwise they are those of the network."""
    agent = begun(
        make(
            network=Network(body=body, widths=[8]),
            rollout=16,
            entropy=0.1,
            **({"minibatch": 16} if make is PPO else {}),
        )
    )
    batches, losses = [], agent.losses
    agent.losses = lambda batch, states: (
        batches.append((batch, agent.policy_in(batch, states[0]))) or losses(batch, states)
    )
    learn(agent)
    assert batches
    for batch, policy in batches:
        one = batch.allowed.sum(-1) == 1
        assert one.any()
        assert not one.all()
        assert (policy.log_prob(batch.action)[one] == 0).all()
        assert (policy.entropy()[one] == 0).all()
        assert (policy.entropy()[~one] > 0).all()
        assert batch.allowed.gather(-1, batch.action[..., None]).all()
    assert all(parameter.isfinite().all() for parameter in agent.stacks["policy"].parameters())
