"""Agents that explore on purpose, in episodes of a known length."""

from dataclasses import replace
from functools import partial
from math import inf, log, nan, sqrt

import numpy as np
import pytest
from gymnasium.spaces import Discrete
from reference.tabular import backward_induction, choice, finite_horizon
from support.tabular import (
    ACTIONS,
    BLOCKED,
    DISCOUNT,
    RUNS,
    SPACES,
    STATES,
    STEPS,
    drive,
    first_table,
    of_run,
    random_numbers,
    recorded_tables,
    refusal,
    stream,
)

from rlnotes.agents import PSRL, UCBQ, UCBVI, QLearning, RMax
from rlnotes.agents.base.agent import Problem, ProblemError, Transition
from rlnotes.agents.tabular.base.episodic_agent import EpisodicAgent
from rlnotes.analysis.series import series
from rlnotes.envs import Chain, CliffWalking, Garnet, Gridworld, ModelEnv, RiverSwim, WindyGridworld
from rlnotes.envs.registered import Registered
from rlnotes.simulation.cell import Cell
from rlnotes.simulation.simulate import simulate

H, LEAST, LARGEST = 5, -1.5, 2.0
BOUNDS = {"least_reward": LEAST, "largest_reward": LARGEST}
HIGHEST = [LARGEST * sum(DISCOUNT**i for i in range(H - h)) for h in range(H)]
SPAN = [(1 - LEAST / LARGEST) * most for most in HIGHEST]
FOUR = [partial(UCBQ, **BOUNDS), partial(UCBVI, **BOUNDS), partial(RMax, **BOUNDS, m=2), partial(PSRL, **BOUNDS)]
IOTA = [log(STATES * ACTIONS * max(t, 1) / 0.1) for t in range(STEPS)]
PLANNERS = [(partial(UCBVI, **BOUNDS, bonus=c), lambda n, t, c=c: c * np.sqrt(IOTA[t] / n)) for c in (0.0, 0.02, 0.2)]
PLANNERS += [(partial(RMax, **BOUNDS, m=m), lambda n, t, m=m: np.where(n >= m, 0.0, inf)) for m in (1, 4, 10)]
"""agent, and its bonus after n visits and t steps"""


def limited(seed):
    """The stream with rewards −1 and 1, which a time limit of H steps truncates and nothing else."""
    (state, reward, following, terminated, truncated), h = stream(seed), np.zeros(RUNS, int)
    for t in range(STEPS):
        truncated[t] = (h == H - 1) & ~terminated[t]
        h = np.where(terminated[t] | truncated[t], 0, h + 1)
    last = np.where(terminated | truncated, following, np.roll(state, -1, axis=0))
    return state, 2 * reward - 1, last, terminated, truncated


def counted(steps):
    """How often (s, a) was followed by each state or the end, and the sum of its rewards."""
    count, total = np.zeros((STATES, ACTIONS, STATES + 1)), np.zeros((STATES, ACTIONS))
    for s, reward, after, terminated, _, a in steps:
        count[s, a, STATES if terminated else after] += 1
        total[s, a] += reward
    return count, total


@BLOCKED
@pytest.mark.parametrize("bonus", [0.0, 0.01, 0.3])
def test_ucb_q_computes_its_pseudo_code_number_for_number(bonus, blocked):
    table, model = first_table(0, blocked)
    actions = drive(learner := UCBQ(**BOUNDS, bonus=bonus), steps := limited(3), model, time_limit=H)
    uniform, _ = random_numbers(learner)
    for run in range(RUNS):
        q, visits, h = [(table + top).tolist() for top in HIGHEST], np.zeros((H, STATES, ACTIONS), int).tolist(), 0
        for t, (s, reward, after, terminated, truncated, u, a) in enumerate(of_run(run, *steps, uniform, actions)):
            assert a == choice(q[h][s], 0.0, u)
            n = visits[h][s][a] = visits[h][s][a] + 1
            value = 0.0 if terminated or h == H - 1 else min(max(q[h + 1][after]), HIGHEST[h + 1])
            doubt = bonus * SPAN[0] * sqrt(log(STATES * ACTIONS * (t + 1) / 0.1)) * sqrt(H / n)
            q[h][s][a] += (H + 1) / (H + n) * (reward + DISCOUNT * value + doubt - q[h][s][a])
            h = 0 if terminated or truncated else h + 1
        assert (learner.q[run] == np.concatenate(q)).all()


