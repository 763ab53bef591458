"""Planning in finite Markov decision processes [notes 2.5]."""

import warnings
from dataclasses import replace
from fractions import Fraction
from functools import cache, partial
from itertools import product

import numpy as np
import pytest
from gymnasium.spaces import Discrete

from rlnotes import agents, envs
from rlnotes.agents import BackwardInduction, PolicyIteration, RelativeValueIteration, ValueIteration
from rlnotes.agents.base.agent import Problem, ProblemError
from rlnotes.agents.planning import iterate
from rlnotes.agents.planning.base.planner import Improver, Planner
from rlnotes.base.class_table import load
from rlnotes.base.errors import SettingError
from rlnotes.envs.mdps.base.model import Model
from rlnotes.envs.registered import Registered
from rlnotes.simulation.cell import Cell
from rlnotes.simulation.simulate import simulate

PLANNING = [agent for agent in map(load, agents.CATALOG.values()) if issubclass(agent, Planner)]
PLANNERS = [agent() for agent in PLANNING if issubclass(agent, Improver)]
PLANNERS += [agents.ModifiedPolicyIteration(evaluation=rule) for rule in ("jacobi", "gauss_seidel")]
problem = partial(Problem, Discrete(1), Discrete(1), 3, 50)
TOYS = [(id, gamma) for id in ("FrozenLake-v1", "CliffWalking-v1", "Taxi-v4") for gamma in (0.99, 1.0)]
WORLDS = {name: load(path)() for name, path in envs.CATALOG.items() if ".mdps." in path}
WORLDS |= {f"{id}, {gamma}": Registered(id, {"discount": gamma}) for id, gamma in TOYS}
every_planner = pytest.mark.parametrize("planner", PLANNERS, ids=lambda planner: type(planner).__name__)


@cache
def garnet(seed, most=60, discount=None):
    """A random model, every other one with terminated entries."""
    rng = np.random.default_rng(seed)
    states, actions = int(rng.integers(1, most + 1)), int(rng.integers(1, 5))
    settings = {"branching": int(rng.integers(1, min(states, 6) + 1)), "seed": seed}
    discount = float(rng.choice([0.0, 0.5, 0.9, 0.99, 0.999])) if discount is None else discount
    model = envs.Garnet(states=states, actions=actions, discount=discount, **settings).model
    return replace(model, terminated=rng.random(len(model.reward)) < 0.2 * (seed % 2))


@cache
def optimum(model):
    """V* by policy iteration, or by backups from 0 where γ = 1."""
    value, policy, change = np.zeros(model.states), None, 1
    while change > (1e-15 if model.discount == 1 else 1e-13 * (1 + np.abs(value).max())):
        policy, before = model.greedy(value, policy), value
        value = model.backup(value) if model.discount == 1 else model.evaluate(policy)
        change = np.abs(value - before).max()
    return value


def exact(model):
    """V* in rational numbers, of the model whose probabilities sum to 1."""
    policy = model.greedy(optimum(model))
    lines = np.array([[Fraction(int(s == to)) for to in range(model.states + 1)] for s in range(model.states)])
    for s, line in enumerate(lines):
        entries = range(*model.offsets[s * model.actions + policy[s] :][:2])
        for i in entries:
            p = Fraction(model.probability[i]) / sum(Fraction(model.probability[j]) for j in entries)
            line[model.next_state[i]] -= (1 - model.terminated[i]) * Fraction(model.discount) * p
            line[-1] += Fraction(model.reward[i]) * p
    for s in range(model.states):
        lines[s] = lines[s] / lines[s][s]
        lines -= np.outer(np.where(np.arange(model.states) == s, 0, lines[:, s]), lines[s])
    return lines[:, -1]


def toy(*ways, discount=1.0):
    """The model of the ways from each state: (next state, reward, ends?) or [(probability, …), …] of each action."""
    law = {(s, a): w if isinstance(w, list) else [(1.0, *w)] for s, row in enumerate(ways) for a, w in enumerate(row)}
    shape = range(len(ways)), range(max(map(len, ways)))
    return Model.from_function(*shape, lambda s, a: law.get((s, a), []), start=0, discount=discount)


def episodic(seed, free=0.6):
    """γ = 1: a random model where to go on pays at most 0, with probability `free` 0, and to end whatever it may."""
    model, rng = garnet(seed, most=8, discount=0.9), np.random.default_rng(seed)
    reward = np.where(rng.random(len(model.reward)) < free, 0.0, -np.abs(model.reward))
    terminated = rng.random(len(reward)) < 0.1
    terminated[model.offsets[: -1 : model.actions]] = True
    return replace(model, reward=np.where(terminated, model.reward, reward), terminated=terminated, discount=1.0)


