"""Planning in finite Markov decision processes [notes 2.5]."""

import warnings
from dataclasses import replace
from fractions import Fraction
from functools import cache
from itertools import product

import numpy as np
import pytest
from gymnasium.spaces import Discrete

from rlnotes import envs
from rlnotes.agents import (
    CATALOG,
    BackwardInduction,
    LinearProgramming,
    ModifiedPolicyIteration,
    PolicyIteration,
    RelativeValueIteration,
    ValueIteration,
)
from rlnotes.agents.agent import Problem, ProblemError
from rlnotes.agents.planning import iterate
from rlnotes.agents.planning.planner import Improver
from rlnotes.envs.catalog import load
from rlnotes.envs.errors import SettingError
from rlnotes.envs.mdps.model import Model
from rlnotes.envs.registered import Registered
from rlnotes.experiment import Cell

IMPROVERS = [agent for agent in map(load, CATALOG.values()) if issubclass(agent, Improver)]
PLANNERS = [agent() for agent in IMPROVERS]
PLANNERS += [ModifiedPolicyIteration(evaluation=evaluation) for evaluation in ("jacobi", "gauss_seidel")]
NAMES = [type(p).__name__ + (getattr(p, "evaluation", None) or "") for p in PLANNERS]
WORLDS = [name for name, path in envs.CATALOG.items() if ".mdps." in path]
WORLDS += [(id, discount) for id in ("FrozenLake-v1", "CliffWalking-v1", "Taxi-v4") for discount in (0.99, 1.0)]
every_planner = pytest.mark.parametrize("planner", PLANNERS, ids=NAMES)


@cache
def model_of(world):
    if isinstance(world, tuple):
        return Registered(world[0], {"discount": world[1]}).model
    return load(envs.CATALOG[world])().model


