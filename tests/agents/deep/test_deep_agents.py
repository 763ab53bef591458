"""How deep agents behave: what plays is what learns, and runs are apart."""

from copy import deepcopy

import numpy as np
import pytest
import torch
from gymnasium.spaces import Box, Discrete, MultiBinary
from test_deep_rules import DISCOUNT, RUNS, begun, experience

from rlnotes.agents.base.agent import Problem, Transition
from rlnotes.agents.deep import policy_agent
from rlnotes.agents.deep.actor_critic import ActorCritic
from rlnotes.agents.deep.base.deep_agent import one_thread
from rlnotes.agents.deep.base.policy_agent import Batch, draw
from rlnotes.agents.deep.dqn import DQN
from rlnotes.agents.deep.drqn import DRQN
from rlnotes.agents.deep.ppo import PPO
from rlnotes.agents.deep.reinforce import Reinforce
from rlnotes.envs.control.cart_pole import CartPole
from rlnotes.nn.network import BODIES, Network
from rlnotes.simulation.cell import Cell
from rlnotes.simulation.simulate import simulate

OFTEN = {"begin_after": 20, "learn_every": 3, "copy_every": 9, "capacity": 60}
LEARNING = [
    DQN(**OFTEN, batch=8, n=2, network=Network(widths=[6])),
    DRQN(**OFTEN, batch=3, sequence=4, burn_in=1, network=Network(body="gru", widths=[6])),
    Reinforce(rollout=10, network=Network(widths=[6])),
    ActorCritic(rollout=8, network=Network(widths=[6], inputs="standardise")),
    PPO(rollout=16, minibatch=8, sequence=4, epochs=2, network=Network(body="lstm", widths=[6])),
]


@pytest.mark.parametrize("body", [body for body in BODIES if body != "cnn"])
def test_what_learns_says_what_played(body, monkeypatch):
    """Of several rollouts, with the memory that it had, which ends with every episode."""
    agent = begun(PPO(rollout=16, minibatch=16, sequence=4, network=Network(body=body, widths=[8], window=5)))
    compared, played = [], []
    monkeypatch.setattr(policy_agent, "draw", lambda policy, luck: played.append(policy.logits) or draw(policy, luck))

    def compare(batch, states):
        with torch.no_grad():
            begins = batch.begins if agent.network.remembers else None
            said, _ = agent.stacks["policy"](batch.observation, states and states[0], begins)
            value, _ = agent.stacks["value"](batch.observation, states and states[1], begins)
        expected = torch.cat(played[-16:], 1).reshape(said.logits.shape)
        torch.testing.assert_close(said.logits, expected, rtol=1e-4, atol=1e-5)
        found = agent.log_probability(batch, states)
        torch.testing.assert_close(found, expected.gather(-1, batch.action[..., None])[..., 0], rtol=1e-4, atol=1e-5)
        torch.testing.assert_close(value.squeeze(-1) + batch.advantage, batch.target, rtol=1e-4, atol=1e-5)
        compared.append(batch)

    agent.fit = compare
    for step in experience(48):
        action = agent.act(step.observation)
        agent.update(step._replace(action=action))
    assert len(compared) == 3


def test_advantages_are_those_of_the_values_where_one_came_to():
    agent = begun(ActorCritic(rollout=20, decay=1.0))
    learnt, steps, worth = [], list(experience(20)), []
    agent.fit = lambda batch, states: learnt.append(batch)
    for step in steps:
        agent.act(step.observation)
        worth.append(agent.worth(step.next_observation[:, None])[:, 0].tolist())
        agent.update(step)
    for run in range(RUNS):
        following = worth[-1][run]
        for t in reversed(range(20)):
            step = steps[t]
            following = 0.0 if step.terminated[run] else worth[t][run] if step.truncated[run] else following
            following = step.reward[run] + DISCOUNT * following
            assert learnt[0].target[run, t].item() == pytest.approx(following, abs=1e-4)