def check(plan, model, tolerance):
    """That a plan keeps its promises, as an independent optimum tells."""
    assert plan.converged
    assert np.abs(plan.value - optimum(model)).max() <= plan.bound <= tolerance
    assert model.available[np.arange(model.states), plan.policy].all()
    ending = model if model.discount < 1 else replace(model, discount=1 - 1e-11)  # a loop that pays nothing is worth 0
    assert np.abs(ending.evaluate(plan.policy) - optimum(model)).max() <= 2 * plan.bound + 1e-8
    assert {len(column) for column in plan.history.values()} == {len(plan.history["at_sweep"])}
    assert (np.diff(plan.history["at_sweep"], append=plan.sweeps + 1) > 0).all()
    assert (plan.history["residual"] >= 0).all()


def refusal(make, error=SettingError):
    """What an error says in its one line."""
    with pytest.raises(error) as raised:
        make()
    assert "\n" not in str(raised.value)
    return str(raised.value)


@every_planner
@pytest.mark.parametrize("world", WORLDS)
def test_a_plan_keeps_its_promises(planner, world):
    if (type(planner), world) != (agents.LinearProgramming, "jacks_car_rental"):  # it takes five seconds
        check(planner.plan(WORLDS[world].model), WORLDS[world].model, 1e-6)


@every_planner
def test_a_plan_of_a_random_model_keeps_its_promises(planner):
    for model in [garnet(seed) for seed in range(50)] + [episodic(seed) for seed in range(40)]:
        check(planner.plan(model), model, 1e-6)
        if model.discount not in (0.99, 0.999):
            check(replace(planner, tolerance=1e-9).plan(model), model, 1e-9)


@pytest.mark.parametrize("planner", [ValueIteration, PolicyIteration])
@pytest.mark.parametrize(
    ("env", "published", "tolerance"),
    [
        (envs.Gridworld5x5(), {0: 21.977485, 1: 24.419428, 2: 21.977485, 3: 19.419428, 4: 17.477485}, 5e-7),
        (envs.JacksCarRental(), {0: 421.414063, 10 * 21 + 10: 574.948324}, 5e-7),
        (envs.GamblersProblem(), {1: 0.002065625, 51: 0.403098437, 99: 0.964332967}, 6e-10),
        (envs.WindyGridworld(), {30: -15}, 1e-9),
        (envs.WindyGridworld(kings_moves=True), {30: -7}, 1e-9),
        (envs.CliffWalking(), {36: -13}, 1e-9),
        (envs.DynaMaze(), {15: 0.95**13}, 1e-9),
        (envs.Forest(), {0: 74.6496, 1: 78.1056, 2: 82.1056}, 1e-9),
        (Registered("FrozenLake-v1", {"discount": 1.0}), {0: 14 / 17}, 1e-9),
    ],
)
def test_the_optimal_values_are_the_published_ones(planner, env, published, tolerance):
    value = planner(tolerance=tolerance / 10).plan(env.model).value
    np.testing.assert_allclose(value[list(published)], list(published.values()), rtol=0, atol=tolerance)


@pytest.mark.parametrize(
    ("model", "expected"),
    [
        (toy([(1, 1, False), (0, 0, True)], [(0, 0, False)]), "infinite"),
        (toy([[(0.5, 0, -1, False), (0.5, 1, 2, False)], (0, 0, True)], [(0, -0.4, False)]), "infinite"),
        (toy([(1, -1, False)], [(0, -1, False)]), "no policy is sure to end"),
        (toy([(1, 1, False), (0, 0, True)], [(0, -1, False)]), "does not settle"),
        *[(env(discount=1.0).model, "infinite") for env in (envs.Garnet, envs.JacksCarRental)],
        (toy([(1, 3, False), (0, -1, False)], [(1, 0, False)]), [3, 0]),
        (toy([(1, 0, False)], [(0, 0, False), (1, -1, True)]), [0, 0]),
        (toy([(1, 0, False)], [(0, 0, False), (1, 1, True)]), [1, 1]),
        (toy([[(0.5, 0, 0, False), (0.5, 1, 0, False)]], [(0, 0, False), (0, 4, True)]), [4, 4]),
        (toy([(1, 1, False), (0, 0.5, True)], [(0, -2, False), (1, -1, True)]), [0.5, -1]),
        (toy([(1, 1, False), (2, 0, False)], [(0, -2, False)], [(2, 0, False)]), [0, -2, 0]),
        (
            toy(*[[((s + 1) % 300, (s == 0) - 2 * (s == 150), False), (s, 0, True)] for s in range(300)]),
            [1, *[0] * 150, *[1] * 149],
        ),
    ],
)
def test_without_a_discount_a_finite_value_is_found_and_another_refused(model, expected):
    for planner in PLANNERS:
        if isinstance(expected, str):
            assert expected in refusal(partial(planner.plan, model))
            assert expected in refusal(partial(planner.check, problem(model=model)), ProblemError)
        else:
            planner.check(problem(model=model))
            np.testing.assert_allclose(optimum(model), expected, atol=1e-12)
            check(planner.plan(model), model, 1e-6)


