"""How deep agents act, explore and learn, and that runs are independent."""

from copy import deepcopy

import numpy as np
import pytest
import torch
from gymnasium.spaces import Box, Discrete, MultiBinary, MultiDiscrete
from support.deep import DISCOUNT, FORCES, OBSERVATIONS, RUNS, begun, experience, learn
from support.quick_agents import ACTORS, DEEP, IMAGINERS, quick, task

from rlnotes.agents.base.agent import Problem, Transition
from rlnotes.agents.deep.actor_critic import ActorCritic
from rlnotes.agents.deep.base import stochastic_agent
from rlnotes.agents.deep.base.one_thread import one_thread
from rlnotes.agents.deep.base.rollout import Batch
from rlnotes.agents.deep.base.stochastic_agent import draw
from rlnotes.agents.deep.dqn import DQN
from rlnotes.agents.deep.drqn import DRQN
from rlnotes.agents.deep.ppo import PPO
from rlnotes.agents.deep.reinforce import Reinforce
from rlnotes.nn.network import BODIES, Network
from rlnotes.simulation.cell import Cell
from rlnotes.simulation.simulate import simulate


@pytest.mark.parametrize("body", [body for body in BODIES if body != "cnn"])
def test_a_batch_has_the_outputs_of_the_steps_that_were_played(body, monkeypatch):
    """The state of the network is that of the play, over several rollouts, and is emptied with every episode."""
    agent = begun(PPO(rollout=16, minibatch=16, sequence=4, network=Network(body=body, widths=[8], window=5)))
    compared, played = [], []
    monkeypatch.setattr(stochastic_agent, "draw", lambda policy, rng: played.append(policy.logits) or draw(policy, rng))

    def compare(batch, states):
        with torch.no_grad():
            begins = batch.begins if agent.network.remembers else None
            policy, _ = agent.stacks["policy"](batch.observation, states and states[0], begins)
            value, _ = agent.stacks["value"](batch.observation, states and states[1], begins)
        expected = torch.cat(played[-16:], 1).reshape(policy.logits.shape)
        torch.testing.assert_close(policy.logits, expected, rtol=1e-4, atol=1e-5)
        found = agent.log_probability(batch, states)
        torch.testing.assert_close(found, expected.gather(-1, batch.action[..., None])[..., 0], rtol=1e-4, atol=1e-5)
        torch.testing.assert_close(value.squeeze(-1) + batch.advantage, batch.target, rtol=1e-4, atol=1e-5)
        compared.append(batch)

    agent.fit = compare
    for step in experience(48):
        action = agent.act(step.observation)
        agent.update(step._replace(action=action))
    assert len(compared) == 3


def test_advantages_use_the_value_of_the_last_state_after_a_truncation():
    agent = begun(ActorCritic(rollout=20, decay=1.0))
    batches, steps, next_values = [], list(experience(20)), []
    agent.fit = lambda batch, states: batches.append(batch)
    for step in steps:
        agent.act(step.observation)
        next_values.append(agent.state_values(step.next_observation[:, None])[:, 0].tolist())
        agent.update(step)
    for run in range(RUNS):
        following = next_values[-1][run]
        for t in reversed(range(20)):
            step, value = steps[t], next_values[t][run]
            following = 0.0 if step.terminated[run] else value if step.truncated[run] else following
            following = step.reward[run] + DISCOUNT * following
            assert batches[0].target[run, t].item() == pytest.approx(following, abs=1e-4)


def played(agent, env, bonus=0.0):
    """The actions [steps, runs, ...] in three runs, and the weights; the last run pays a bonus from step 5 on."""
    env = env.batch(3)
    problem = Problem(env.single_observation_space, env.single_action_space, 3, 60, 0.99)
    agent.begin(problem, np.random.default_rng(0))
    weights = agent.adam.theta.clone()
    observation, _ = env.reset(seed=0)
    actions = []
    for t in range(60):
        actions.append(agent.act(observation).copy())
        following, reward, terminated, truncated, info = env.step(actions[-1])
        if t >= 5:
            reward[2] += bonus
        last = info.get("final_obs", following)
        agent.update(Transition(observation, actions[-1], reward, last, terminated, truncated))
        observation = following
    assert (agent.adam.theta != weights).any(1).all()
    return np.array(actions), agent.adam.theta


