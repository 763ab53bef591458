"""Agents that explore on purpose in episodes of a known length, and those that learn a softmax policy [notes 2.6]."""

from dataclasses import replace
from functools import partial
from itertools import islice
from math import inf, log, nan, sqrt

import numpy as np
import pytest
from gymnasium.spaces import Discrete
from test_tabular import ACTIONS, AT, DISCOUNT, RUNS, SPACES, STATES, STEPS, choice, drive, refusal, stream
from test_tabular_methods import BLOCKED, seldom, tables

from rlnotes.agents import PSRL, UCBQ, UCBVI, QLearning, RMax, SoftmaxActorCritic, SoftmaxReinforce
from rlnotes.agents.base.agent import Problem, ProblemError, Transition
from rlnotes.agents.tabular.base.episodic_agent import EpisodicAgent
from rlnotes.base.random_streams import uniforms
from rlnotes.envs import Chain, CliffWalking, Garnet, Gridworld, RiverSwim, WindyGridworld
from rlnotes.envs.mdps.base.model_env import ModelEnv
from rlnotes.envs.registered import Registered
from rlnotes.simulation.cell import Cell
from rlnotes.simulation.simulate import simulate

H, LEAST, LARGEST = 5, -1.5, 2.0
BOUNDS = {"least_reward": LEAST, "largest_reward": LARGEST}
HIGHEST = [LARGEST * sum(DISCOUNT**i for i in range(H - h)) for h in range(H)]
SPAN = [(1 - LEAST / LARGEST) * most for most in HIGHEST]
LUCK = np.array([*islice(uniforms(np.random.default_rng(8), RUNS), STEPS)])  # what is drawn to act
FOUR = [UCBQ(**BOUNDS), UCBVI(**BOUNDS), RMax(**BOUNDS, m=2), PSRL(**BOUNDS)]
IOTA = [log(STATES * ACTIONS * max(t, 1) / 0.1) for t in range(STEPS)]
PLANNERS = [(UCBVI(**BOUNDS, bonus=c), lambda n, t, c=c: c * np.sqrt(IOTA[t] / n)) for c in (0.0, 0.02, 0.2)]
PLANNERS += [(RMax(**BOUNDS, m=m), lambda n, t, m=m: np.where(n >= m, 0.0, inf)) for m in (1, 4, 10)]
SOFT = [(0.5, 0.1), (1, 0.0), ("linear:0.9:0.1:250", 0.5), ("exponential:0.8:0.05:250", 1)]
SOFTMAX = [(agent, *rest) for agent in (SoftmaxReinforce, SoftmaxActorCritic) for rest in SOFT]
SPREAD = [(partial(SoftmaxReinforce, entropy=weight), *SOFT[0]) for weight in (0.3, 2.0)]


def limited(seed):
    """The stream with rewards −1 and 1 and a time limit of H steps, which alone truncates."""
    (state, reward, following, terminated, truncated), h = stream(seed), np.zeros(RUNS, int)
    for t in range(STEPS):
        truncated[t] = (h == H - 1) & ~terminated[t]
        h = np.where(terminated[t] | truncated[t], 0, h + 1)
    last = np.where(terminated | truncated, following, np.roll(state, -1, axis=0))
    return state, 2 * reward - 1, last, terminated, truncated


def play(agent, told, model=None):  # with a limit
    begin = agent.begin
    agent.begin = lambda problem, rng: begin(replace(problem, time_limit=H), rng)
    return drive(agent, told, model)


def of_run(run, *columns):
    return zip(*(column[:, run].tolist() for column in columns), strict=True)


