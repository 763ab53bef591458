"""Behaviour cloning, of all episodes and of the best: which steps it learns from, and what it learns."""

import numpy as np
import pytest
import torch
from gymnasium.spaces import Box, Discrete
from support.deep import OBSERVATIONS, RUNS, single
from support.quick_agents import CLONES, quick
from support.recorded import recorded

from rlnotes.agents.base.agent import Problem
from rlnotes.agents.deep.base.recorded_steps import RecordedSteps
from rlnotes.agents.deep.imitation.behaviour_cloning import BehaviourCloning
from rlnotes.agents.deep.imitation.percent_bc import PercentBC
from rlnotes.base.errors import SettingError
from rlnotes.data.dataset import Dataset, Episode
from rlnotes.envs.control.cart_pole import CartPole
from rlnotes.nn.network import Network
from rlnotes.simulation.cell import Cell
from rlnotes.simulation.simulate import simulate

STATES = Discrete(3)


def episode(observation, action, reward, terminated=True):
    """An episode with these observations [T + 1], actions [T] and rewards [T]."""
    return Episode(np.array(observation), np.array(action), np.array(reward, float), terminated)


def of_returns(*returns):
    """A data set with one episode per return, which takes action i % 2 in its two steps."""
    episodes = [episode([0, 1, 2], [i % 2] * 2, [0, one]) for i, one in enumerate(returns)]
    return Dataset.of(episodes, STATES, Discrete(2))


def begun(agent, data):
    """The agent at the beginning of a problem with the spaces of the data."""
    problem = Problem(data.observation_space, data.action_space, RUNS, None)
    agent.begin(problem, np.random.default_rng(0))
    return agent


def test_the_loss_is_the_mean_of_the_negative_log_probabilities():
    data = recorded(CartPole())
    agent = begun(BehaviourCloning(learning_steps=3, network=Network(widths=[6])), data)
    agent.learn_from(data)
    steps = np.random.default_rng(1).integers(len(data), size=(RUNS, 7))
    found = agent.loss(steps)
    for run in range(RUNS):
        policy = single(agent.stacks["policy"], run)
        with torch.no_grad():
            each = [
                policy(data.observation[i : i + 1])[0].log_prob(torch.tensor(data.action[i])).item() for i in steps[run]
            ]
        assert found[run].item() == pytest.approx(-np.mean(each), rel=1e-5)


def test_without_features_the_policy_of_a_state_is_the_share_of_its_actions():
    """The maximum of Σ log π(A|S) over tables is n(s, a) / n(s). The last steps of Adam are small."""
    shares = np.array([[0.5, 0.5, 0.0], [0.1, 0.3, 0.6], [1.0, 0.0, 0.0]])
    state, action = np.nonzero(np.ones((3, 3)))
    pairs = np.repeat(np.column_stack([state, action]), np.rint(10 * shares.ravel()).astype(int), axis=0)
    data = Dataset.of([episode([s, 0], [a], [0]) for s, a in pairs], STATES, Discrete(3))
    settings = {"learning_steps": 800, "batch": 64, "learning_rate": "linear:0.1:0.001:100%"}
    agent = begun(BehaviourCloning(network=Network(widths=[]), **settings), data)
    agent.learn_from(data)
    found = agent.stacks["policy"](agent.every_state)[0].probs
    assert found.detach().numpy() == pytest.approx(np.tile(shares, (RUNS, 1, 1)), abs=0.04)


def test_a_linear_expert_of_real_numbers_is_found_exactly():
    """Actions of a Box are compared in the units of the networks: a = k s has the same k in all ranges."""
    observation = np.random.default_rng(2).uniform(-1, 1, (401, 2)).astype(np.float32)
    k = np.array([1.0, -0.5])
    one = episode(observation, (3 + 2 * (observation[:-1] @ k))[:, None].astype(np.float32), np.zeros(400))
    data = Dataset.of([one], OBSERVATIONS, Box(-1, 7, (1,)))
    agent = begun(BehaviourCloning(network=Network(widths=[]), learning_rate="linear:0.05:0.0001:100%"), data)
    agent.learn_from(data)
    played = agent.frozen(sampled=False).act(np.tile(np.float32([[0.2, 0.6]]), (RUNS, 1)))
    assert played == pytest.approx(3 + 2 * (0.2 - 0.3), abs=0.02)


def test_every_run_draws_episodes_of_its_own():
    data = of_returns(*range(8))
    agent = begun(BehaviourCloning(episodes=3), data)
    drawn = agent.drawn_episodes(data)
    assert drawn.shape == (RUNS, 3)
    assert all(len(set(row)) == 3 for row in drawn.tolist())
    assert len({tuple(row) for row in drawn.tolist()}) > 1
    assert sorted(begun(BehaviourCloning(), data).drawn_episodes(data)[0].tolist()) == list(range(8))


def test_percent_bc_keeps_the_best_episodes_and_draws_among_equal_ones():
    data = of_returns(5, 1, 9, 1, 7, 1, 3, 1, 1)
    kept = begun(PercentBC(share=0.3), data).drawn_episodes(data)  # 2.7 of 9 episodes
    assert [set(row) for row in kept.tolist()] == [{0, 2, 4}] * RUNS
    kept = begun(PercentBC(share=0.6), data).drawn_episodes(data)
    assert all(set(row) > {0, 2, 4, 6} for row in kept.tolist())
    assert len({tuple(sorted(row)) for row in kept.tolist()}) > 1