@BLOCKED
@pytest.mark.parametrize(("agent", "bonus"), [*PLANNERS, (partial(PSRL, **BOUNDS), None)])
def test_an_episode_is_planned_by_backward_induction_in_the_believed_model(agent, bonus, blocked):
    """Actions are compared with those of the agent's own table, since another order of rounding may undo ties."""
    (table, model), learner, steps = first_table(0, blocked), agent(), limited(3)
    before, plans, choose, believe = [], [], learner.choose, learner.believe
    learner.choose = lambda state: (before.append(learner.q.copy()), choose(state))[1]
    learner.believe = lambda runs: plans.append((len(before), runs, believe(runs))) or plans[-1][2]
    actions = drive(learner, steps, model, time_limit=H)
    close, (uniform, _) = partial(np.testing.assert_allclose, rtol=0, atol=1e-9), random_numbers(learner)
    believed = {(t, run): part for t, runs, parts in plans for run, *part in zip(runs, *parts, strict=True)}
    for run in range(0, RUNS, 3):
        happened, h = list(of_run(run, *steps, actions)), 0
        for t, (s, _, _, *ended, a) in enumerate(happened):
            if h == 0:
                transition, mean, doubt = believed[t, run]
                reward = np.where(table > -inf, mean + np.multiply.outer(SPAN, doubt), -inf)
                q, _ = backward_induction(transition, reward, DISCOUNT, HIGHEST)
                close(before[t][run], q.reshape(-1, ACTIONS))
            if h == 0 and bonus:
                count, total = counted(happened[:t])
                tried = np.maximum(n := count.sum(axis=2), 1)
                expected = count / tried[..., None], total / tried, np.where(n > 0, bonus(tried, t), inf)
                [close(*pair) for pair in zip(believed[t, run], expected, strict=True)]
            assert (before[t][run] == before[t - h][run]).all()
            assert a == choice(before[t][run, h * STATES + s].tolist(), 0.0, uniform[t, run])
            h = 0 if any(ended) else h + 1


@pytest.mark.parametrize(("prior", "steps"), [(0.5, 5), (3.0, 5), (0.5, STEPS)])
def test_psrl_draws_from_the_posterior(prior, steps):
    """Means and variances of 20,000 draws within 6 standard errors: a false alarm with probability 6e-7, if normal."""
    learner, happened = PSRL(**BOUNDS, prior=prior), [column[:steps] for column in limited(3)]
    count, total = counted(of_run(0, *happened, drive(learner, happened, time_limit=H)))
    (transition, mean, _), n = learner.believe(np.zeros(20_000, int)), count.sum(axis=2)
    law, middle = (prior / (STATES + 1) + count) / (prior + n)[..., None], (LEAST + LARGEST) / 2
    dirichlet, normal = law * (1 - law) / (prior + n + 1)[..., None], (LARGEST - middle) ** 2 / (1 + n)
    for draws, centre, variance in ((transition, law, dirichlet), (mean, (middle + total) / (1 + n), normal)):
        for x, mu in ((draws, centre), ((draws - centre) ** 2, variance)):
            assert (np.abs(x.mean(axis=0) - mu) <= 6 * x.std(axis=0) / np.sqrt(len(x))).all()


@pytest.mark.parametrize("agent", FOUR)
def test_a_run_does_not_depend_on_its_neighbours(agent):
    steps, others = limited(3), np.arange(RUNS) != 3
    mixed = [np.where(others, own, theirs) for own, theirs in zip(steps, limited(4), strict=True)]
    (first, q), (second, r) = ((drive(one := agent(), given, time_limit=H), one.q) for given in (steps, mixed))
    assert (first[:, others] == second[:, others]).all()
    assert ((q == r).all(axis=(1, 2)) == others).all()