@BLOCKED
@pytest.mark.parametrize("bonus", [0.0, 0.01, 0.3])
def test_ucb_q_is_its_pseudo_code_number_for_number(bonus, blocked):
    table, model = tables(0, blocked)
    actions = play(learner := UCBQ(**BOUNDS, bonus=bonus), told := limited(3), model)
    for run in range(RUNS):
        q, visits, h = [(table + top).tolist() for top in HIGHEST], np.zeros((H, STATES, ACTIONS), int).tolist(), 0
        for t, (s, reward, after, terminated, truncated, u, a) in enumerate(of_run(run, *told, LUCK, actions)):
            assert a == choice(q[h][s], 0.0, u)
            n = visits[h][s][a] = visits[h][s][a] + 1
            value = 0.0 if terminated or h == H - 1 else min(max(q[h + 1][after]), HIGHEST[h + 1])
            doubt = bonus * SPAN[0] * sqrt(log(STATES * ACTIONS * (t + 1) / 0.1)) * sqrt(H / n)
            q[h][s][a] += (H + 1) / (H + n) * (reward + DISCOUNT * value + doubt - q[h][s][a])
            h = 0 if terminated or truncated else h + 1
        assert (learner.q[run] == np.concatenate(q)).all()


def backward(chance, reward, discount, highest, policy=None):
    """Q_h = min(r_h + γ Σ_s' p(s') V_{h+1}(s'), the most) in loops, where r_h > −∞, and V_0; V is the best, or of π."""
    value, q = np.zeros(chance.shape[2]), np.full(reward.shape, -inf)
    for h in reversed(range(len(q))):
        for s, a in np.argwhere(reward[h] > -inf):
            q[h, s, a] = min(reward[h, s, a] + discount * (chance[s, a] @ value), highest[h])
        value[:-1] = q[h].max(axis=1) if policy is None else q[h, range(len(q[h])), policy[h]]
    return q, value[:-1]


def exact(model, limit, discount, policy=None):
    chance, row = np.zeros((*model.available.shape, model.states + 1)), np.arange(model.row_count)
    np.add.at(chance.reshape(len(row), -1), (row.repeat(np.diff(model.offsets)), model.successor), model.probability)
    q, value = backward(chance, np.stack([model.expected_reward] * limit), discount, [inf] * limit, policy)
    return q, model.start @ value


def counted(steps):
    """How often (s, a) was followed by which state, or the end, and the sum of its rewards."""
    count, total = np.zeros((STATES, ACTIONS, STATES + 1)), np.zeros((STATES, ACTIONS))
    for s, reward, after, terminated, _, a in steps:
        count[s, a, STATES if terminated else after] += 1
        total[s, a] += reward
    return count, total


@BLOCKED
@pytest.mark.parametrize(("agent", "bonus"), [*PLANNERS, (PSRL(**BOUNDS), None)])
def test_an_episode_is_planned_by_backward_induction_in_what_is_believed(agent, bonus, blocked):
    """Numbers round in another order here, which may undo ties of the best: actions are those of the agent's table."""
    (table, model), learner, told = tables(0, blocked), replace(agent), limited(3)
    before, plans, choose, believe = [], [], learner.choose, learner.believe
    learner.choose = lambda state: (before.append(learner.q.copy()), choose(state))[1]
    learner.believe = lambda runs: plans.append((len(before), runs, believe(runs))) or plans[-1][2]
    actions, close = play(learner, told, model), partial(np.testing.assert_allclose, rtol=0, atol=1e-9)
    believed = {(t, run): part for t, runs, parts in plans for run, *part in zip(runs, *parts, strict=True)}
    for run in range(0, RUNS, 3):
        steps, h = list(of_run(run, *told, actions)), 0
        for t, (s, _, _, *ended, a) in enumerate(steps):
            if h == 0:
                chance, mean, doubt = believed[t, run]
                hopeful = np.where(table > -inf, mean + np.multiply.outer(SPAN, doubt), -inf)
                close(before[t][run], backward(chance, hopeful, DISCOUNT, HIGHEST)[0].reshape(-1, ACTIONS))
            if h == 0 and bonus:
                count, total = counted(steps[:t])
                tried = np.maximum(n := count.sum(axis=2), 1)
                expected = count / tried[..., None], total / tried, np.where(n > 0, bonus(tried, t), inf)
                [close(*pair) for pair in zip(believed[t, run], expected, strict=True)]
            assert (before[t][run] == before[t - h][run]).all()
            assert a == choice(before[t][run, h * STATES + s].tolist(), 0.0, LUCK[t, run])
            h = 0 if any(ended) else h + 1