@every_planner
def test_the_bound_holds_in_exact_arithmetic_also_where_the_tolerance_is_out_of_reach(planner):
    models = [garnet(seed, most=5, discount=1 - 10.0 ** -(seed % 6 + 1)) for seed in range(18)]
    slow = [(0.999, 0, 3e-8, False), (0.001, 1, 0, True)]  # the best way, which seems no better at first
    models += [toy([(0, 0, True), (1, -1e-8, False)], [slow], [[(0.5, 0, 1, True), (0.5, 0, -1, True)]])]
    for model in models + [episodic(seed, free=0) for seed in range(8)]:
        for tolerance, sweeps in ((1e-15, 200), (1e-6, 200), (1e-6, 3)):
            with warnings.catch_warnings(record=True, action="always") as said:
                plan = replace(planner, tolerance=tolerance, sweep_limit=sweeps).plan(model)
            assert plan.converged == (plan.bound <= tolerance) == (not said)
            assert max(abs(Fraction(v) - e) for v, e in zip(plan.value, exact(model), strict=True)) <= plan.bound


def test_policy_iteration_keeps_an_action_that_ties_and_stops():
    ways = [[(1, 0, False), (2, 1, False)], [(1, 2, False)], [(2, 1, False)]]
    plan = PolicyIteration().plan(toy(*ways, discount=0.5))
    assert (plan.policy.tolist(), plan.value.tolist(), plan.sweeps) == ([1, 0, 0], [2, 4, 2], 3)
    for heads, discount in product((0.25, 0.4, 0.5, 0.6), (1.0, 0.99)):
        assert PolicyIteration().plan(envs.GamblersProblem(heads=heads, discount=discount).model).sweeps < 60


@pytest.mark.parametrize("seed", range(6))
def test_backward_induction_is_the_recursion(seed):
    model = garnet(seed, most=6, discount=[1.0, 0.9][seed % 2])
    plan = BackwardInduction(horizon=6).plan(model)

    value = [0.0] * model.states

    def q(s, a):
        entries = range(*model.offsets[s * model.actions + a :][:2])
        after = {i: 0 if model.terminated[i] else model.discount * value[model.next_state[i]] for i in entries}
        return sum(model.probability[i] * (model.reward[i] + after[i]) for i in entries)

    for stage in plan.stages[::-1]:
        chosen = [q(s, int(a)) for s, a in enumerate(stage)]
        value = [max(q(s, int(a)) for a in np.flatnonzero(row)) for s, row in enumerate(model.available)]
        np.testing.assert_allclose(chosen, value, atol=1e-13)
    np.testing.assert_allclose(plan.value, value, rtol=0, atol=plan.bound)
    assert (len(plan.stages), plan.policy.tolist(), plan.converged) == (6, plan.stages[0].tolist(), True)


def test_backward_induction_earns_more_where_time_is_short_in_every_episode():
    cells = (Cell(agent(), envs.Chain(time_limit=6), 18, 1_000) for agent in (ValueIteration, BackwardInduction))
    patient, hasty = (simulate(cell).data["returns"].mean(axis=0) for cell in cells)
    assert (hasty > patient + 1).all()
    result = simulate(Cell(BackwardInduction(), envs.Chain(time_limit=20, discount=1.0), 60, 4_000))
    error = result.data["returns"].std(axis=0) / np.sqrt(4_000)
    assert (np.abs(result.data["returns"].mean(axis=0) - result.data["start_value"]) <= 5 * error).all()


def test_backward_induction_plans_for_the_time_limit_unless_told():
    for horizon, time_limit, stages in ((None, 7, 7), (None, None, 50), (3, 7, 3)):
        (agent := BackwardInduction(horizon=horizon)).begin(problem(model=garnet(0), time_limit=time_limit), None)
        assert len(agent.made.stages) == stages
    assert refusal(lambda: BackwardInduction().plan(garnet(0))).startswith("horizon=None: must be told")


def long_run(model, policy):
    """Reward of a step in the long run, by the stationary law; where an episode ends the next begins."""
    chain, reward = model.chain(policy)
    chain = chain.toarray() + np.outer(1 - chain.sum(axis=1), model.start)
    equations = np.vstack([chain.T - np.eye(model.states), np.ones(model.states)])
    return np.linalg.lstsq(equations, np.eye(model.states + 1)[-1])[0] @ reward


