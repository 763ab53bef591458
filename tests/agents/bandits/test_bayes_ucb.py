"""Bayes-UCB: quantiles by hand, and how few of them it computes."""

from math import log, sqrt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.bandits import after_rewards

from rlnotes.agents import BayesUCB
from rlnotes.envs import BernoulliBandit
from rlnotes.simulation.cell import Cell
from rlnotes.simulation.simulate import simulate


def test_bayes_ucb_by_hand():
    """At t = 4 and c = 0, 1 − p = ¾. Beta(3, 1), of two rewards 1, has the quantile ¾^⅓; Beta(1, 2), of a reward 0,
    1 − ¼^½ = ½. With n = 100 and c = 1, p = 1 / (4 log 100)."""
    for c, p in ((0.0, 0.25), (1.0, 0.25 / log(100))):
        agent = after_rewards(BayesUCB(c=c), [[1.0, 1.0], [0.0]])
        agent.act(None)
        assert agent.solved[0, 0] == pytest.approx((1 - p) ** (1 / 3), rel=1e-12)
        index = agent.index[1, 0]  # the tangent of an earlier step, or the quantile
        assert 1 - sqrt(p) - 1e-12 <= index < agent.solved[0, 0]


@given(ones=st.integers(0, 40), zeros=st.integers(0, 40), before=st.floats(0.7, 30), later=st.floats(0, 10))
def test_the_tangent_of_bayes_ucb_bounds_later_quantiles(ones, zeros, before, later):
    agent = after_rewards(BayesUCB(), [[1.0] * ones + [0.0] * zeros])
    [quantile], [slope] = agent.solve(np.array([0]), before)
    [later_quantile], _ = agent.solve(np.array([0]), before + later)
    assert later_quantile <= quantile + slope * later + 1e-12


def test_bayes_ucb_computes_few_quantiles(monkeypatch):
    """On ten arms fewer than three per step and run, in 1,000 steps; all of them would be ten."""
    solved, solve = [], BayesUCB.solve

    def counted(agent, places, level):
        solved.append(len(places))
        return solve(agent, places, level)

    monkeypatch.setattr(BayesUCB, "solve", counted)
    simulate(Cell(BayesUCB(), BernoulliBandit(), steps=1_000, runs=20))
    assert sum(solved) < 3 * 20 * 1_000
