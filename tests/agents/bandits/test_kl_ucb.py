"""The upper confidence bounds of KL-UCB and KL-UCB++, by hand."""

from math import inf, log, sqrt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from reference.bandits import bernoulli, largest
from support.bandits import after_rewards

from rlnotes.agents import KLUCBPlusPlus
from rlnotes.agents.bandits.base import bernoulli_bounds
from rlnotes.agents.bandits.kl_ucb_plus_plus import exploration_per_pull


@given(p=st.floats(0, 1), budget=st.floats(1e-9, 50))
def test_at_the_index_of_kl_ucb_the_divergence_is_the_budget(p, budget):
    """d(p, q) = budget up to the rounding of q and of p log p, or q = 1 to all digits."""
    entropy = p * np.log(p) + (1 - p) * np.log1p(-p) if 0 < p < 1 else 0.0
    q = bernoulli_bounds.upper(p, entropy, budget)
    assert p <= q <= 1
    if q == 1:
        assert p == 1 or (budget - entropy) / (1 - p) > 36
    else:
        assert abs(bernoulli(p, q) - budget) <= 1e-14 * (1 + budget) + 1e-15 * (q - p) / (1 - q)


def test_the_index_of_kl_ucb_by_hand():
    """d(0, q) = −log(1 − q); d(1/2, q) = −½ log(4q(1 − q))."""
    assert bernoulli_bounds.upper(0.0, 0.0, log(2)) == pytest.approx(0.5, abs=1e-15)
    assert bernoulli_bounds.upper(0.5, -log(2), log(2)) == pytest.approx(0.5 + sqrt(3) / 4, abs=1e-15)
    assert bernoulli_bounds.upper(1.0, 0.0, 3.0) == 1.0


def test_kl_ucb_solves_only_for_arms_that_one_divergence_cannot_rule_out():
    """With 100 pulls each and means 0.9, 0.5 and 0.88, the second arm cannot have the largest index. An arm that is as
    good as the first one is solved, in either order."""
    means = np.array([[0.9, 0.9], [0.5, 0.9], [0.88, 0.2]])
    counts, index = np.full((3, 2), 100), np.zeros((3, 2))
    entropy = means * np.log(means) + (1 - means) * np.log(1 - means)
    for first in ([0, 1], [0, 0]):
        bernoulli_bounds.bound(counts, means, entropy, np.array(first), log(1_000), index)
        assert index[0, 0] == pytest.approx(largest(0.9, log(1_000) / 100), abs=1e-14)
        assert index[1, 0] == index[2, 1] == -inf
        assert index[0, 1] == index[1, 1]


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
