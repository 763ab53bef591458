"""Agents that explore on purpose in episodes of a known length, and those that learn a softmax policy [notes 2.6]."""

from dataclasses import replace
from functools import cache, partial
from itertools import pairwise
from math import exp, inf, log, nan, sqrt

import numpy as np
import pytest
import test_tabular
from test_tabular import ACTIONS, AT, DISCOUNT, RUNS, SPACES, STATES, STEPS, choice, refusal, stream
from test_tabular_methods import BLOCKED, seldom, tables

from rlnotes.agents import PSRL, TD, UCBQ, UCBVI, QLearning, RMax, SoftmaxActorCritic, SoftmaxReinforce
from rlnotes.agents.agent import Problem, ProblemError
from rlnotes.agents.tabular.episodic_agent import EpisodicAgent
from rlnotes.envs import Chain, CliffWalking, Garnet, Gridworld, RiverSwim, WindyGridworld
from rlnotes.envs.mdps.mdp import ModelEnv
from rlnotes.envs.mdps.model import Model
from rlnotes.envs.registered import Registered
from rlnotes.experiment import Cell

H, LEAST, LARGEST = 5, -1.5, 2.0
BOUNDS = {"least_reward": LEAST, "largest_reward": LARGEST}
WEIGHT = [sum(DISCOUNT**i for i in range(H - h)) for h in range(H)]
HIGHEST, SPAN = [LARGEST * weight for weight in WEIGHT], [(LARGEST - LEAST) * weight for weight in WEIGHT]
LUCK = np.random.default_rng(8).random((STEPS, RUNS))  # what is drawn to act
FOUR = [UCBQ(**BOUNDS), UCBVI(**BOUNDS), RMax(**BOUNDS, m=2), PSRL(**BOUNDS)]


def limited(seed):
    """The stream with rewards −1 and 1 and a time limit of H steps, which alone truncates."""
    state, reward, following, terminated, truncated = stream(seed)
    h = np.zeros(RUNS, int)
    for t in range(STEPS):
        truncated[t] = (h == H - 1) & ~terminated[t]
        h = np.where(terminated[t] | truncated[t], 0, h + 1)
    following = np.where(terminated | truncated, following, np.roll(state, -1, axis=0))
    return state, 2 * reward - 1, following, terminated, truncated


def drive(agent, told, model=None):
    """The actions [STEPS, RUNS] of an agent that is told of the limit."""
    begin = agent.begin
    agent.begin = lambda problem, rng: begin(replace(problem, time_limit=H), rng)
    return test_tabular.drive(agent, told, model)


def of_run(run, *columns):
    return zip(*(column[:, run].tolist() for column in columns), strict=True)


@BLOCKED
@pytest.mark.parametrize("bonus", [0.0, 0.01, 0.3])
def test_ucb_q_is_its_pseudo_code_number_for_number(bonus, blocked):
    table, model = tables(0, blocked)
    actions = drive(learner := UCBQ(**BOUNDS, bonus=bonus), told := limited(3), model)
    for run in range(RUNS):
        q, visits, h = [(table + top).tolist() for top in HIGHEST], np.zeros((H, STATES, ACTIONS), int).tolist(), 0
        for t, (s, reward, after, terminated, truncated, u, a) in enumerate(of_run(run, *told, LUCK, actions)):
            assert a == choice(q[h][s], 0.0, u)
            visits[h][s][a] += 1
            n, value = visits[h][s][a], 0.0
            if not terminated and h < H - 1:
                value = min(max(q[h + 1][after]), HIGHEST[h + 1])
            doubt = bonus * SPAN[0] * sqrt(log(STATES * ACTIONS * (t + 1) / 0.1)) * sqrt(H / n)
            q[h][s][a] += (H + 1) / (H + n) * (reward + DISCOUNT * value + doubt - q[h][s][a])
            h = 0 if terminated or truncated else h + 1
        assert (learner.q[run] == np.concatenate(q)).all()


