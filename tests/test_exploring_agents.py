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

H, LEAST, LARGEST, DELTA = 5, -1.0, 2.0, 0.1
BOUNDS = {"least_reward": LEAST, "largest_reward": LARGEST}
HIGHEST = [LARGEST * sum(DISCOUNT**i for i in range(H - h)) for h in range(H)]
SPAN = [(LARGEST - LEAST) * sum(DISCOUNT**i for i in range(H - h)) for h in range(H)]


def limited(seed):
    """The stream with a time limit of H steps, which alone truncates; an episode may end in its last step as well."""
    state, reward, following, terminated, truncated = stream(seed)
    h = np.zeros(RUNS, int)
    for t in range(STEPS):
        truncated[t] = (h == H - 1) & ~terminated[t]
        h = np.where(terminated[t] | truncated[t], 0, h + 1)
    return state, reward, np.where(terminated | truncated, following, np.roll(state, -1, axis=0)), terminated, truncated


def drive(agent, told, model=None):
    """The actions [STEPS, RUNS] of an agent that is told of the limit."""
    begin = agent.begin
    agent.begin = lambda problem, rng: begin(replace(problem, time_limit=H), rng)
    return test_tabular.drive(agent, told, model)


def uniform():
    """What is drawn to act [STEPS, RUNS]."""
    return np.random.default_rng(8).random((STEPS, RUNS))


def of_run(run, *columns):
    """The steps of one run."""
    return zip(*(column[:, run].tolist() for column in columns), strict=True)


def watch(agent):
    """Where to find `q` as it was before every step."""
    before, choose = [], agent.choose
    agent.choose = lambda state: (before.append(agent.q.copy()), choose(state))[1]
    return before


@BLOCKED
@pytest.mark.parametrize("bonus", [0.0, 0.01, 0.3])
def test_ucb_q_is_its_pseudo_code_number_for_number(bonus, blocked):
    table, model = tables(0, blocked)
    actions = drive(learner := UCBQ(**BOUNDS, bonus=bonus, delta=DELTA), told := limited(3), model)
    for run in range(RUNS):
        q, visits, h = [(table + top).tolist() for top in HIGHEST], np.zeros((H, STATES, ACTIONS), int).tolist(), 0
        for t, (s, reward, after, terminated, truncated, u, a) in enumerate(of_run(run, *told, uniform(), actions)):
            assert a == choice(q[h][s], 0.0, u)
            visits[h][s][a] += 1
            n, value = visits[h][s][a], 0.0
            if not terminated and h < H - 1:
                value = min(max(q[h + 1][after]), HIGHEST[h + 1])
            doubt = bonus * SPAN[0] * sqrt(log(STATES * ACTIONS * (t + 1) / DELTA)) * sqrt(H / n)
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


def doubtful(c, n, t):
    return c * sqrt(log(STATES * ACTIONS * max(t, 1) / DELTA) / n) if n else inf


def unknown(m, n, t):
    return 0.0 if n >= m else inf


def counted(steps):
    """How often (s, a) was followed by which state, or the end, and the sum of its rewards."""
    count, total = np.zeros((STATES, ACTIONS, STATES + 1)), np.zeros((STATES, ACTIONS))
    for s, reward, after, terminated, _, a in steps:
        count[s, a, STATES if terminated else after] += 1
        total[s, a] += reward
    return count, total


@BLOCKED
@pytest.mark.parametrize(
    ("agent", "bonus"),
    [(partial(UCBVI, bonus=c, delta=DELTA), partial(doubtful, c)) for c in (0.0, 0.02, 0.2)]
    + [(partial(RMax, m=m), partial(unknown, m)) for m in (1, 4, 10)],
)
def test_a_model_is_what_followed_and_its_plan_is_backward_induction(agent, bonus, blocked):
    """Numbers round in another order here, which may undo ties of the best: actions are those of the agent's table."""
    (table, model), learner, told = tables(0, blocked), agent(**BOUNDS), limited(3)
    before = watch(learner)
    actions, luck = drive(learner, told, model), uniform()
    for run in range(RUNS):
        steps, h = list(of_run(run, *told, actions)), 0
        for t, (s, _, _, *ended, a) in enumerate(steps):
            if h == 0:
                count, total = counted(steps[:t])
                n = count.sum(axis=2)
                doubt = [[bonus(n[s, a], t) for a in range(ACTIONS)] for s in range(STATES)]
                likeliest = (count / np.maximum(n, 1)[..., None]).tolist(), (total / np.maximum(n, 1)).tolist()
                q = np.array(induction(*likeliest, doubt, table > -inf))
            np.testing.assert_allclose(before[t][run], q, rtol=0, atol=1e-9)
            assert a == choice(before[t][run, h * STATES + s].tolist(), 0.0, luck[t, run])
            h = 0 if any(ended) else h + 1