@cache
def garnet(seed, most=60, discount=None):
    """A random model, every other one with terminated entries, of which some actions are not available."""
    rng = np.random.default_rng(seed)
    states, actions = int(rng.integers(1, most + 1)), int(rng.integers(1, 5))
    settings = {"branching": int(rng.integers(1, min(states, 6) + 1)), "seed": seed}
    discount = float(rng.choice([0.0, 0.5, 0.9, 0.99, 0.999])) if discount is None else discount
    model = envs.Garnet(states=states, actions=actions, discount=discount, **settings).model
    model = replace(model, terminated=rng.random(len(model.reward)) < 0.2 * (seed % 2))
    row = np.repeat(np.arange(model.rows), np.diff(model.offsets))
    here = ((rng.random(model.rows) < 0.8) | (np.arange(model.rows) % actions == 0))[row]
    columns = (model.next_state, model.probability, model.reward, model.terminated)
    chosen = (column[here] for column in (row // actions, row % actions, *columns))
    return Model.from_entries(states, actions, *chosen, start=model.start, discount=discount)


@cache
def dense(model):
    """p(s'|s, a) of what goes on [states, actions, states] and r(s, a), −∞ where not available."""
    row = np.repeat(np.arange(model.rows), np.diff(model.offsets))
    transition, reward = np.zeros((model.rows, model.states)), np.zeros(model.rows)
    np.add.at(transition, (row, model.next_state), model.probability * ~model.terminated)
    np.add.at(reward, row, model.probability * model.reward)
    reward[~np.isin(np.arange(model.rows), row)] = -np.inf
    return transition.reshape(model.states, model.actions, -1), reward.reshape(model.states, -1)


@cache
def optimum(model):
    """V* by policy iteration with LAPACK, or by backups from 0 where γ = 1."""
    (transition, reward), state, value = dense(model), np.arange(model.states), np.zeros(model.states)
    if model.discount == 1:
        while np.abs((backed_up := (reward + transition @ value).max(axis=1)) - value).max() > 1e-15:
            value = backed_up
        return backed_up
    policy = reward.argmax(axis=1)
    while True:
        value = np.linalg.solve(
            np.eye(model.states) - model.discount * transition[state, policy], reward[state, policy]
        )
        q = reward + model.discount * (transition @ value)
        better = q.max(axis=1) > q[state, policy] + 1e-13 * (1 + np.abs(value).max())
        if not better.any():
            return value
        policy = np.where(better, q.argmax(axis=1), policy)


def worth(model, policy):
    """V of a policy, that may stay for ever where it is paid nothing."""
    if model.discount < 1:
        return model.evaluate(policy)
    (transition, reward), state, value, change = dense(model), np.arange(model.states), np.zeros(model.states), 1
    while change > 1e-14:
        following = reward[state, policy] + transition[state, policy] @ value
        value, change = following, np.abs(following - value).max()
    return value


def exact(model):
    """V* in rational numbers, of the model whose probabilities sum to 1."""
    transition, reward = dense(model)
    policy = (reward + model.discount * (transition @ optimum(model))).argmax(axis=1)
    lines = np.array([[Fraction(int(s == to)) for to in range(model.states + 1)] for s in range(model.states)])
    for s, line in enumerate(lines):
        here = slice(*model.offsets[s * model.actions + policy[s] :][:2])
        probability = [Fraction(p) for p in model.probability[here]]
        columns = model.reward[here], model.next_state[here], model.terminated[here]
        for p, r, to, ends in zip(probability, *columns, strict=True):
            line[to] -= 0 if ends else Fraction(model.discount) * p / sum(probability)
            line[-1] += Fraction(r) * p / sum(probability)
    for s in range(model.states):
        lines[s] = lines[s] / lines[s][s]
        others = np.arange(model.states) != s
        lines[others] = lines[others] - np.outer(lines[others, s], lines[s])
    return lines[:, -1]


def toy(*outcomes, discount=1.0, start=0):
    """The model of what may follow each action of each state: (next state, reward, ends?) or [(probability, …), …]."""

    def following(s, a):
        if a >= len(outcomes[s]):
            return []
        outcome = outcomes[s][a]
        return [(1.0, *outcome)] if isinstance(outcome, tuple) else outcome

    return Model.from_function(
        range(len(outcomes)), range(max(map(len, outcomes))), following, start=start, discount=discount
    )


def episodic(seed):
    """γ = 1: a random model where to go on pays at most 0, often 0, and to end whatever it may."""
    model, rng = garnet(seed, most=8, discount=0.9), np.random.default_rng(seed)
    reward = np.where(rng.random(len(model.reward)) < 0.6, 0.0, -np.abs(model.reward))
    terminated = rng.random(len(reward)) < 0.1
    terminated[model.offsets[: -1 : model.actions]] = True
    return replace(model, reward=np.where(terminated, model.reward, reward), terminated=terminated, discount=1.0)


def problem(model, **rest):
    spaces = (Discrete(model.states), Discrete(model.actions)) if model else (Discrete(1), Discrete(2))
    return Problem(*spaces, rest.pop("runs", 3), rest.pop("horizon", 50), model=model, **rest)


def check(plan, model, tolerance):
    """That a plan keeps its promises, as an independent optimum tells."""
    assert plan.converged
    assert np.abs(plan.value - optimum(model)).max() <= plan.bound <= tolerance
    assert plan.policy.shape == (model.states,)
    assert model.available[np.arange(model.states), plan.policy].all()
    assert np.abs(worth(model, plan.policy) - optimum(model)).max() <= 2 * plan.bound + 1e-9
    assert {len(column) for column in plan.history.values()} == {len(plan.history["sweep"])}
    assert set(plan.history) == {"sweep", "clock", "residual", "error"}
    assert (np.diff(plan.history["sweep"]) > 0).all()
    assert plan.history["sweep"][-1] == plan.sweeps
    assert (plan.history["residual"] >= 0).all()


def refusal(make):
    with pytest.raises(ValueError, match="=|needs") as error:
        make()
    assert isinstance(error.value, SettingError | ProblemError)
    assert "\n" not in str(error.value)
    return str(error.value)


def assert_mean(sample, expected, bias=0.0):
    """The mean within 5 standard errors, a false alarm with probability 6e-7, and a known bias."""
    assert abs(sample.mean() - expected) <= 5 * sample.std(ddof=1) / np.sqrt(len(sample)) + bias + 1e-9


@every_planner
@pytest.mark.parametrize("world", WORLDS, ids=str)
def test_a_plan_keeps_its_promises(planner, world):
    if (type(planner), world) != (LinearProgramming, "jacks_car_rental"):  # it takes five seconds
        check(planner.plan(model_of(world)), model_of(world), 1e-6)


@every_planner
def test_a_plan_of_a_random_model_keeps_its_promises(planner):
    for seed in range(50):
        check(planner.plan(garnet(seed)), garnet(seed), 1e-6)
        if garnet(seed).discount < 0.99:
            check(replace(planner, tolerance=1e-9).plan(garnet(seed)), garnet(seed), 1e-9)


@every_planner
def test_a_plan_of_a_random_model_without_a_discount_keeps_its_promises(planner):
    for seed in range(40):
        model = episodic(seed)
        check(planner.plan(model), model, 1e-6)


@pytest.mark.parametrize("planner", [ValueIteration, PolicyIteration])
@pytest.mark.parametrize(
    ("env", "settings", "published", "tolerance"),
    [
        ("Gridworld5x5", {}, dict(enumerate([21.977485, 24.419428, 21.977485, 19.419428, 17.477485])), 1e-8),
        ("JacksCarRental", {}, {0: 421.414063, 10 * 21 + 10: 574.948324}, 1e-8),
        ("GamblersProblem", {}, {1: 0.002065625, 51: 0.403098437, 99: 0.964332967}, 3e-10),
        ("WindyGridworld", {}, {30: -15}, 1e-8),
        ("WindyGridworld", {"kings_moves": True}, {30: -7}, 1e-8),
        ("CliffWalking", {}, {36: -13}, 1e-8),
        ("DynaMaze", {}, {15: 0.95**13}, 1e-8),
        ("Forest", {}, {0: 74.6496, 1: 78.1056, 2: 82.1056}, 1e-8),
    ],
)
def test_the_optimal_values_are_the_published_ones(planner, env, settings, published, tolerance):
    value = planner(tolerance=tolerance).plan(getattr(envs, env)(**settings).model).value
    digits = 1e-9 if tolerance < 1e-9 else 5e-7
    np.testing.assert_allclose(value[list(published)], list(published.values()), rtol=0, atol=digits)


END, HALF = True, 0.5
REFUSED = {
    "gain": (toy([(1, 1, False), (0, 0, END)], [(0, 0, False)]), "infinite"),
    "chance": (toy([[(HALF, 0, -1, False), (HALF, 1, 2, False)], (0, 0, END)], [(0, -0.4, False)]), "infinite"),
    "no_end": (toy([(1, -1, False)], [(0, -1, False)]), "no policy is sure to end"),
    "nothing": (toy([(1, 1, False), (0, 0, END)], [(0, -1, False)]), "does not settle"),
    "garnet": (envs.Garnet(discount=1.0).model, "infinite"),
    "jack": (envs.JacksCarRental(discount=1.0).model, "infinite"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_without_a_discount_a_value_that_is_not_finite_is_refused(case):
    model, message = REFUSED[case]
    for agent in IMPROVERS:
        assert message in refusal(lambda agent=agent: agent().plan(model))
    assert message in refusal(lambda: ValueIteration().check(problem(model)))


SOLVED = {
    "absorbing": (toy([(1, 3, False), (0, -1, False)], [(1, 0, False)]), [3, 0]),
    "stay": (toy([(1, 0, False)], [(0, 0, False), (1, -1, END)]), [0, 0]),
    "leave": (toy([(1, 0, False)], [(0, 0, False), (1, 1, END)]), [1, 1]),
    "chance": (toy([[(HALF, 0, 0, False), (HALF, 1, 0, False)], (0, -2, END)], [(0, 0, False), (0, 4, END)]), [4, 4]),
    "losing": (toy([(1, 1, False), (0, 0.5, END)], [(0, -2, False), (1, -1, END)]), [0.5, -1]),
    "losing_and_absorbing": (toy([(1, 1, False), (2, 0, False)], [(0, -2, False)], [(2, 0, False)]), [0, -2, 0]),
    "long_and_losing": (
        toy(*([((s + 1) % 300, 1 - 2 * (s > 0), False), (s, 0, END)] for s in range(300))),
        [1] + [0] * 299,
    ),
}


@pytest.mark.parametrize("case", SOLVED)
def test_without_a_discount_a_value_that_is_finite_is_found(case):
    model, value = SOLVED[case]
    for planner in PLANNERS:
        planner.check(problem(model))
        plan = planner.plan(model)
        np.testing.assert_allclose(plan.value, value, atol=plan.bound)
        np.testing.assert_allclose(worth(model, plan.policy), value, atol=2 * plan.bound)


def test_the_frozen_lake_without_a_discount_is_crossed_in_14_of_17_runs():
    np.testing.assert_allclose(PolicyIteration().plan(model_of(("FrozenLake-v1", 1.0))).value[0], 14 / 17, atol=1e-9)


@every_planner
def test_the_bound_holds_in_exact_arithmetic(planner):
    for seed in range(16):
        model = garnet(seed, most=5, discount=[0.3, 0.9, 0.999, 0.999999][seed % 4])
        for tolerance in (1e-3, 1e-7):
            with np.errstate(all="raise"):
                plan = replace(planner, tolerance=tolerance, sweep_limit=2_000)
            plan = quietly(plan, model)
            assert np.abs([Fraction(v) - e for v, e in zip(plan.value, exact(model), strict=True)]).max() <= plan.bound