@pytest.mark.parametrize("agent", [partial(UCBQ, bonus=1, delta=1e-12), partial(UCBVI, bonus=sqrt(0.5), delta=1e-12)])
def test_with_a_large_bonus_q_is_never_below_the_best_value(agent, monkeypatch):
    """By the inequalities of Azuma and Hoeffding a false alarm has probability 1e-7 for any seed."""
    env, seen, update = Garnet(states=4, actions=2, branching=2, time_limit=4), [], EpisodicAgent.update
    monkeypatch.setattr(EpisodicAgent, "update", lambda self, step: (update(self, step), seen.append(self.q.copy())))
    simulate(Cell(agent(), env, steps=4_000, runs=20))
    assert (np.array(seen) >= finite_horizon(env.model, 4, env.discount)[0].reshape(-1, 2) - 1e-9).all()
    assert agent.func is UCBQ or (np.array(seen) <= seen[0]).all()  # Q begins at the largest return


@pytest.mark.slow
def test_exploring_on_purpose_swims_up_the_river_and_epsilon_greedy_does_not():
    """Regrets (mean ± deviation of a run) are 29 ± 77, 63 ± 76 and 646 ± 67 against 3,305 ± 1.

    0.3 of the latter is 20 standard errors away.
    """
    env, agents = RiverSwim(discount=1.0, time_limit=20), (QLearning(alpha=0.1), UCBVI(), PSRL(), UCBQ(bonus=0.001))
    results = [simulate(Cell(agent, env, episodes=1_000, runs=20, seed=1)) for agent in agents]
    greedy, *others = (series(result, "episode_regret")[1][:, -1].mean() for result in results)
    assert max(others) < 0.3 * greedy


def test_the_best_return_is_the_undiscounted_value_of_an_episode():
    for env in (RiverSwim(discount=0.5, time_limit=7), Garnet(states=8, time_limit=9), Gridworld(discount=0.5)):
        best = finite_horizon(env.model, env.time_limit or 300, 1.0)[1]  # after 300 steps all have ended
        assert Cell(QLearning(), env).ground_truth.best_return == pytest.approx(best, abs=1e-9)
    assert {Cell(QLearning(), CliffWalking(discount=gamma)).ground_truth.best_return for gamma in (1.0, 0.9)} == {-13}
    assert Cell(QLearning(), Gridworld(step_reward=1.0)).ground_truth.best_return is None  # infinite
    chain = Cell(RMax(m=1), Chain(states=6, slip=0.0, discount=1.0, time_limit=12), episodes=30, runs=50)
    assert (simulate(chain).data["returns"][:, 12:] == chain.ground_truth.best_return).all()


def test_the_regret_of_episodes_is_the_sum_of_their_distances_to_the_best_return():
    result = simulate(Cell(RMax(m=1), env := CliffWalking(time_limit=20), steps=2_000, runs=4))
    (number, curve), returns = series(result, "episode_regret"), result.data["returns"].tolist()
    ended = min(sum(value == value for value in run) for run in returns)
    best = finite_horizon(env.model, 20, 1.0)[1]
    assert number.tolist() == list(range(1, ended + 1))
    assert ended < len(returns[0])  # some runs had more episodes than others
    for run, drawn in zip(returns, curve, strict=True):
        assert drawn == pytest.approx([sum(best - value for value in run[: n + 1]) for n in range(ended)], abs=1e-9)