@pytest.mark.parametrize("name", DEEP | IMAGINERS | ACTORS)
def test_a_run_does_not_depend_on_its_neighbours(name):
    agent, env = quick(name), task(name)
    (actions, theta), (others, changed), (again, same) = (played(agent, env, bonus) for bonus in (0.0, -3.0, 0.0))
    assert (actions[:, :2] == others[:, :2]).all()
    assert (theta[:2] == changed[:2]).all()
    assert (theta[2] != changed[2]).any()
    assert (actions == again).all()
    assert (theta == same).all()


@pytest.mark.parametrize("name", DEEP | IMAGINERS | ACTORS)
def test_the_same_seed_gives_the_same_curve_and_another_seed_another_curve(name):
    first, again, other = (simulate(Cell(quick(name), task(name), steps=100, runs=2, seed=s)).data for s in (1, 1, 2))
    for key, value in first.items():
        assert value.tobytes() == again[key].tobytes()
    assert first["returns"].tobytes() != other["returns"].tobytes()
    episodes = dict.fromkeys(ACTORS, 5) | dict.fromkeys(IMAGINERS, 20)
    assert first["greedy_returns"].shape == (2, episodes.get(name, 1))


@pytest.mark.parametrize("make", [lambda: DQN(dueling=True), PPO], ids=["DQN", "PPO"])
def test_the_frozen_agent_plays_the_greedy_policy(make):
    agent, runs, states = make(), 4, 7
    problem = Problem(Discrete(states, start=3), Discrete(3, start=-1), runs, None)
    agent.begin(problem, np.random.default_rng(0))
    policy, frozen = agent.greedy(np.array([0, 2])), agent.frozen(sampled=False)
    assert policy.shape == (2, states)
    for state in range(states):
        assert (frozen.act(np.full(runs, 3 + state))[[0, 2]] + 1 == policy[:, state]).all()
    assert len(np.unique(policy)) > 1


@pytest.mark.parametrize("inputs", ["min_max", "standardise"])
def test_inputs_are_normalised_by_the_earlier_observations_of_the_run(inputs):
    agent = begun(ActorCritic(rollout=10, network=Network(inputs=inputs)))
    steps = list(experience(20))
    learn(agent, steps)
    observed = np.array([step.observation for step in steps])
    for networks in agent.stacks.values():
        norm = networks.encoder.norm
        found, expected = (norm.mean, observed.mean(0)) if inputs == "standardise" else (norm.greatest, observed.max(0))
        np.testing.assert_allclose(found.numpy(), expected, atol=1e-6)
        assert not networks.training


@pytest.mark.parametrize("name", ["dqn", "drqn"])
def test_actions_may_start_at_any_number(name):
    agent, weights = quick(name), []
    for start in (0, 5):
        agent.begin(Problem(OBSERVATIONS, Discrete(2, start=start), RUNS, None), np.random.default_rng(0))
        learn(agent, [step._replace(action=step.action + start) for step in experience(40)])
        weights.append(agent.adam.theta.clone())
    assert (weights[0] == weights[1]).all()


@pytest.mark.parametrize("settings", [{"inputs": "standardise"}, {"normalisation": "batch"}])
def test_dqn_normalises_by_the_batches_that_it_learned_from(settings):
    agent = begun(quick("dqn", batch=64, n=1, network={"widths": [6], **settings}))
    learn(agent, experience(40))
    buffers = dict(agent.stacks["q"].named_buffers())
    found = next(numbers for name, numbers in buffers.items() if name.endswith("mean"))
    assert (found != 0).all()
    assert not agent.stacks["q"].training