def test_percent_bc_plays_as_the_best_episodes():
    data = of_returns(*[0, 1] * 5)  # the episodes with action 1 are the better half
    settings, shares = {"learning_steps": 200, "learning_rate": 0.01}, []
    for agent in (PercentBC(share=0.5, **settings), BehaviourCloning(**settings)):
        begun(agent, data).learn_from(data)
        shares.append(agent.stacks["policy"](agent.every_state)[0].probs[:, :2, 1].detach().numpy())
    assert (shares[0] > 0.9).all()
    assert (abs(shares[1] - 0.5) < 0.2).all()


def test_steps_are_drawn_from_the_episodes_of_the_run_alone():
    data = Dataset.of([episode([0] * (n + 1), [0] * n, [0] * n) for n in (3, 1, 4, 2)], STATES, Discrete(2))
    steps = RecordedSteps(data, np.array([[2, 0], [1, 3]]))
    assert steps.counts.tolist() == [7, 3]
    drawn = steps.draw(np.random.default_rng(0), 2_000)
    assert [sorted(set(row)) for row in drawn.tolist()] == [[0, 1, 2, 4, 5, 6, 7], [3, 8, 9]]
    least = np.array([np.unique(row, return_counts=True)[1].min() for row in drawn])
    assert (least > 2_000 / steps.counts * 0.6).all()  # 6 standard errors and more
    order = {0: [4, 5, 6, 7, 0, 1, 2], 1: [3, 8, 9]}
    for run, sequences in enumerate(steps.draw_sequences(np.random.default_rng(0), 50, 5).tolist()):
        for sequence in sequences:
            first = order[run].index(sequence[0])
            assert sequence == [order[run][(first + i) % len(order[run])] for i in range(5)]
    assert np.flatnonzero(steps.begins).tolist() == [0, 3, 4, 8]


def test_a_network_with_memory_learns_what_the_last_observation_does_not_show():
    """The action is the state one step before. A network without memory can be right in half of the steps."""
    rng, episodes = np.random.default_rng(3), []
    for _ in range(30):
        state = rng.integers(2, size=13)
        episodes.append(episode(state, np.concatenate([[0], state[:-2]]), np.zeros(12)))
    data = Dataset.of(episodes, Discrete(2), Discrete(2))
    settings = {"learning_steps": 300, "learning_rate": 0.01, "sequence": 8}
    agent = begun(BehaviourCloning(network=Network(body="gru", widths=[8]), **settings), data)
    agent.learn_from(data)
    played = agent.frozen(sampled=False)
    for one in episodes[:5]:
        actions = np.array([played.act(np.full(RUNS, state)) for state in one.observation[:-1]])
        assert (actions[1:] == one.action[1:, None]).all()
        played.networks.start_anew(np.ones(RUNS, bool))


@pytest.mark.parametrize("name", CLONES)
def test_a_run_does_not_depend_on_its_neighbours(name):
    data, thetas = recorded(CartPole()), []
    for other in (False, True):
        agent = begun(quick(name), data)
        if other:
            agent.adam.thetas[0][2] += 0.1
        agent.learn_from(data)
        thetas.append(agent.adam.theta.clone())
    assert (thetas[0][:2] == thetas[1][:2]).all()
    assert (thetas[0][2] != thetas[1][2]).any()


@pytest.mark.parametrize("name", CLONES)
def test_the_same_seed_gives_the_same_result_and_another_seed_another(name):
    data = recorded(CartPole())
    cells = [Cell(quick(name), CartPole(), steps=60, runs=2, seed=seed, data=data) for seed in (1, 1, 2)]
    first, again, other = (simulate(cell).data for cell in cells)
    assert first.keys() >= {"returns", "greedy_returns", "weights"}
    for key, value in first.items():
        assert value.tobytes() == again[key].tobytes()
    assert first["weights"].tobytes() != other["weights"].tobytes()


def test_mistakes_are_refused_in_one_line():
    data = recorded(CartPole())
    few = len(data.lengths)
    with pytest.raises(SettingError, match=rf"needs agent.episodes={few + 1} episodes, and the data has {few}$"):
        Cell(quick("behaviour_cloning", episodes=few + 1), CartPole(), steps=20, runs=1, data=data)
    with pytest.raises(SettingError, match="data=null: must be set for agent=behaviour_cloning"):
        Cell(quick("behaviour_cloning"), CartPole(), steps=20, runs=1)
    for make, line in (
        (lambda: PercentBC(share=0.0), "share=0.0: must be above 0 and at most 1"),
        (lambda: PercentBC(share=1.1), "share=1.1: must be above 0 and at most 1"),
        (lambda: BehaviourCloning(episodes=0), "episodes=0: must be a whole number, 1 or more"),
        (lambda: BehaviourCloning(learning_steps=0), "learning_steps=0: must be a whole number, 1 or more"),
        (lambda: BehaviourCloning(batch=40, network=Network(body="gru")), "sequence=16: must divide the batch, 40"),
    ):
        with pytest.raises(SettingError, match=line):
            make()