@pytest.mark.parametrize(("prior", "steps"), [(0.5, 5), (3.0, 5), (0.5, STEPS)])
def test_psrl_draws_from_the_posterior(prior, steps):
    """Means and variances of 20,000 draws within 6 standard errors: a false alarm with probability 6e-7, if normal."""
    learner, told = PSRL(**BOUNDS, prior=prior), [column[:steps] for column in limited(3)]
    count, total = counted(of_run(0, *told, play(learner, told)))
    (chance, mean, _), n = learner.believe(np.zeros(20_000, int)), count.sum(axis=2)
    law, middle = (prior / (STATES + 1) + count) / (prior + n)[..., None], (LEAST + LARGEST) / 2
    dirichlet, normal = law * (1 - law) / (prior + n + 1)[..., None], (LARGEST - middle) ** 2 / (1 + n)
    for draws, centre, variance in ((chance, law, dirichlet), (mean, (middle + total) / (1 + n), normal)):
        for x, mu in ((draws, centre), ((draws - centre) ** 2, variance)):
            assert (np.abs(x.mean(axis=0) - mu) <= 6 * x.std(axis=0) / np.sqrt(len(x))).all()


@pytest.mark.parametrize("agent", FOUR)
def test_a_run_does_not_depend_on_what_its_neighbour_meets(agent):
    told, others = limited(3), np.arange(RUNS) != 3
    mixed = [np.where(others, own, theirs) for own, theirs in zip(told, limited(4), strict=True)]
    (first, q), (second, r) = ((play(one := replace(agent), told), one.q) for told in (told, mixed))
    assert (first[:, others] == second[:, others]).all()
    assert ((q == r).all(axis=(1, 2)) == others).all()


@pytest.mark.parametrize("agent", [UCBQ(bonus=1, delta=1e-12), UCBVI(bonus=sqrt(0.5), delta=1e-12)])
def test_who_doubts_enough_never_believes_less_than_can_be_had(agent, monkeypatch):
    """By the inequalities of Azuma and Hoeffding a false alarm has probability 1e-7 for any seed."""
    env, seen, update = Garnet(states=4, actions=2, branching=2, time_limit=4), [], EpisodicAgent.update
    monkeypatch.setattr(EpisodicAgent, "update", lambda self, step: (update(self, step), seen.append(self.q.copy())))
    simulate(Cell(agent, env, steps=4_000, runs=20))
    assert (np.array(seen) >= exact(env.model, 4, env.discount)[0].reshape(-1, 2) - 1e-9).all()
    assert isinstance(agent, UCBQ) or (np.array(seen) <= seen[0]).all()  # at first the most there can be


def test_exploring_on_purpose_swims_up_the_river_and_epsilon_greedy_does_not():
    """Regrets are 29 ± 77, 63 ± 76 and 646 ± 67 (of a run) against 3,305 ± 1: 0.3 of it is 20 standard errors away."""
    env, agents = RiverSwim(discount=1.0, time_limit=20), (QLearning(alpha=0.1), UCBVI(), PSRL(), UCBQ(bonus=0.001))
    results = [simulate(Cell(agent, env, episodes=1_000, runs=20, seed=1)) for agent in agents]
    greedy, *others = (result.curve("episode_regret")[1][:, -1].mean() for result in results)
    assert max(others) < 0.3 * greedy