@pytest.mark.parametrize(
    "make",
    [lambda: quick("dqn", batch=64, n=1, network={}), lambda: PPO(rollout=8, minibatch=8)],
    ids=["DQN", "PPO"],
)
def test_a_copy_of_an_agent_does_not_change_with_the_original(make):
    agent = begun(make())
    steps = list(experience(60))
    copy, observation = deepcopy(agent), np.tile(steps[0].observation[:1], (RUNS, 1))
    before = copy.frozen(sampled=False).agent.state_values(observation[:, None]).tolist()
    learn(agent, steps)
    after = agent.state_values(observation[:, None]).tolist()
    assert copy.state_values(observation[:, None]).tolist() == before != after
    dqn = isinstance(agent, DQN)
    value = copy.stepwise_q(observation).amax(-1) if dqn else copy.value(observation)[..., 0]
    assert value.tolist() == before


@pytest.mark.parametrize("make", [Reinforce, ActorCritic, PPO])
@pytest.mark.parametrize(
    "space", [Box(-1, 2, (2,)), MultiBinary(3), Discrete(4, start=-2), MultiDiscrete([3, 2], start=[-1, 4])]
)
def test_policies_play_actions_inside_any_space(make, space):
    agent = make()
    agent.begin(Problem(OBSERVATIONS, space, RUNS, None), np.random.default_rng(0))
    actions = []
    for step in experience(300):
        action = agent.act(step.observation)
        assert all(space.contains(one) for one in action)
        assert all(space.contains(one) for one in agent.frozen(sampled=False).act(step.observation))
        agent.update(step._replace(action=action))
        actions.append(action)
    actions = np.array(actions, float)
    assert np.ptp(actions, axis=(0, 1)).all()


@pytest.mark.parametrize("make", [Reinforce, ActorCritic, PPO])
def test_actions_of_a_box_are_in_units_of_its_range(make):
    """Whatever the range, the same random numbers play the same share of it; without bounds, the same action."""
    shares = []
    for low, high in ((-1, 1), (-1000, 1000), (-0.01, 0.01), (4, 6)):
        agent = make()
        agent.begin(Problem(OBSERVATIONS, Box(low, high, (2,)), RUNS, None), np.random.default_rng(0))
        actions = np.array([agent.act(step.observation) for step in experience(20)])
        shares.append((actions - low) / (high - low))
        assert (shares[-1] == pytest.approx(shares[0], abs=1e-5)) & (0 < np.ptp(shares[-1]) <= 1)
    agent.begin(Problem(OBSERVATIONS, Box(-np.inf, np.inf, (2,)), RUNS, None), np.random.default_rng(0))
    free = np.array([agent.act(step.observation) for step in experience(20)])
    assert (1 + free.clip(-1, 1)) / 2 == pytest.approx(shares[0], abs=1e-5)


@pytest.mark.parametrize("name", ["reinforce", "actor_critic", "ppo", *ACTORS])
def test_a_policy_begins_near_uniform_or_near_the_middle(name):
    """Xavier's weights of the last layer times 0.01: each output is 0.01 times that with a gain of 1."""
    for space in [FORCES] if name in ACTORS else [FORCES, Discrete(4)]:
        outputs = []
        for gain in (0.01, 1.0):
            agent = begun(quick(name, network={"widths": [6], "policy_gain": gain}), actions=space)
            observation = next(experience()).observation
            found = agent.stacks["policy"](observation[:, None])[0]
            outputs.append(found.probs if isinstance(space, Discrete) else agent.greedy_actions(found))
        small, large = outputs
        if isinstance(space, Discrete):
            assert (small - 0.25).abs().max() < 0.02 < (large - 0.25).abs().max()
        else:
            assert small.abs().max() < 0.05 < large.abs().max()