def played(agent, other=0.0):
    """Actions [steps, runs] on poles of which the last one pays something else from step 5 on."""
    env = CartPole(num_envs=3)
    problem = Problem(env.single_observation_space, env.single_action_space, 3, 60, 0.99)
    agent.begin(problem, np.random.default_rng(0))
    weights = agent.adam.theta.clone()
    observation, _ = env.reset(seed=0)
    actions = []
    for t in range(60):
        actions.append(agent.act(observation).copy())
        following, reward, terminated, truncated, info = env.step(actions[-1])
        if t >= 5:
            reward[2] += other
        last = info.get("final_obs", following)
        agent.update(Transition(observation, actions[-1], reward, last, terminated, truncated))
        observation = following
    assert (agent.adam.theta != weights).any(1).all()
    return np.array(actions), agent.adam.theta


@pytest.mark.parametrize("agent", LEARNING)
def test_a_run_learns_the_same_whatever_its_neighbours_meet(agent):
    (actions, theta), (others, changed), (again, same) = played(agent), played(agent, 3.0), played(agent)
    assert (actions[:, :2] == others[:, :2]).all()
    assert (theta[:2] == changed[:2]).all()
    assert (theta[2] != changed[2]).any()
    assert (actions == again).all()
    assert (theta == same).all()


@pytest.mark.parametrize("agent", LEARNING)
def test_the_same_seed_gives_the_same_curve_and_another_one_another(agent):
    first, again, other = (simulate(Cell(agent, CartPole(), steps=100, runs=2, seed=s)).data for s in (1, 1, 2))
    for key, value in first.items():
        assert value.tobytes() == again[key].tobytes()
    assert first["returns"].tobytes() != other["returns"].tobytes()
    assert first["greedy_returns"].shape == (2, 20)


@pytest.mark.parametrize("agent", [DQN(dueling=True), PPO()])
def test_the_greedy_policy_is_what_it_plays_when_it_learns_no_more(agent):
    runs, states = 4, 7
    problem = Problem(Discrete(states, start=3), Discrete(3, start=-1), runs, None)
    agent.begin(problem, np.random.default_rng(0))
    policy, frozen = agent.greedy(np.array([0, 2])), agent.frozen()
    assert policy.shape == (2, states)
    for state in range(states):
        assert (frozen.act(np.full(runs, 3 + state))[[0, 2]] + 1 == policy[:, state]).all()
    assert len(np.unique(policy)) > 1


@pytest.mark.parametrize("inputs", ["min_max", "standardise"])
def test_inputs_are_normalised_by_what_the_run_saw_before(inputs):
    agent = begun(ActorCritic(rollout=10, network=Network(inputs=inputs)))
    steps = list(experience(20))
    for step in steps:
        agent.act(step.observation)
        agent.update(step)
    seen = np.array([step.observation for step in steps])
    for networks in agent.stacks.values():
        norm = networks.encoder.norm
        found, expected = (norm.mean, seen.mean(0)) if inputs == "standardise" else (norm.greatest, seen.max(0))
        np.testing.assert_allclose(found.numpy(), expected, atol=1e-6)
        assert not networks.training


@pytest.mark.parametrize("agent", LEARNING[:2])
def test_actions_may_be_numbered_from_anywhere(agent):
    learnt = []
    for start in (0, 5):
        agent.begin(Problem(Box(-9, 9, (2,)), Discrete(2, start=start), RUNS, None), np.random.default_rng(0))
        for step in experience(40):
            agent.act(step.observation)
            agent.update(step._replace(action=step.action + start))
        learnt.append(agent.adam.theta.clone())
    assert (learnt[0] == learnt[1]).all()


@pytest.mark.parametrize("settings", [{"inputs": "standardise"}, {"normalisation": "batch"}])
def test_what_dqn_normalises_it_saw_where_it_learnt(settings):
    agent = begun(DQN(**OFTEN, network=Network(widths=[6], **settings)))
    for step in experience(40):
        agent.act(step.observation)
        agent.update(step)
    buffers = dict(agent.stacks["q"].named_buffers())
    found = next(numbers for name, numbers in buffers.items() if name.endswith("mean"))
    assert (found != 0).all()
    assert not agent.stacks["q"].training