def test_the_best_return_is_the_undiscounted_value_of_an_episode():
    for env in (RiverSwim(discount=0.5, time_limit=7), Garnet(states=8, time_limit=9), Gridworld(discount=0.5)):
        best = exact(env.model, env.time_limit or 300, 1.0)[1]  # after 300 steps all have ended
        assert Cell(QLearning(), env).truth.best_return == pytest.approx(best, abs=1e-9)
    assert {Cell(QLearning(), CliffWalking(discount=gamma)).truth.best_return for gamma in (1.0, 0.9)} == {-13}
    assert Cell(QLearning(), Gridworld(step_reward=1.0)).truth.best_return is None  # infinite
    chain = Cell(RMax(m=1), Chain(states=6, slip=0.0, discount=1.0, time_limit=12), episodes=30, runs=50)
    assert (simulate(chain).data["returns"][:, 12:] == chain.truth.best_return).all()


def test_the_regret_of_episodes_adds_up_what_their_returns_fall_short_of_the_best():
    result = simulate(Cell(RMax(m=1), env := CliffWalking(time_limit=20), steps=2_000, runs=4))
    (number, curve), returns = result.curve("episode_regret"), result.data["returns"].tolist()
    ended, best = min(sum(value == value for value in run) for run in returns), exact(env.model, 20, 1.0)[1]
    assert number.tolist() == list(range(1, ended + 1))
    assert ended < len(returns[0])  # some runs had more episodes than others
    for run, drawn in zip(returns, curve, strict=True):
        assert drawn == pytest.approx([sum(best - value for value in run[: n + 1]) for n in range(ended)], abs=1e-9)


@BLOCKED
@pytest.mark.parametrize(("agent", "alpha", "beta"), [*SOFTMAX, (SoftmaxActorCritic, "1/visits", 0.2), *SPREAD])
@pytest.mark.parametrize("told", [stream(3), seldom(stream(4))], ids=("", "long"))
def test_a_softmax_policy_climbs_its_gradient_number_for_number(agent, alpha, beta, told, blocked):
    table, model = tables(0, blocked)
    actions = drive(learner := agent(alpha, beta), told, model)
    for run in range(RUNS):
        theta, v, visits, episode = table.copy(), [0.0] * STATES, np.zeros((STATES, ACTIONS), int), []
        for t, (s, reward, after, terminated, truncated, u, a) in enumerate(of_run(run, *told, LUCK, actions)):
            assert a == np.argmax(u < np.cumsum(np.exp(theta[s])) / np.exp(theta[s]).sum())
            visits[s, a] += 1
            step_size, target = AT[alpha](t, visits[s, a]), 0.0 if terminated else v[after]
            episode.append([s, a, reward])
            if isinstance(learner, SoftmaxReinforce) and not terminated and not truncated:
                continue
            for step in reversed(episode):
                step[2] = target = step[2] + DISCOUNT * target
            for s, a, target in episode:
                error, shares = target - v[s], np.exp(theta[s]) / np.exp(theta[s]).sum()
                log = np.log(np.where(shares > 0, shares, 1))
                spread = getattr(learner, "entropy", 0) * -shares * (log - (shares * log).sum())
                theta[s] += step_size * (error * ((np.arange(ACTIONS) == a) - shares) + spread)
                v[s] += beta * error
            episode = []
        np.testing.assert_allclose(np.c_[learner.theta[run], learner.v[run]], np.c_[theta, v], rtol=0, atol=1e-12)