@pytest.mark.parametrize("agent", FOUR)
def test_the_time_limit_and_the_rewards_come_from_the_problem_or_the_settings(agent):
    bare, kind, refused = Problem(*SPACES, 1, 9, 1.0, None, 4), agent.func, partial(refusal, error=ProblemError)
    bad = {"bonus": (-0.1, inf, nan), "delta": (0, 1, -0.5, nan), "m": (0, 1.5), "prior": (0, -1, nan)}
    for name in vars(agent()):
        for value in bad.get(name, (inf, nan)):
            assert refusal(partial(kind, **{name: value})).startswith(f"{name}={value}: must be ")
    assert "it needs episodes of a known number" in refusal(lambda: Cell(kind(), RiverSwim(time_limit=None)))
    for some in ({}, {"least_reward": -1.0}, {"largest_reward": 2.0}):
        assert "agent.least_reward and agent.largest_reward" in refused(partial(kind(**some).check, bare))
    assert refused(partial(kind(least_reward=2, largest_reward=1).check, bare)).endswith("not 2 and 1")
    cliff, two = replace(bare, model=CliffWalking().model), {"least_reward": 2, "largest_reward": 3}
    ranges = [kind(**some).reward_range(cliff) for some in ({}, {"largest_reward": -1}, two)]
    assert ranges == [(-100, 0), (-100, 0), (0, 3)]


CLIFF, WINDY = partial(CliffWalking, time_limit=30), partial(WindyGridworld, time_limit=25)
GARNET = partial(Garnet, states=10, time_limit=15)
PLAIN = (150, RMax, {"m": 1}), (200, UCBVI, {"bonus": 0}), (3_500, UCBQ, {"bonus": 0})
NOISY = (300, RMax, {"m": 30}), (500, UCBVI, {"bonus": 0.01}), (2_000, UCBQ, {"bonus": 0.001})
SLIPPERY = (1_500, RMax, {"m": 20}), (1_000, UCBVI, {"bonus": 0.003}), (5_000, UCBQ, {"bonus": 0})


def frozen_lake():
    return ModelEnv(Registered("FrozenLake-v1").model, time_limit=25)


ENVS = (CLIFF, 1e-9, PLAIN), (WINDY, 1e-9, PLAIN), (GARNET, 0.1, NOISY), (frozen_lake, 0.03, SLIPPERY)
CASES = [(env, tolerance, *one) for env, tolerance, several in ENVS for one in several]
CASES += [(CLIFF, 1e-9, 150, PSRL, {"least_reward": -1, "prior": 0.1}), (GARNET, 0.3, 1_000, PSRL, {})]
CASES += [(frozen_lake, 0.03, 2_000, PSRL, {"largest_reward": 0.1, "prior": 0.03})]  # it believes that rewards are rare


@pytest.mark.slow
@pytest.mark.parametrize(("env", "tolerance", "episodes", "agent", "settings"), CASES)
def test_in_the_end_the_greedy_policy_is_the_best(env, tolerance, episodes, agent, settings, monkeypatch):
    """Within the tolerance, in most of 20 runs; of 60 at least 9 in 10 were, so a false alarm has probability 7e-6."""
    env, tables = env(), recorded_tables(monkeypatch, EpisodicAgent)
    simulate(Cell(agent(**settings), env, episodes=episodes, runs=20))
    policies = tables[0].argmax(axis=2).reshape(20, env.time_limit, -1)
    problem = env.model, env.time_limit, env.discount
    value, best = np.array([finite_horizon(*problem, policy)[1] for policy in policies]), finite_horizon(*problem)[1]
    assert best - tolerance <= np.median(value) <= value.max() <= best + 1e-9


def test_a_posterior_sample_is_a_distribution_for_every_prior():
    for prior in (1e-9, 1e-3, 1e9):
        agent = PSRL(prior=prior)
        agent.begin(Problem(Discrete(6), Discrete(2), 3, None, 1.0, RiverSwim().model, 9), np.random.default_rng(1))
        transition, *_ = agent.believe(np.arange(3))
        np.testing.assert_allclose(transition.sum(axis=3), 1)
        assert np.isfinite(agent.q).all()


@pytest.mark.parametrize("agent", FOUR)
def test_steps_after_the_time_limit_count_as_a_new_episode(agent):
    learner = agent()
    learner.begin(Problem(*SPACES, 2, None, 1.0, None, 3), np.random.default_rng(1))
    state, never = np.zeros(2, int), np.zeros(2, bool)
    for t in range(10):
        assert learner.h.tolist() == [t % 3] * 2
        learner.update(Transition(state, learner.act(state), np.zeros(2), state, never, never))