GAINFUL = ("river_swim", "forest", "chain", "garnet", "gridworld", "dyna_maze", "random_walk")
PERIODIC, SPLIT = toy([(1, 1, False)], [(0, 4, False)]), toy([(0, 1, False)], [(1, 4, False)])


@pytest.mark.parametrize("model", [PERIODIC, *(WORLDS[world].model for world in GAINFUL)], ids=("periodic", *GAINFUL))
def test_the_gain_is_that_of_the_policy_and_the_largest(model):
    plan = RelativeValueIteration().plan(model)
    assert abs(plan.gain - long_run(model, plan.policy)) <= plan.bound <= 1e-6
    policies = product(*(np.flatnonzero(actions) for actions in model.available)) if model.states < 8 else [plan.policy]
    assert abs(plan.gain - max(long_run(model, np.array(policy)) for policy in policies)) <= plan.bound


def test_relative_value_iteration_does_not_settle_where_gains_differ():
    with pytest.warns(UserWarning, match="RelativeValueIteration stopped after 99 sweeps"):
        assert not RelativeValueIteration(sweep_limit=99).plan(SPLIT).converged


@pytest.mark.parametrize(
    ("agent", "env"),
    [(ValueIteration, env()) for env in (envs.Gridworld, envs.Chain, envs.Garnet, envs.Forest, envs.JacksCarRental)]
    + [(BackwardInduction, envs.Chain(time_limit=6)), (BackwardInduction, envs.Gridworld(time_limit=9))]
    + [(RelativeValueIteration, env) for env in (envs.RiverSwim(time_limit=None), envs.Gridworld())],
)
def test_a_planner_earns_what_it_promises(agent, env):
    """The mean within 5 standard errors, a false alarm with probability 6e-7, and what a finite run leaves out."""
    result = simulate(Cell(agent(), env, steps=400, runs=2_000))
    earned = result.data["reward_rate" if agent is RelativeValueIteration else "first_return"]
    left_out = np.ptp(result.data["value"]) / 400 if agent is RelativeValueIteration else 1e-4
    assert abs(earned.mean() - result.data["start_value"]) <= 5 * earned.std() / np.sqrt(2_000) + left_out
    np.testing.assert_array_equal(result.outcome, earned)
    assert result.metrics[0] == ("gain" if agent is RelativeValueIteration else "value")
    assert {"value", "policy", "residual", "error", "start_value", "bound", "sweeps", "converged"} <= set(result.data)


def test_a_planner_needs_a_model():
    for agent in PLANNING:
        assert refusal(lambda agent=agent: agent().check(problem()), ProblemError).startswith("needs the model of")
    assert "needs the model of" in refusal(lambda: Cell(ValueIteration(), Registered("CartPole-v1")))


def test_a_model_is_planned_once_for_many_blocks_of_runs(monkeypatch):
    planned, plan = [], ValueIteration.plan
    monkeypatch.setattr(ValueIteration, "plan", lambda self, model: planned.append(model) or plan(self, model))
    env = envs.Garnet(states=9, seed=2026)
    simulate(Cell(ValueIteration(), env, steps=2, runs=2_500))
    assert planned == [env.model]


@pytest.mark.parametrize(
    ("agent", "name", "value"),
    [(agent, "tolerance", value) for agent in PLANNING for value in (0, float("nan"), float("inf"), -1)]
    + [(agent, "sweep_limit", 0) for agent in PLANNING if agent is not BackwardInduction]
    + [(agents.ModifiedPolicyIteration, "evaluation", "foo"), (agents.ModifiedPolicyIteration, "evaluation_sweeps", -1)]
    + [(BackwardInduction, "horizon", 0)],
)
def test_a_bad_setting_is_named(agent, name, value):
    assert refusal(lambda: agent(**{name: value})).startswith(f"{name}={value}: must be")


@pytest.mark.parametrize("planner", [ValueIteration(), agents.ModifiedPolicyIteration(evaluation="jacobi")])
def test_a_sweep_that_is_shared_among_cores_gives_the_same_numbers(planner, monkeypatch):
    shared, sweep = [], iterate.ThreadPoolExecutor
    monkeypatch.setattr(iterate, "ThreadPoolExecutor", lambda workers: shared.append(workers) or sweep(workers))
    monkeypatch.setattr(iterate.os, "sched_getaffinity", lambda process: {0, 1, 2}, raising=False)
    models = [garnet(0), garnet(14), WORLDS["gridworld"].model]
    alone = [planner.plan(model) for model in models]
    monkeypatch.setattr(iterate, "PARALLEL", 1)
    for plan, together in zip(alone, map(planner.plan, models), strict=True):
        for name in ("value", "policy", "bound", "sweeps"):
            np.testing.assert_array_equal(getattr(plan, name), getattr(together, name))
    assert (len(shared) > 9, set(shared)) == (True, {3})
