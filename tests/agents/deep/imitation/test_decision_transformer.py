"""The Decision Transformer: what it learns from, what it conditions on, and how it plays."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from gymnasium.spaces import Box, Discrete, MultiBinary, MultiDiscrete
from support.deep import OBSERVATIONS, RUNS, single
from support.quick_agents import quick
from support.recorded import recorded

from rlnotes.agents.base.agent import Problem, Transition
from rlnotes.agents.deep.imitation.decision_transformer import DecisionTransformer, returns_to_go, times
from rlnotes.base.errors import SettingError
from rlnotes.data.dataset import Dataset, Episode
from rlnotes.envs import KeyToDoor, Model, ModelEnv
from rlnotes.envs.control.cart_pole import CartPole
from rlnotes.nn.base.step_tokens import Given
from rlnotes.nn.network import Network
from rlnotes.simulation.cell import Cell
from rlnotes.simulation.learnt_policy import player
from rlnotes.simulation.simulate import simulate

NETWORK = Network(body="transformer", widths=[16], window=6)


def episode(reward, terminated=True, seed=0, actions=2):
    """An episode with these rewards [T], random observations of two numbers, and random actions."""
    rng, steps = np.random.default_rng(seed), len(reward)
    observation = rng.normal(size=(steps + 1, 2)).astype(np.float32)
    return Episode(observation, rng.integers(actions, size=steps), np.array(reward, float), terminated)


def of(*episodes, actions=2):
    return Dataset.of(episodes, OBSERVATIONS, Discrete(actions))


def begun(agent, data, time_limit=None):
    """The agent at the beginning of a problem with the spaces of the data."""
    problem = Problem(data.observation_space, data.action_space, RUNS, None, time_limit=time_limit)
    agent.begin(problem, np.random.default_rng(0))
    return agent


def learnt(agent, data, time_limit=None):
    begun(agent, data, time_limit).learn_from(data)
    return agent


def test_returns_to_go_and_times_are_those_of_the_episodes():
    data = of(episode([1, 0, 2]), episode([5]), episode([-1, 4]))
    assert returns_to_go(data).tolist() == [3, 2, 2, 5, 3, 4]
    assert times(data).tolist() == [0, 1, 2, 0, 0, 1]


def test_the_loss_is_the_mean_of_the_negative_log_probabilities_given_the_episode_so_far():
    """The sequence has the end of one episode and the beginning of the next, which does not see the first."""
    data = of(episode([0, 1, 0, 2], seed=1), episode([3, 0, 1], seed=2))
    agent = learnt(DecisionTransformer(learning_steps=2, network=NETWORK), data)
    steps = np.tile(np.arange(1, 7), (RUNS, 1, 1))
    found = agent.loss(steps)
    assert agent.tokens.unit.flatten().tolist() == [4] * RUNS
    for run in range(RUNS):
        policy, each = single(agent.stacks["policy"], run), []
        for first, last in ((1, 3), (4, 6)):
            i = np.arange(first, last + 1)
            time, to_go = np.array([1, 2, 3, 0, 1, 2])[i - 1], np.array([3, 2, 2, 4, 1, 1])[i - 1]
            given = Given(data.action[i - 1][None], to_go[None] / 4, time[None], data.observation[i][None])
            policy.encoder.unit = torch.ones(1)
            with torch.no_grad():
                each += policy(given)[0].log_prob(torch.tensor(data.action[i])).flatten().tolist()
        assert found[run].item() == pytest.approx(-np.mean(each), rel=1e-4)


def test_it_acts_on_the_tokens_that_the_data_would_have():
    """Played along a recorded episode towards its return, it has the policies of its training there, twice."""
    one = episode([0, 1, 0, 2, -1], seed=1)
    data = of(one, episode([0], seed=2))
    agent = learnt(DecisionTransformer(learning_steps=2, network=NETWORK, target_return=2), data)
    i = np.arange(5)[None, None]
    given = Given(data.action[i - 1], agent.to_go[i], agent.time[i], data.observation[i])
    with torch.no_grad():
        expected, _ = agent.policy.networks(Given(*(np.repeat(field, RUNS, 0) for field in given)))
    for _ in range(2):
        for t in range(5):
            agent.act(np.tile(one.observation[t], (RUNS, 1)))
            torch.testing.assert_close(
                agent.last_draw[0].logits[:, 0, 0], expected.logits[:, 0, t], rtol=1e-4, atol=1e-5
            )
            ended, action = np.full(RUNS, t == 4), np.full(RUNS, one.action[t])
            paid = np.full(RUNS, one.reward[t])
            agent.update(Transition(None, action, paid, None, ended, ~ended & False))


def test_the_target_is_the_best_return_that_its_run_has_learnt_from():
    data = of(*[episode([i, 0], seed=i) for i in range(8)])
    settings = {"learning_steps": 1, "network": NETWORK}
    assert learnt(DecisionTransformer(**settings), data).targets.tolist() == [7] * RUNS
    agent = learnt(DecisionTransformer(episodes=2, **settings), data)
    drawn = data.returns[agent.recorded.episodes]
    assert agent.targets.tolist() == drawn.max(axis=1).tolist()
    assert len(set(agent.targets)) > 1
    assert learnt(DecisionTransformer(target_return=3, **settings), data).targets.tolist() == [3] * RUNS


def test_a_target_that_no_episode_has_is_allowed_with_a_warning():
    data = of(episode([1, 0]), episode([2, 0]))
    agent = DecisionTransformer(learning_steps=1, network=NETWORK, target_return=2.5)
    with pytest.warns(UserWarning, match=r"^agent\.target_return=2\.5: the best recorded episode has 2$"):
        learnt(agent, data)
    assert agent.act(np.zeros((RUNS, 2), np.float32)).shape == (RUNS,)


def luck(episodes=200):
    """Action 0 pays 1; action 1 pays 5 or −5, evenly."""
    gambles = np.arange(episodes) % 2
    paid = np.where(gambles, np.where(np.arange(episodes) % 4 == 1, 5.0, -5.0), 1.0)
    each = [Episode(np.zeros(2, int), np.array([a]), np.array([r]), True) for a, r in zip(gambles, paid, strict=True)]
    return Dataset.of(each, Discrete(1), Discrete(2))


@pytest.mark.parametrize(("target", "gambles"), [(5.0, True), (None, True), (1.0, False), (-5.0, True)])
def test_it_imitates_the_lucky(target, gambles):
    """Given R̂ = 5, the gamble is the only action that it saw, though the gamble pays 0 on average and safe pays 1."""
    settings = {"learning_steps": 100, "learning_rate": 0.01}
    agent = learnt(DecisionTransformer(network=replace(NETWORK, window=1), target_return=target, **settings), luck())
    states = np.zeros(RUNS, int)
    agent.act(states)
    assert (agent.last_draw[0].probs[..., int(gambles)] > 0.9).all()
    assert (agent.frozen(sampled=False).act(states) == gambles).all()


def test_it_joins_the_lesson_of_the_first_step_to_the_last():
    """The action of the first step decides the return of the third; noise fills the steps between.

    The policy for R̂ = 1 repeats the sign, and that for R̂ = 0 does not. With 64 episodes there is no chance to be
    right in all runs and states without it, but 2^−24.
    """
    rng, episodes = np.random.default_rng(3), []
    for i in range(64):
        sign, action = i % 2, rng.integers(2, size=3)
        episodes.append(Episode(np.array([sign, 2, 2, 2]), action, np.array([0, 0, float(action[0] == sign)]), True))
    data = Dataset.of(episodes, Discrete(3), Discrete(2))
    settings = {"learning_steps": 150, "learning_rate": 0.01, "network": NETWORK}
    for target in (1.0, 0.0):
        played = learnt(DecisionTransformer(target_return=target, **settings), data).frozen(sampled=False)
        for sign in (0, 1):
            action = played.act(np.full(RUNS, sign))
            assert (action == (sign if target else 1 - sign)).all()
            ends = Transition(None, action, np.zeros(RUNS), None, np.ones(RUNS, bool), np.zeros(RUNS, bool))
            played.update(ends)


@pytest.mark.parametrize("sampled", [True, False])
def test_frozen_agents_count_rewards_down_and_begin_again(sampled):
    data = of(episode([1, 0, 2]), episode([1, 1, 1]))
    agent = learnt(DecisionTransformer(learning_steps=1, network=NETWORK), data)
    frozen = agent.frozen(sampled)
    networks = agent.policy if sampled else frozen.networks
    for reward, ended, left in ((1, False, 2), (2, False, 0), (0, True, 3)):
        action = frozen.act(np.zeros((RUNS, 2), np.float32))
        ends = np.full(RUNS, ended)
        frozen.update(Transition(None, action, np.full(RUNS, reward), None, ends, ~ends & False))
        assert networks.to_go.tolist() == [left] * RUNS
    assert networks.time.tolist() == [0] * RUNS


def test_only_whole_episodes_are_learnt_from():
    part, ended, limited = episode([9], False), episode([1, 0, 0]), episode([2, 0, 0, 0], False)
    settings = {"learning_steps": 1, "network": NETWORK}
    found = learnt(DecisionTransformer(**settings), of(part, ended, limited), time_limit=4)
    assert found.recorded.data.returns.tolist() == [1, 2]
    assert learnt(DecisionTransformer(**settings), of(part, ended)).recorded.data.returns.tolist() == [1]
    with pytest.raises(SettingError, match="has no whole episode: none terminated or has 4 steps, the time limit"):
        learnt(DecisionTransformer(**settings), of(part, part), time_limit=4)
    with pytest.raises(Exception, match=r"needs agent.episodes=2 episodes, and the data has 1"):
        learnt(DecisionTransformer(episodes=2, **settings), of(part, ended))


def test_where_no_episode_ends_the_longest_recordings_are_the_episodes():
    data = of(*[episode([i, 1], False) for i in range(3)], episode([9], False))
    agent = learnt(DecisionTransformer(learning_steps=1, network=NETWORK), data)
    assert agent.recorded.data.returns.tolist() == [1, 2, 3]


def test_what_it_has_learnt_is_in_the_result():
    """A player tries to get the best return of the data too, which the weights include."""
    env = CartPole(time_limit=12)
    cell = Cell(quick("decision_transformer"), env, steps=60, runs=2, data=recorded(env, steps=40))
    result = simulate(cell)
    best = cell.data.returns[cell.data.terminated[cell.data.first[1:] - 1] | (cell.data.lengths == 12)].max()
    assert player(cell.agent, env, result).networks.to_go.tolist() == [best, best]
    assert result.data["greedy_returns"].shape == (2, 5)


def test_a_checkpoint_in_an_episode_holds_everything_that_the_next_actions_need():
    data = of(*[episode([i, 1, 0, 0], seed=i) for i in range(4)])
    agent, again = (learnt(DecisionTransformer(learning_steps=n, network=NETWORK), data) for n in (3, 1))
    rng = np.random.default_rng(0)

    def step(actor):
        observation = rng.normal(size=(RUNS, 2)).astype(np.float32)
        action, no = actor.act(observation), np.zeros(RUNS, bool)
        actor.update(Transition(observation, action, np.ones(RUNS), observation, no, no))
        return action.tolist(), actor.last_draw[0].logits.tolist()

    for _ in range(3):
        step(agent)
    saved = agent.checkpoint()
    rng = np.random.default_rng(1)
    expected = [step(agent) for _ in range(4)]
    again.resume(saved)
    rng = np.random.default_rng(1)
    assert [step(again) for _ in range(4)] == expected


@pytest.mark.parametrize(
    "space", [Box(-1, 2, (2,)), MultiBinary(3), Discrete(4, start=-2), MultiDiscrete([3, 2], start=[-1, 4])]
)
def test_it_learns_and_plays_actions_of_any_space(space):
    space.seed(0)
    one = episode([0, 1, 0, 1, 0])
    data = Dataset.of([one._replace(action=np.array([space.sample() for _ in range(5)]))], OBSERVATIONS, space)
    agent = learnt(DecisionTransformer(learning_steps=3, network=NETWORK), data)
    frozen, no = agent.frozen(sampled=False), np.zeros(RUNS, bool)
    for t in range(4):
        observation = np.tile(one.observation[t], (RUNS, 1))
        for actor in (agent, frozen):
            action = actor.act(observation)
            assert all(space.contains(one) for one in action)
            actor.update(Transition(observation, action, np.zeros(RUNS), observation, no, no))


def test_masks_leave_no_probability_to_actions_that_are_not_allowed():
    one = episode([0, 1, 0, 1], actions=1)
    allowed = np.tile([True, False, True], (5, 1))
    data = of(one._replace(allowed=allowed), actions=3)
    agent = learnt(DecisionTransformer(learning_steps=1, network=NETWORK), data)
    loss = agent.loss(np.tile(np.arange(4), (RUNS, 1, 1)))
    assert loss.tolist() == pytest.approx([np.log(2)] * RUNS, abs=0.1)


def test_mistakes_are_refused_in_one_line():
    problem = Problem(OBSERVATIONS, Discrete(2), RUNS, 10)
    for make, line in (
        (lambda: DecisionTransformer(network=Network(body="mlp")), "network.body=mlp: must be transformer"),
        (lambda: DecisionTransformer(target_return=np.inf), "target_return=inf: must be a finite number, or null"),
        (
            lambda: DecisionTransformer(network=replace(NETWORK, window=10**7)).check(problem),
            r"agent.network.window=10000000: needs [\d,.]+ GB of memory",
        ),
    ):
        with pytest.raises(SettingError, match=line) as error:
            make()
        assert "\n" not in str(error.value)


@pytest.mark.slow
def test_it_finds_the_key_in_episodes_of_random_play_and_cloning_does_not():
    """In rooms of three by three cells a random policy has 0.045, and the greedy policies of clones are no better.

    Of four runs the worst is left out: a run may learn to walk into a wall.
    """
    env = KeyToDoor(size=3, stay=4, wait=10, observation="planes", time_limit=18)
    data = recorded(env, runs=50, steps=18 * 20)
    network = {"body": "transformer", "widths": [32], "window": 4}
    settings = {"learning_steps": 500, "learning_rate": "linear:0.005:0.0002:100%"}
    scores = {}
    for name, more in (("decision_transformer", {"network": network, "batch": 64}), ("behaviour_cloning", {})):
        cell = Cell(quick(name, **settings | more), env, steps=18, runs=4, evaluation_episodes=100, data=data)
        scores[name] = np.sort(simulate(cell).data["greedy_returns"].mean(axis=1))[1:].mean()
    assert scores["decision_transformer"] > 0.5
    assert scores["behaviour_cloning"] < 0.25


def test_a_finite_model_is_played_too():
    """States are observed, so the problem has a model, but its policy depends on more than the state."""
    env = ModelEnv(
        Model.from_function(range(2), range(2), lambda s, a: [(1.0, 1, float(a), s == 1)], start=0, discount=1.0),
        time_limit=5,
    )
    cell = Cell(quick("decision_transformer"), env, steps=20, runs=2, data=recorded(env, steps=20))
    assert simulate(cell).data["greedy_returns"].shape[0] == 2