def induction(chance, mean, bonus, available):
    """Q_h(s, a) [H · STATES, ACTIONS] = min(r + B_h bonus + γ Σ_s' p(s') max_a Q_{h+1}(s', a), the most), in loops."""
    value, q = [0.0] * STATES, []
    for h in range(H - 1, -1, -1):
        table = [[-inf] * ACTIONS for _ in range(STATES)]
        for s, a in np.argwhere(available).tolist():
            following = sum(chance[s][a][k] * value[k] for k in range(STATES))
            table[s][a] = min(mean[s][a] + SPAN[h] * bonus[s][a] + DISCOUNT * following, HIGHEST[h])
        value, q = [max(row) for row in table], table + q
    return q


def counted(steps):
    """How often (s, a) was followed by which state, or the end, and the sum of its rewards."""
    count, total = np.zeros((STATES, ACTIONS, STATES + 1)), np.zeros((STATES, ACTIONS))
    for s, reward, after, terminated, _, a in steps:
        count[s, a, STATES if terminated else after] += 1
        total[s, a] += reward
    return count, total


def doubtful(c, n, t):
    return c * sqrt(log(STATES * ACTIONS * max(t, 1) / 0.1) / n) if n else inf


PLANNERS = [(UCBVI(**BOUNDS, bonus=c), partial(doubtful, c)) for c in (0.0, 0.02, 0.2)]
PLANNERS += [(RMax(**BOUNDS, m=m), lambda n, t, m=m: 0.0 if n >= m else inf) for m in (1, 4, 10)]
PLANNERS += [(PSRL(**BOUNDS), None)]


@BLOCKED
@pytest.mark.parametrize(("agent", "bonus"), PLANNERS)
def test_an_episode_is_planned_by_backward_induction_in_what_is_believed(agent, bonus, blocked):
    """Numbers round in another order here, which may undo ties of the best: actions are those of the agent's table."""
    (table, model), learner, told = tables(0, blocked), replace(agent), limited(3)
    before, believed, choose, believe = [], {}, learner.choose, learner.believe

    def noted(runs):
        parts = believe(runs)
        believed.update({(len(before), run): part for run, *part in zip(runs.tolist(), *parts, strict=True)})
        return parts

    learner.believe, learner.choose = noted, lambda state: (before.append(learner.q.copy()), choose(state))[1]
    actions, close = drive(learner, told, model), partial(np.testing.assert_allclose, rtol=0, atol=1e-9)
    for run in range(RUNS):
        steps, h = list(of_run(run, *told, actions)), 0
        for t, (s, _, _, *ended, a) in enumerate(steps):
            if h == 0:
                likeliest = [part.tolist() for part in believed[t, run]]
                q = np.array(induction(*likeliest, table > -inf))
            if h == 0 and bonus:
                count, total = counted(steps[:t])
                n = np.maximum(tried := count.sum(axis=2), 1)
                doubt = [[bonus(tried[s, a], t) for a in range(ACTIONS)] for s in range(STATES)]
                for part, expected in zip(likeliest, (count / n[..., None], total / n, doubt), strict=True):
                    close(part, expected)
            close(before[t][run], q)
            assert a == choice(before[t][run, h * STATES + s].tolist(), 0.0, LUCK[t, run])
            h = 0 if any(ended) else h + 1


@pytest.mark.parametrize("prior", [0.5, 3.0])
@pytest.mark.parametrize("steps", [5, STEPS])
def test_psrl_draws_from_the_posterior(prior, steps):
    """Means and variances of 20,000 draws of 144 numbers, within 6 standard errors: a false alarm with probability
    6e-7, were they normal."""
    learner, told = PSRL(**BOUNDS, prior=prior), [column[:steps] for column in limited(3)]
    count, total = counted(of_run(0, *told, drive(learner, told)))
    chance, mean, _ = learner.believe(np.zeros(20_000, int))
    n, middle, std = count.sum(axis=2), (LEAST + LARGEST) / 2, (LARGEST - LEAST) / 2
    law = (prior / (STATES + 1) + count) / (prior + n)[..., None]
    dirichlet, normal = law * (1 - law) / (prior + n + 1)[..., None], std**2 / (1 + n)
    for draws, centre, variance in ((chance, law, dirichlet), (mean, (middle + total) / (1 + n), normal)):
        for x, mu in ((draws, centre), ((draws - centre) ** 2, variance)):
            assert (np.abs(x.mean(axis=0) - mu) <= 6 * x.std(axis=0) / np.sqrt(len(x))).all()


