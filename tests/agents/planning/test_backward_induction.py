"""Backward induction [notes 2.4]."""

from functools import partial

import numpy as np
import pytest
from reference.planning import action_value
from support.planning import garnet, problem, refusal, toy

from rlnotes import envs
from rlnotes.agents import BackwardInduction, ValueIteration
from rlnotes.simulation.cell import Cell
from rlnotes.simulation.simulate import simulate


@pytest.mark.parametrize("seed", range(6))
def test_backward_induction_is_the_recursion(seed):
    model = garnet(seed, most=6, discount=[1.0, 0.9][seed % 2])
    plan = BackwardInduction(horizon=6).plan(model)
    value = [0.0] * model.states
    for stage in plan.stages[::-1]:
        q = partial(action_value, model, value)
        chosen = [q(s, int(a)) for s, a in enumerate(stage)]
        value = [max(q(s, int(a)) for a in np.flatnonzero(row)) for s, row in enumerate(model.available)]
        np.testing.assert_allclose(chosen, value, atol=1e-13)
    np.testing.assert_allclose(plan.value, value, rtol=0, atol=plan.bound)
    assert (len(plan.stages), plan.policy.tolist(), plan.converged) == (6, plan.stages[0].tolist(), True)


@pytest.mark.parametrize("seed", range(4))
def test_a_final_value_counts_where_the_episode_still_goes_on_and_all_values_can_be_kept(seed):
    model, final = garnet(seed, most=6, discount=[1.0, 0.9][seed % 2]), np.random.default_rng(seed).normal(size=9)
    final = final[: model.states]
    plan = BackwardInduction(horizon=4).plan(model, final, keep_values=True)
    value = [*final]
    for later, earlier in zip(plan.stage_values[::-1], plan.stage_values[-2::-1], strict=False):
        np.testing.assert_allclose(later, value, atol=1e-13)
        q = partial(action_value, model, value)
        value = [max(q(s, int(a)) for a in np.flatnonzero(row)) for s, row in enumerate(model.available)]
        np.testing.assert_allclose(earlier, value, atol=1e-13)
    np.testing.assert_array_equal(plan.stage_values[0], plan.value)
    assert plan.stage_values.shape == (5, model.states)


def test_a_final_value_also_counts_in_a_state_that_is_never_left():
    idle = toy([(1, 1, False)], [(1, 0, False)], discount=0.5)
    assert BackwardInduction(horizon=3).plan(idle, np.array([0.0, 8.0])).value.tolist() == [1 + 8 / 8, 8 / 8]
    assert BackwardInduction(horizon=3).plan(idle).stage_values is None
    assert BackwardInduction(horizon=3).plan(toy([(1, 0, False)], [(0, 0, False)]), [1.0, 1e12]).converged
    refused = refusal(lambda: BackwardInduction(horizon=3).plan(idle, np.zeros(3)))
    assert refused == "value=of shape (3,): must have the shape (2,)"
    refused = refusal(lambda: BackwardInduction(horizon=3).plan(idle, np.array([0.0, -np.inf])))
    assert refused == "final_value=-inf: must be finite numbers"


def test_backward_induction_earns_more_in_every_episode_that_is_short():
    cells = (Cell(agent(), envs.Chain(time_limit=6), 18, 1_000) for agent in (ValueIteration, BackwardInduction))
    patient, hasty = (simulate(cell).data["returns"].mean(axis=0) for cell in cells)
    assert (hasty > patient + 1).all()
    result = simulate(Cell(BackwardInduction(), envs.Chain(time_limit=20, discount=1.0), 60, 4_000))
    error = result.data["returns"].std(axis=0) / np.sqrt(4_000)
    assert (np.abs(result.data["returns"].mean(axis=0) - result.data["start_value"]) <= 5 * error).all()


def test_backward_induction_plans_for_the_time_limit_unless_it_has_a_horizon():
    for horizon, time_limit, stages in ((None, 7, 7), (None, None, 50), (3, 7, 3)):
        (agent := BackwardInduction(horizon=horizon)).begin(problem(model=garnet(0), time_limit=time_limit), None)
        assert len(agent.followed_plan.stages) == stages
    assert refusal(lambda: BackwardInduction().plan(garnet(0))).startswith("horizon=None: must be a number of steps")