def test_epsilon_falls_in_a_share_of_the_run():
    for horizon, steps in ((2_000, 400), (None, 10_000)):
        agent = DQN()
        agent.begin(Problem(OBSERVATIONS, Discrete(2), RUNS, horizon), np.random.default_rng(0))
        found = [agent.epsilons.at(t) for t in (0, steps // 2, steps, steps + 1)]
        assert found == pytest.approx([1, 0.525, 0.05, 0.05], abs=1e-12)


def test_the_clip_of_ppo_may_change():
    agent = begun(PPO(clip="linear:0.4:0.2:100"))
    ratio, advantage = torch.tensor([[1.0, 2.0]]), torch.tensor([[-1.0, 1.0]])
    batch = Batch(None, None, advantage, None, None, torch.zeros(1, 2))
    for agent.t, clip in ((0, 0.4), (50, 0.3), (200, 0.2)):
        assert agent.objective(ratio.log(), batch)[0, 1].item() == pytest.approx(1 + clip)


def test_dqn_explores_learns_and_copies_at_the_right_steps():
    """The fraction of 600 actions is within 5 standard errors; false alarm with a probability of 6e-7."""
    settings = {"begin_after": 30, "learn_every": 4, "updates": 3, "copy_every": 20}
    agent = begun(DQN(**settings, epsilon="linear:1:0.2:100", learning_rate="linear:0.01:0.001:100"))
    rates, equal, other = [], [], []
    step_of_adam = agent.adam.step
    agent.adam.step = lambda loss, alpha: rates.append((agent.t, alpha)) or step_of_adam(loss, alpha)
    for step in experience(300):
        best = agent.frozen(sampled=False).act(step.observation)
        other.append(agent.act(step.observation) != best)
        agent.update(step)
        networks = agent.stacks["q"].parameters(), agent.target_q.network.parameters()
        equal.append(all((a == b).all() for a, b in zip(*networks, strict=True)))
    assert [t for t, _ in rates] == [t for t in range(30, 301) if t % 4 == 0 for _ in range(3)]
    assert all(alpha == pytest.approx(0.01 - 0.009 * min(t / 100, 1)) for t, alpha in rates)
    assert [t for t, same in enumerate(equal, 1) if same and t >= 32] == [t for t in range(40, 301) if t % 20 < 4]
    late = np.mean(other[100:])  # half of the random actions are the best of two
    assert abs(late - 0.1) < 5 * np.sqrt(0.1 * 0.9 / 600)


@pytest.mark.parametrize("body", ["rnn", "attention"])
def test_networks_that_play_forget_at_the_end_of_an_episode(body):
    agent = begun(DRQN(network=Network(body=body, widths=[8]), epsilon=0.0))
    frozen, fresh = agent.frozen(sampled=False), [agent.frozen(sampled=False) for _ in range(RUNS)]
    for step in experience(40):
        alone = [one.act(step.observation)[run] for run, one in enumerate(fresh)]
        assert frozen.act(step.observation).tolist() == agent.act(step.observation).tolist() == alone
        frozen.update(step)
        agent.update(step)
        for run in range(RUNS):
            if step.terminated[run] or step.truncated[run]:
                fresh[run] = agent.frozen(sampled=False)


@pytest.mark.parametrize("inputs", ["none", "standardise"])
def test_reinforce_does_not_depend_on_the_ends_of_episodes_in_other_runs(inputs):
    found = []
    for ends in (False, True):
        agent = begun(Reinforce(rollout=6, network=Network(widths=[4], inputs=inputs)))
        for t, step in enumerate(experience(60)):
            agent.act(step.observation)
            terminated = step.terminated.copy()
            terminated[2] = ends and t % 5 == 0
            agent.update(step._replace(terminated=terminated, truncated=step.truncated & [True, True, False]))
        found.append(agent.adam.theta[:2])
    assert (found[0] == found[1]).all()


def test_subnormal_numbers_are_zero_during_learning():
    small = torch.full((3,), 1e-40)
    with one_thread():
        assert not (small * 0.5).any()
    assert (small * 0.5).all()