@pytest.mark.parametrize("agent", FOUR)
def test_a_run_does_not_depend_on_what_its_neighbour_meets(agent):
    told, others = limited(3), np.arange(RUNS) != 3
    mixed = [np.where(others, own, theirs) for own, theirs in zip(told, limited(4), strict=True)]
    (first, q), (second, r) = ((drive(one := replace(agent), told), one.q) for told in (told, mixed))
    assert (first[:, others] == second[:, others]).all()
    assert (q[others] == r[others]).all()
    assert (q[3] != r[3]).any()


def test_r_max_plays_a_chain_without_luck_the_best_way_once_it_has_tried_all():
    cell = Cell(RMax(m=1), Chain(states=6, slip=0.0, discount=1.0, time_limit=12), episodes=30, runs=50)
    assert cell.best_return == 70
    assert (cell.simulate().data["returns"][:, 12:] == 70).all()


def exact(model, horizon, discount, policy=None):
    """Q_h(s, a) [horizon, states, actions] of the best policy or of π_h(s), and its value from the start, in loops."""
    columns = model.next_state, model.probability, model.reward, model.terminated
    entries, q = list(zip(*(column.tolist() for column in columns), strict=True)), []
    rows, value = [entries[i:j] for i, j in pairwise(model.offsets.tolist())], [0.0] * model.states
    for h in range(horizon - 1, -1, -1):
        after = [[p * (r + (0.0 if end else discount * value[k])) for k, p, r, end in row] or [-inf] for row in rows]
        row = [sum(parts) for parts in after]
        q.insert(0, [row[i : i + model.actions] for i in range(0, len(row), model.actions)])
        value = [max(of_s) if policy is None else of_s[policy[h][s]] for s, of_s in enumerate(q[0])]
    return np.array(q), float(np.dot(model.start, value))


@pytest.mark.parametrize("agent", [UCBQ(bonus=1, delta=1e-12), UCBVI(bonus=sqrt(0.5), delta=1e-12)])
def test_who_doubts_enough_never_believes_less_than_can_be_had(agent, monkeypatch):
    """By the inequalities of Azuma and Hoeffding a false alarm has probability 1e-7 for any seed."""
    env, over, update = Garnet(states=4, actions=2, branching=2, time_limit=4), [], EpisodicAgent.update
    best = exact(env.model, 4, env.discount)[0].reshape(-1, 2)

    def checked(self, transition):
        update(self, transition)
        over.append(self.q - best)
        assert isinstance(self, UCBQ) or (self.q <= np.repeat(self.highest, 4)[:, None]).all()

    monkeypatch.setattr(EpisodicAgent, "update", checked)
    Cell(agent, env, steps=4_000, runs=20).simulate()
    assert np.min(over) >= -1e-9
    print(over[0].mean(), over[-1].mean())


@cache
def regret(agent, **settings):
    cell = Cell(agent(**settings), RiverSwim(discount=1.0, time_limit=20), episodes=1_000, runs=20, seed=1)
    return cell.simulate().curve("episode_regret")[1][:, -1]


@pytest.mark.parametrize(("agent", "settings"), [(UCBVI, {}), (PSRL, {}), (UCBQ, {"bonus": 0.001})])
def test_exploring_on_purpose_swims_up_the_river_and_epsilon_greedy_does_not(agent, settings):
    """Regrets are 31 ± 74, 66 ± 78 and 658 ± 68 (standard deviations of a run) against 3,305 ± 1 of Q-learning, which
    never comes to the end; their means of 20 runs are 20 standard errors below 0.3 of that."""
    assert regret(agent, **settings).mean() < 0.3 * regret(QLearning, alpha=0.1).mean()