@pytest.mark.parametrize("agent", [DQN(**OFTEN), PPO(rollout=8, minibatch=8)])
def test_a_copy_of_an_agent_plays_on_as_it_was(agent):
    begun(agent)
    steps = list(experience(60))
    copy, space = deepcopy(agent), np.tile(steps[0].observation[:1], (RUNS, 1))
    before = copy.frozen().agent.worth(space[:, None]).tolist()
    for step in steps:
        agent.act(step.observation)
        agent.update(step)
    assert copy.worth(space[:, None]).tolist() == before != agent.worth(space[:, None]).tolist()
    player = copy.player if isinstance(agent, DQN) else copy.value
    said = player(space).amax(-1) if isinstance(agent, DQN) else player(space)[..., 0]
    assert said.tolist() == before


@pytest.mark.parametrize("agent", [Reinforce(), ActorCritic(), PPO()])
@pytest.mark.parametrize("space", [Box(-1, 2, (2,)), MultiBinary(3), Discrete(4, start=-2)])
def test_policies_play_actions_of_any_space_within_it(agent, space):
    agent.begin(Problem(Box(-9, 9, (2,)), space, RUNS, None), np.random.default_rng(0))
    drawn = []
    for step in experience(300):
        action = agent.act(step.observation)
        assert all(space.contains(one) for one in action)
        assert all(space.contains(one) for one in agent.frozen().act(step.observation))
        agent.update(step._replace(action=action))
        drawn.append(action)
    drawn = np.array(drawn, float)
    assert np.ptp(drawn, axis=(0, 1)).all()


def test_the_clip_of_ppo_may_change():
    agent = begun(PPO(clip="linear:0.4:0.2:100"))
    ratio, advantage = torch.tensor([[1.0, 2.0]]), torch.tensor([[-1.0, 1.0]])
    batch = Batch(None, None, advantage, None, None, torch.zeros(1, 2))
    for agent.t, clip in ((0, 0.4), (50, 0.3), (200, 0.2)):
        assert agent.objective(ratio.log(), batch)[0, 1].item() == pytest.approx(1 + clip)


def test_dqn_explores_and_learns_and_copies_when_it_should():
    """A share of 600 actions is within 5 standard errors, which fails with a probability of 6e-7."""
    often = {"begin_after": 30, "learn_every": 4, "updates": 3, "copy_every": 20}
    agent = begun(DQN(**often, epsilon="linear:1:0.2:100", learning_rate="linear:0.01:0.001:100"))
    rates, steps, other = [], [], []
    step_of_adam = agent.adam.step
    agent.adam.step = lambda loss, alpha: rates.append((agent.t, alpha)) or step_of_adam(loss, alpha)
    for step in experience(300):
        best = agent.frozen().act(step.observation)
        other.append(agent.act(step.observation) != best)
        agent.update(step)
        same = all(
            (a == b).all() for a, b in zip(agent.stacks["q"].parameters(), agent.old.network.parameters(), strict=True)
        )
        steps.append(same)
    assert [t for t, _ in rates] == [t for t in range(30, 301) if t % 4 == 0 for _ in range(3)]
    assert all(alpha == pytest.approx(0.01 - 0.009 * min(t / 100, 1)) for t, alpha in rates)
    assert [t for t, same in enumerate(steps, 1) if same and t >= 32] == [t for t in range(40, 301) if t % 20 < 4]
    late = np.mean(other[100:])  # half of the random actions are the best of two
    assert abs(late - 0.1) < 5 * np.sqrt(0.1 * 0.9 / 600)


@pytest.mark.parametrize("body", ["rnn", "attention"])
def test_what_plays_forgets_where_an_episode_ends(body):
    agent = begun(DRQN(network=Network(body=body, widths=[8]), epsilon=0.0))
    frozen, fresh = agent.frozen(), None
    for step in experience(40):
        fresh = fresh or [agent.frozen() for _ in range(RUNS)]
        alone = [one.act(step.observation)[run] for run, one in enumerate(fresh)]
        assert frozen.act(step.observation).tolist() == agent.act(step.observation).tolist() == alone
        frozen.update(step)
        agent.update(step)
        for run in range(RUNS):
            if step.terminated[run] or step.truncated[run]:
                fresh[run] = agent.frozen()


@pytest.mark.parametrize("inputs", ["none", "standardise"])
def test_reinforce_does_not_depend_on_when_the_episodes_of_others_end(inputs):
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


def test_numbers_next_to_nothing_do_not_make_steps_dear():
    small = torch.full((3,), 1e-40)
    with one_thread():
        assert not (small * 0.5).any()
    assert (small * 0.5).all()
