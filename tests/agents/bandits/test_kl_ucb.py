"""The upper confidence bounds of KL-UCB and KL-UCB++, by hand."""

from math import inf, log, sqrt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from reference.bandits import largest
from support.bandits import after_rewards

from rlnotes.agents import KLUCB, KLUCBPlusPlus
from rlnotes.agents.bandits.base import bernoulli_bounds
from rlnotes.agents.bandits.kl_ucb_plus_plus import exploration_per_pull


def upper(p, budget):
    """The bound of one arm."""
    entropy = p * np.log(p) + (1 - p) * np.log1p(-p) if 0 < p < 1 else 0.0
    [q] = bernoulli_bounds.upper(*np.array([[p], [entropy], [budget]]))
    return q


@given(p=st.floats(0, 1), budget=st.floats(1e-9, 50))
def test_at_the_index_of_kl_ucb_the_divergence_is_the_budget(p, budget):
    """By bisection, up to the rounding of the bound, and of p log p where the divergence is flat."""
    flat = 4e-16 / max(np.sqrt(budget), 1e-16)
    assert p - 1e-12 <= upper(p, budget) <= 1
    assert upper(p, budget) == pytest.approx(largest(p, budget), abs=1e-12 + flat)


def test_the_index_of_kl_ucb_by_hand():
    """d(0, q) = −log(1 − q); d(1/2, q) = −½ log(4q(1 − q))."""
    assert upper(0.0, log(2)) == pytest.approx(0.5, abs=1e-12)
    assert upper(0.5, log(2)) == pytest.approx(0.5 + sqrt(3) / 4, abs=1e-12)
    assert upper(1.0, 3.0) == 1.0
    assert upper(0.25, 0.0) == 0.25


def after_pulls(pulls, shares):
    """KL-UCB after `pulls` rewards of every arm. This share of them is 1, the others are 0."""
    ones = [round(n * share) for n, share in zip(pulls, shares, strict=True)]
    return after_rewards(KLUCB(), [[1.0] * m + [0.0] * (n - m) for n, m in zip(pulls, ones, strict=True)])


def test_kl_ucb_solves_only_for_arms_whose_tangent_is_the_largest():
    """With 100 pulls each and means 0.9, 0.5 and 0.88: later, the tangents of the other arms stay below the bound of
    the first. Arms that are equal tie, whichever is solved first."""
    agent = after_pulls([100] * 4, [0.9, 0.5, 0.88, 0.9])
    for steps in (1_000, 1_001, 2_000):
        agent.argmax_at(log(steps))
        assert agent.index[0, 0] == pytest.approx(largest(0.9, log(steps) / 100), abs=1e-12)
        assert agent.index[0, 0] == agent.index[3, 0] == agent.index.max()
        agent.solved[3], agent.solved_at[3] = inf, 0.0
    assert agent.solved_at[1:3, 0].tolist() == [log(1_000)] * 2


@given(
    pulls=st.lists(st.integers(0, 50), min_size=4, max_size=4),
    shares=st.lists(st.floats(0, 1), min_size=4, max_size=4),
    times=st.lists(st.integers(2, 10**6), min_size=1, max_size=6),
)
def test_kl_ucb_has_the_largest_bound_and_all_arms_that_tie_with_it(pulls, shares, times):
    """At growing times, with what was solved before, as by bisection."""
    agent = after_pulls(pulls, shares)
    for time in sorted(times):
        agent.argmax_at(log(time))
        means = agent.mean[:, 0]
        expected = [largest(mean, log(time) / n) if n else inf for mean, n in zip(means, pulls, strict=True)]
        for found, right in zip(agent.index[:, 0], expected, strict=True):
            if right >= max(expected) - 1e-13:
                assert found == pytest.approx(right, abs=1e-11)
            else:
                assert found < max(expected)


def test_kl_ucb_plus_plus_by_hand():
    """n = 4e and k = 2: n / (kT) = e after two pulls, so g(2) = log(e (1 + 1)) = 1 + log 2; after 2e of them or more it
    is 0. The bound of two rewards 0 is 1 − exp(−g/2)."""
    budgets = exploration_per_pull(round(4e6 * np.e), 2_000_000)
    assert budgets[2] == pytest.approx((1 + log(2)) / 2, abs=1e-6)
    assert list(budgets[[0, 6]]) == [0, 0]
    agent = after_rewards(KLUCBPlusPlus(), [[0.0, 0.0], [1.0, 0.0]], horizon=11)
    share = 11 / 4
    g = log(share * (1 + log(share) ** 2))
    assert agent.index[0, 0] == pytest.approx(1 - np.exp(-g / 2))
    assert agent.index[1, 0] == pytest.approx(0.5 + sqrt(1 - np.exp(-g)) / 2)  # d(½, q) = −½ log(4q(1 − q)) = g/2