@BLOCKED
def test_psrl_plans_in_the_model_that_it_draws(blocked):
    (table, model), learner, drawn = tables(0, blocked), PSRL(**BOUNDS), {}
    believe, before = learner.believe, watch(learner)

    def believed(runs):
        model = believe(runs)
        drawn.update(zip(runs.tolist(), zip(*(part.tolist() for part in model), strict=True), strict=True))
        return model

    learner.believe = believed
    actions, luck = drive(learner, told := limited(3), model), uniform()
    for run in range(RUNS):
        np.testing.assert_allclose(learner.q[run], induction(*drawn[run], table > -inf), rtol=0, atol=1e-9)
        h = 0
        for t, (s, *_, terminated, truncated, a) in enumerate(of_run(run, *told, actions)):
            assert a == choice(before[t][run, h * STATES + s].tolist(), 0.0, luck[t, run])
            assert t == 0 or (before[t][run] == before[t - 1][run]).all() == (h > 0)
            h = 0 if terminated or truncated else h + 1


@pytest.mark.parametrize("prior", [0.5, 3.0])
@pytest.mark.parametrize("longest", [5, STEPS])
def test_psrl_draws_from_the_posterior(prior, longest):
    """Means and variances of 20,000 draws of 144 numbers, within 6 standard errors: a false alarm with probability
    1e-6, were they normal."""
    learner, told = PSRL(**BOUNDS, prior=prior), [column[:longest] for column in limited(3)]
    actions = drive(learner, told)
    count, total = counted(of_run(0, *told, actions))
    n, count = count.sum(axis=2), count + prior / (STATES + 1)
    chance, mean, bonus = learner.believe(np.zeros(20_000, int))
    law, weight = count / (prior + n[..., None]), prior + n[..., None]
    middle, std = (LEAST + LARGEST) / 2, (LARGEST - LEAST) / 2
    expected = (chance, law, law * (1 - law) / (weight + 1)), (mean, (middle + total) / (1 + n), std**2 / (1 + n))
    for draws, centre, variance in expected:
        for x, mu in ((draws, centre), ((draws - centre) ** 2, variance)):
            assert (np.abs(x.mean(axis=0) - mu) <= 6 * x.std(axis=0) / np.sqrt(len(x))).all()
    assert not bonus.any()


FOUR = [UCBQ(**BOUNDS), UCBVI(**BOUNDS), RMax(**BOUNDS, m=2), PSRL(**BOUNDS)]


@pytest.mark.parametrize("agent", FOUR, ids=lambda agent: type(agent).__name__)
def test_a_run_does_not_depend_on_what_its_neighbour_meets(agent):
    told, other = limited(3), limited(4)
    mixed = [np.where(np.arange(RUNS) == 3, theirs, own) for own, theirs in zip(told, other, strict=True)]
    (first, q), (second, r) = ((drive(one := replace(agent), told), one.q) for told in (told, mixed))
    others = np.arange(RUNS) != 3
    assert (first[:, others] == second[:, others]).all()
    assert (q[others] == r[others]).all()
    assert (first[:, 3] != second[:, 3]).any()


def test_the_least_and_the_largest_reward_are_those_of_the_model_or_0_unless_told():
    for model, told, expected in (
        (CliffWalking().model, {}, (-100, 0)),
        (RiverSwim().model, {}, (0, 1)),
        (RiverSwim().model, {"least_reward": -2}, (-2, 1)),
        (RiverSwim().model, {"largest_reward": 7}, (0, 7)),
        (None, BOUNDS, (LEAST, LARGEST)),
    ):
        assert UCBQ(**told).rewards(Problem(*SPACES, 1, 9, 1.0, model, 4)) == expected