def test_the_best_return_is_the_undiscounted_value_of_an_episode():
    for env in (RiverSwim(discount=0.5, time_limit=7), Garnet(states=8, time_limit=9), CliffWalking(time_limit=20)):
        for agent in (UCBVI(), QLearning()):
            assert Cell(agent, env).best_return == pytest.approx(exact(env.model, env.time_limit, 1.0)[1], abs=1e-9)
    for env in (CliffWalking(discount=0.9), Gridworld(discount=0.5)):  # without a limit; after 300 steps all have ended
        assert Cell(QLearning(), env).best_return == pytest.approx(exact(env.model, 300, 1.0)[1], abs=1e-9)
    assert Cell(QLearning(), CliffWalking()).best_return == -13
    assert Cell(TD(), CliffWalking(time_limit=20)).best_return is None
    paid_to_stay = Model.from_arrays(np.eye(2)[[[0, 1], [1, 1]]], np.ones((2, 2)), terminal=[1], start=0, discount=0.9)
    assert Cell(QLearning(), ModelEnv(paid_to_stay)).best_return is None


def test_the_regret_of_episodes_adds_up_what_their_returns_fall_short_of_the_best():
    result = Cell(RMax(m=1), env := CliffWalking(time_limit=20), steps=2_000, runs=4).simulate()
    (number, curve), returns = result.curve("episode_regret"), result.data["returns"].tolist()
    ended, best = min(sum(value == value for value in run) for run in returns), exact(env.model, 20, 1.0)[1]
    assert number.tolist() == list(range(1, ended + 1))
    assert ended < len(returns[0])  # some runs had more episodes than others
    for run, drawn in zip(returns, curve, strict=True):
        assert drawn == pytest.approx([sum(best - value for value in run[: n + 1]) for n in range(ended)], abs=1e-9)


def shares(preferences):
    weights = [exp(x - max(preferences)) for x in preferences]
    return [weight / sum(weights) for weight in weights]


SOFT = [(0.5, 0.1), (1, 0.0), ("linear:0.9:0.1:250", 0.5), ("exponential:0.8:0.05:250", 1)]
SOFTMAX = [(agent, *rest) for agent in (SoftmaxReinforce, SoftmaxActorCritic) for rest in SOFT]


@BLOCKED
@pytest.mark.parametrize(("agent", "alpha", "beta"), [*SOFTMAX, (SoftmaxActorCritic, "1/visits", 0.2)])
@pytest.mark.parametrize("told", [stream(3), seldom(stream(4))], ids=("", "long"))
def test_a_softmax_policy_climbs_its_gradient_number_for_number(agent, alpha, beta, told, blocked):
    table, model = tables(0, blocked)
    actions = test_tabular.drive(learner := agent(alpha, beta), told, model)
    for run in range(RUNS):
        theta, v, visits, episode = table.tolist(), [0.0] * STATES, np.zeros((STATES, ACTIONS), int), []
        for t, (s, reward, after, terminated, truncated, u, a) in enumerate(of_run(run, *told, LUCK, actions)):
            assert a == next(b for b, end in enumerate(np.cumsum(shares(theta[s]))) if u < end)
            visits[s, a] += 1
            step_size, target = AT[alpha](t, visits[s, a]), 0.0 if terminated else v[after]
            episode.append([s, a, reward])
            if agent is SoftmaxReinforce and not terminated and not truncated:
                continue
            for step in reversed(episode):
                step[2] = target = step[2] + DISCOUNT * target
            for s, a, target in episode:
                error, chances = target - v[s], shares(theta[s])
                for b in range(ACTIONS):
                    theta[s][b] += step_size * error * ((a == b) - chances[b])
                v[s] += beta * error
            episode = []
        np.testing.assert_allclose(learner.theta[run], theta, rtol=0, atol=1e-12)
        np.testing.assert_allclose(learner.v[run], v, rtol=0, atol=1e-12)


BAD = [(agent, "bonus", value) for agent in (UCBQ, UCBVI) for value in (-0.1, inf, nan)]
BAD += [(agent, "delta", value) for agent in (UCBQ, UCBVI) for value in (0, 1, -0.5, nan)]
BAD += [(RMax, "m", 0), (RMax, "m", 1.5), (PSRL, "prior", 0), (PSRL, "prior", -1), (PSRL, "prior", nan)]
BAD += [(type(agent), setting, inf) for agent in FOUR for setting in BOUNDS]
BAD += [(agent, "beta", value) for agent in (SoftmaxReinforce, SoftmaxActorCritic) for value in (-0.1, 1.1, nan)]