@pytest.mark.parametrize("agent", FOUR)
def test_what_an_episode_may_be_is_told_or_asked_for(agent):
    bare, kind, refused = Problem(*SPACES, 1, 9, 1.0, None, 4), type(agent), partial(refusal, error=ProblemError)
    bad = {"bonus": (-0.1, inf, nan), "delta": (0, 1, -0.5, nan), "m": (0, 1.5), "prior": (0, -1, nan)}
    for name in vars(agent):
        for value in bad.get(name, (inf, nan)):
            assert refusal(partial(kind, **{name: value})).startswith(f"{name}={value}: must be ")
    assert "it needs episodes of a known number" in refusal(lambda: Cell(kind(), RiverSwim(time_limit=None)))
    for some in ({}, {"least_reward": -1.0}, {"largest_reward": 2.0}):
        assert "agent.least_reward and agent.largest_reward" in refused(partial(kind(**some).check, bare))
    assert refused(partial(kind(least_reward=2, largest_reward=1).check, bare)).endswith("not 2 and 1")
    cliff, two = replace(bare, model=CliffWalking().model), {"least_reward": 2, "largest_reward": 3}
    assert [kind(**some).rewards(cliff) for some in ({}, {"largest_reward": -1}, two)] == [(-100, 0), (-100, 0), (0, 3)]


CLIFF, WINDY, GARNET = CliffWalking(time_limit=30), WindyGridworld(time_limit=25), Garnet(states=10, time_limit=15)
POND = ModelEnv(Registered("FrozenLake-v1").model, time_limit=25)
PLAIN = (150, RMax(m=1)), (200, UCBVI(bonus=0)), (3_500, UCBQ(bonus=0))
NOISY = (300, RMax(m=30)), (500, UCBVI(bonus=0.01)), (2_000, UCBQ(bonus=0.001))
SLIPPERY = (1_500, RMax(m=20)), (1_000, UCBVI(bonus=0.003)), (5_000, UCBQ(bonus=0))
ENVS = (CLIFF, 1e-9, PLAIN), (WINDY, 1e-9, PLAIN), (GARNET, 0.1, NOISY), (POND, 0.03, SLIPPERY)
SETTINGS = [(env, tolerance, *one) for env, tolerance, several in ENVS for one in several]
SETTINGS += [(CLIFF, 1e-9, 150, PSRL(least_reward=-1, prior=0.1)), (GARNET, 0.3, 1_000, PSRL())]
SETTINGS += [(POND, 0.03, 2_000, PSRL(largest_reward=0.1, prior=0.03))]  # believing that rewards are rare


@pytest.mark.parametrize(("env", "tolerance", "episodes", "agent"), SETTINGS)
def test_in_the_end_the_greedy_policy_is_the_best(env, tolerance, episodes, agent, monkeypatch):
    """Within the tolerance, in most of 20 runs; of 60 at least 9 in 10 were, so a false alarm has probability 7e-6."""
    monkeypatch.setattr(EpisodicAgent, "report", lambda self: {"q": self.q})
    q = simulate(Cell(agent, env, episodes=episodes, runs=20)).data["q"]
    policies, told = q.argmax(axis=2).reshape(20, env.time_limit, -1), (env.model, env.time_limit, env.discount)
    value, best = np.array([exact(*told, policy)[1] for policy in policies]), exact(*told)[1]
    assert best - tolerance <= np.median(value) <= value.max() <= best + 1e-9


def test_whatever_the_prior_a_sample_is_a_law():
    for prior in (1e-9, 1e-3, 1e9):
        agent = PSRL(prior=prior)
        agent.begin(Problem(Discrete(6), Discrete(2), 3, None, 1.0, RiverSwim().model, 9), np.random.default_rng(1))
        chance, *_ = agent.believe(np.arange(3))
        np.testing.assert_allclose(chance.sum(axis=3), 1)
        assert np.isfinite(agent.q).all()


@pytest.mark.parametrize("agent", FOUR)
def test_an_episode_that_outlasts_its_limit_is_taken_for_another(agent):
    agent.begin(Problem(*SPACES, 2, None, 1.0, None, 3), np.random.default_rng(1))
    state, never = np.zeros(2, int), np.zeros(2, bool)
    for t in range(10):
        assert agent.h.tolist() == [t % 3] * 2
        agent.update(Transition(state, agent.act(state), np.zeros(2), state, never, never))