def test_r_max_plays_a_chain_without_luck_the_best_way_once_it_has_tried_all():
    cell = Cell(RMax(m=1), Chain(states=6, slip=0.0, discount=1.0, time_limit=12), episodes=30, runs=50)
    assert cell.best_return == 70
    assert (cell.simulate().data["returns"][:, 12:] == 70).all()


def exact(model, horizon, discount, policy=None):
    """Q_h(s, a) [horizon, states, actions] of the best policy or of π_h(s), and its value from the start, in loops."""
    columns = model.next_state, model.probability, model.reward, model.terminated
    entries = list(zip(*(column.tolist() for column in columns), strict=True))
    rows, tables, value = [entries[i:j] for i, j in pairwise(model.offsets.tolist())], [], [0.0] * model.states
    for h in range(horizon - 1, -1, -1):
        q = [
            sum(p * (r + (0.0 if end else discount * value[k])) for k, p, r, end in row) if row else -inf
            for row in rows
        ]
        q = [q[i : i + model.actions] for i in range(0, len(q), model.actions)]
        value = [max(row) if policy is None else row[policy[h][s]] for s, row in enumerate(q)]
        tables.insert(0, q)
    return np.array(tables), float(np.dot(model.start, value))


@pytest.mark.parametrize("agent", [UCBQ(bonus=1, delta=1e-12), UCBVI(bonus=sqrt(0.5), delta=1e-12)])
def test_whoever_is_uncertain_enough_never_believes_less_than_can_be_had(agent, monkeypatch):
    """By the inequalities of Azuma and Hoeffding with these factors, a false alarm has probability 1e-7 for any seed."""
    env = Garnet(states=4, actions=2, branching=2, time_limit=4)
    best, slack, update = exact(env.model, 4, env.discount)[0].reshape(-1, 2), [], EpisodicAgent.update

    def checked(self, transition):
        update(self, transition)
        slack.append((self.q - best).min(axis=(1, 2)))
        assert isinstance(self, UCBQ) or (self.q <= np.repeat(self.highest, 4)[:, None]).all()

    monkeypatch.setattr(EpisodicAgent, "update", checked)
    Cell(agent, env, steps=4_000, runs=20).simulate()
    assert np.min(slack) >= -1e-9
    print(slack[0], slack[-1])


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
    number, curve = result.curve("episode_regret")
    returns = result.data["returns"].tolist()
    ended = min(sum(value == value for value in run) for run in returns)
    assert ended < max(map(len, returns))
    assert number.tolist() == list(range(1, ended + 1))
    best = exact(env.model, 20, 1.0)[1]
    for run, drawn in zip(returns, curve, strict=True):
        assert drawn == pytest.approx([sum(best - value for value in run[: n + 1]) for n in range(ended)], abs=1e-9)


def shares(preferences):
    weights = [exp(x - max(preferences)) for x in preferences]
    return [weight / sum(weights) for weight in weights]


def pick(chances, u):
    """The action in whose piece of [0, 1] the number u lies."""
    ends = np.cumsum(chances)
    return min(a for a, chance in enumerate(chances) if chance > 0 and (u < ends[a] or ends[a] > 1 - 1e-9))


SOFT = [(0.5, 0.1), (1, 0.0), ("linear:0.9:0.1:250", 0.5), ("exponential:0.8:0.05:250", 1)]


