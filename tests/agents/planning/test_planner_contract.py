"""The contract of planners: a model, one plan for all runs, the promised return, settings, sweeps in parallel."""

from functools import partial

import numpy as np
import pytest
from support.planning import CATALOGUE, PLANNING, garnet, problem, refusal

from rlnotes import agents, envs
from rlnotes.agents import BackwardInduction, RelativeValueIteration, ValueIteration
from rlnotes.agents.base.agent import ProblemError
from rlnotes.agents.planning.base import iterate
from rlnotes.envs.mdps.base.model import Model
from rlnotes.envs.registered import Registered
from rlnotes.simulation.cell import Cell
from rlnotes.simulation.simulate import simulate


@pytest.mark.parametrize(
    ("agent", "make_env"),
    [(ValueIteration, env) for env in (envs.Gridworld, envs.Chain, envs.Garnet, envs.Forest, envs.JacksCarRental)]
    + [
        (BackwardInduction, partial(envs.Chain, time_limit=6)),
        (BackwardInduction, partial(envs.Gridworld, time_limit=9)),
    ]
    + [(RelativeValueIteration, env) for env in (partial(envs.RiverSwim, time_limit=None), envs.Gridworld)],
)
def test_a_planner_earns_the_value_of_its_plan(agent, make_env):
    """The mean within 5 standard errors, a false alarm with probability 6e-7, and the part that a finite run omits."""
    result = simulate(Cell(agent(), make_env(), steps=400, runs=2_000))
    earned = result.data["reward_rate" if agent is RelativeValueIteration else "first_return"]
    omitted = np.ptp(result.data["value"]) / 400 if agent is RelativeValueIteration else 1e-4
    assert abs(earned.mean() - result.data["start_value"]) <= 5 * earned.std() / np.sqrt(2_000) + omitted
    np.testing.assert_array_equal(result.outcome, earned)
    assert result.metrics[0] == ("gain" if agent is RelativeValueIteration else "value")
    assert {"value", "policy", "residual", "error", "start_value", "bound", "sweeps", "converged"} <= set(result.data)


def test_a_planner_needs_a_model():
    for agent in PLANNING:
        assert refusal(lambda agent=agent: agent().check(problem()), ProblemError).startswith("needs the model of")
    assert "needs the model of" in refusal(lambda: Cell(ValueIteration(), Registered("CartPole-v1")))


def test_all_blocks_of_runs_share_one_plan(monkeypatch):
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


@pytest.mark.parametrize("make", [ValueIteration, partial(agents.ModifiedPolicyIteration, evaluation="jacobi")])
def test_a_sweep_that_several_cores_share_gives_the_same_numbers(make, monkeypatch):
    shared, pool = [], iterate.ThreadPoolExecutor
    monkeypatch.setattr(iterate, "ThreadPoolExecutor", lambda workers: shared.append(workers) or pool(workers))
    monkeypatch.setattr(iterate.os, "sched_getaffinity", lambda process: {0, 1, 2}, raising=False)
    models = [garnet(0), garnet(14), CATALOGUE["Gridworld"]()]
    alone = [make().plan(model) for model in models]
    monkeypatch.setattr(iterate, "PARALLEL", 1)
    for plan, together in zip(alone, map(make().plan, models), strict=True):
        for name in ("value", "policy", "bound", "sweeps"):
            np.testing.assert_array_equal(getattr(plan, name), getattr(together, name))
    assert (len(shared) > 9, set(shared)) == (True, {3})


def band(states, actions=3, branching=4):
    """A random model in which every transition leads to a state with a near number, in no direction."""
    rng, row = np.random.default_rng(0), np.repeat(np.arange(states * actions), branching)
    next_state = np.clip(row // actions + rng.integers(-5, 6, len(row)), 0, states - 1)
    probability = rng.dirichlet(np.ones(branching), states * actions).ravel()
    columns = next_state, probability, rng.random(states * actions)[row], np.zeros(len(row), bool)
    return Model.from_entries(states, actions, row // actions, row % actions, *columns, start=0, discount=0.99)


def test_modified_policy_iteration_goes_on_in_place_only_where_that_is_faster(monkeypatch):
    """On a grid a reward crosses many states in one sweep in place."""
    in_place, sweep = [], iterate.Iterate.sweep_in_place
    monkeypatch.setattr(iterate.Iterate, "sweep_in_place", lambda *given: in_place.append(given) or sweep(*given))
    field = ["S" + "." * 39, *["." * 40] * 38, "." * 39 + "G"]
    plan = agents.ModifiedPolicyIteration().plan(envs.Gridworld(map=field, discount=0.99).model)
    assert len(in_place) > plan.sweeps / 2
    in_place.clear()
    plan = agents.ModifiedPolicyIteration().plan(band(2_000))
    assert 0 < len(in_place) < plan.sweeps / 10