@pytest.mark.parametrize(("agent", "setting", "value"), BAD)
def test_a_bad_setting_is_named(agent, setting, value):
    assert refusal(partial(agent, **{setting: value})).startswith(f"{setting}={value}: must be ")


@pytest.mark.parametrize("agent", map(type, FOUR))
def test_what_is_not_known_of_an_episode_is_asked_for(agent):
    """The rewards are the model's, or 0, unless told."""
    bare, told, refused = Problem(*SPACES, 1, 9, 1.0, None, 4), agent(**BOUNDS), partial(refusal, error=ProblemError)
    assert refused(lambda: told.check(replace(bare, time_limit=None))).startswith("needs episodes of a known number H")
    for some in ({}, {"least_reward": -1.0}, {"largest_reward": 2.0}):
        assert "agent.least_reward and agent.largest_reward" in refused(partial(agent(**some).check, bare))
    assert refused(partial(agent(least_reward=2, largest_reward=1).check, bare)).endswith("not 2 and 1")
    assert refusal(lambda: Cell(agent(least_reward=2), RiverSwim(time_limit=5))).endswith("not 2 and 1.0")
    assert "it needs episodes of a known number" in refusal(lambda: Cell(agent(), RiverSwim(time_limit=None)))
    assert told.rewards(bare) == (LEAST, LARGEST)
    cliff, river = (replace(bare, model=env.model) for env in (CliffWalking(), RiverSwim()))
    assert (agent().rewards(cliff), agent().rewards(river)) == ((-100, 0), (0, 1))
    assert (agent(least_reward=-2).rewards(river), agent(largest_reward=7).rewards(river)) == ((-2, 1), (0, 7))


CLIFF, WINDY, GARNET = CliffWalking(time_limit=30), WindyGridworld(time_limit=25), Garnet(states=10, time_limit=15)
LAKE = Registered("FrozenLake-v1")
POND = ModelEnv(LAKE.model, time_limit=25)
SETTINGS = [(CLIFF, 1e-9, 200, RMax(m=1)), (CLIFF, 1e-9, 300, UCBVI(bonus=0)), (CLIFF, 1e-9, 4_000, UCBQ(bonus=0))]
SETTINGS += [(WINDY, 1e-9, 200, RMax(m=1)), (WINDY, 1e-9, 300, UCBVI(bonus=0)), (WINDY, 1e-9, 5_000, UCBQ(bonus=0))]
SETTINGS += [(CLIFF, 1e-9, 300, PSRL(least_reward=-1, prior=0.1)), (GARNET, 0.1, 1_000, PSRL())]
SETTINGS += [(GARNET, 0.1, n, a) for n, a in ((300, RMax(m=30)), (500, UCBVI(bonus=0.01)), (2_000, UCBQ(bonus=0.001)))]
SETTINGS += [
    (POND, 0.02, 1_500, RMax(m=20)),
    (LAKE, 0.02, 1_000, UCBVI(bonus=0.001)),
    (POND, 0.02, 8_000, UCBQ(bonus=0)),
]


@pytest.mark.parametrize(("env", "tolerance", "episodes", "agent"), SETTINGS)
def test_in_the_end_the_greedy_policy_is_the_best(env, tolerance, episodes, agent, monkeypatch):
    """Within the tolerance, in most of 20 runs."""
    monkeypatch.setattr(EpisodicAgent, "report", lambda self: {"q": self.q})
    cell = Cell(agent, env, episodes=episodes, runs=20)
    limit, model, q = cell.time_limit, cell.model, cell.simulate().data["q"]
    policies, best = q.argmax(axis=2).reshape(20, limit, -1).tolist(), exact(model, limit, model.discount)[1]
    value = np.array([exact(model, limit, model.discount, policy)[1] for policy in policies])
    print((value >= best - tolerance).sum())
    assert best - tolerance <= np.median(value) <= value.max() <= best + 1e-9