@BLOCKED
@pytest.mark.parametrize(
    ("agent", "alpha", "beta"),
    [(agent, *rest) for agent in (SoftmaxReinforce, SoftmaxActorCritic) for rest in SOFT]
    + [(SoftmaxActorCritic, "1/visits", 0.2)],
)
def test_a_softmax_policy_climbs_its_gradient_number_for_number(agent, alpha, beta, blocked):
    (table, model), luck = tables(0, blocked), uniform()
    for told in (stream(3), seldom(stream(4))):
        actions = test_tabular.drive(learner := agent(alpha, beta), told, model)
        for run in range(RUNS):
            theta, v, visits, episode = table.tolist(), [0.0] * STATES, {}, []
            for t, (s, reward, after, terminated, truncated, u, a) in enumerate(of_run(run, *told, luck, actions)):
                assert a == pick(shares(theta[s]), u)
                visits[s, a] = visits.get((s, a), 0) + 1
                target, targets = 0.0 if terminated else v[after], []
                episode.append((s, a, reward))
                if agent is SoftmaxActorCritic or terminated or truncated:
                    for s, a, reward in reversed(episode):
                        target = reward + DISCOUNT * target
                        targets.insert(0, (s, a, target))
                    episode = []
                for s, a, target in targets:
                    error, chances = target - v[s], shares(theta[s])
                    for b in range(ACTIONS):
                        theta[s][b] += AT[alpha](t, visits[s, a]) * error * ((a == b) - chances[b])
                    v[s] += beta * error
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


@pytest.mark.parametrize("agent", [type(agent) for agent in FOUR])
def test_what_is_not_known_of_an_episode_is_asked_for(agent):
    bare, told = Problem(*SPACES, 1, 9, 1.0, None, 4), agent(**BOUNDS)
    refused = partial(refusal, error=ProblemError)
    told.check(bare)
    assert refused(lambda: told.check(replace(bare, time_limit=None))).startswith("needs env.time_limit, the number H")
    for some in ({}, {"least_reward": -1.0}, {"largest_reward": 2.0}):
        assert refused(lambda some=some: agent(**some).check(bare)).startswith(
            "needs agent.least_reward and agent.large"
        )
    assert refused(lambda: agent(least_reward=2, largest_reward=1).check(bare)).endswith("not 2 and 1")
    assert refusal(lambda: Cell(agent(least_reward=2), RiverSwim(time_limit=5))).endswith("not 2 and 1.0")
    assert "it needs env.time_limit, the number H" in refusal(lambda: Cell(agent(), RiverSwim(time_limit=None)))


CLIFF, WINDY, GARNET = CliffWalking(time_limit=30), WindyGridworld(time_limit=25), Garnet(states=10, time_limit=15)
LAKE = Registered("FrozenLake-v1")
SHORT = ModelEnv(LAKE.model, time_limit=25)
SETTINGS = [
    (CLIFF, RMax(m=1), 200, 1e-9),
    (CLIFF, UCBVI(bonus=0), 300, 1e-9),
    (CLIFF, UCBQ(bonus=0), 4_000, 1e-9),
    (CLIFF, PSRL(least_reward=-1, prior=0.1), 300, 1e-9),
    (WINDY, RMax(m=1), 200, 1e-9),
    (WINDY, UCBVI(bonus=0), 300, 1e-9),
    (WINDY, UCBQ(bonus=0), 5_000, 1e-9),
    (GARNET, RMax(m=30), 300, 0.1),
    (GARNET, UCBVI(bonus=0.02), 500, 0.1),
    (GARNET, UCBQ(bonus=0.001), 2_000, 0.1),
    (GARNET, PSRL(), 1_000, 0.1),
    (SHORT, RMax(m=20), 1_500, 0.02),
    (LAKE, UCBVI(bonus=0.001), 1_000, 0.02),
    (SHORT, UCBQ(bonus=0), 8_000, 0.02),
]


@pytest.mark.parametrize(("env", "agent", "episodes", "tolerance"), SETTINGS)
def test_in_the_end_the_greedy_policy_is_the_best(env, agent, episodes, tolerance, monkeypatch):
    """Within the tolerance, in most of 20 runs."""
    monkeypatch.setattr(EpisodicAgent, "report", lambda self: {"q": self.q})
    cell = Cell(agent, env, episodes=episodes, runs=20)
    q, limit, model = cell.simulate().data["q"], cell.time_limit, cell.model
    best = exact(model, limit, model.discount)[1]
    policies = q.argmax(axis=2).reshape(20, limit, -1).tolist()
    value = [exact(model, limit, model.discount, policy)[1] for policy in policies]
    assert max(value) <= best + 1e-9
    print((np.array(value) >= best - tolerance).sum())
    assert sum(v >= best - tolerance for v in value) >= 11
