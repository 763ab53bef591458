"""Bounds on regret as functions: numbers by hand, closed forms and ETC's exact regret."""

from math import e, inf, log, pi, sqrt

import numpy as np
import pytest
from scipy import stats
from scipy.optimize import minimize_scalar

from rlnotes.agents import ETC
from rlnotes.analysis import regret_bounds
from rlnotes.envs import GaussianBandit
from rlnotes.simulation.cell import Cell
from rlnotes.simulation.simulate import simulate

GAPS = np.array([0.0, 0.5, 1.0])
"""gaps of three arms"""


@pytest.mark.parametrize(
    ("bound", "value"),
    [
        (regret_bounds.etc_bound(100, GAPS, 10), 15 + 70 * (0.5 * e**-0.625 + e**-2.5)),
        (regret_bounds.etc_bound(20, GAPS, 10), 15),
        (regret_bounds.etc_optimal_bound(1000, 0.5), 0.5 + 8 * (1 + log(62.5))),
        (regret_bounds.etc_optimal_bound(1000, 1e-3), 1),
        (regret_bounds.etc_optimal_bound(4, 1.0), 4),
        (regret_bounds.etc_regret(10, 2.0, 8), 10),
        (regret_bounds.etc_regret(116, 1.0, 8, std=2.0), 8 + 100 * stats.norm.cdf(-1)),
        (regret_bounds.ucb_bound(100, GAPS), 4.5 + 16 * log(100) * 3),
        (regret_bounds.ucb_worst_case(100, GAPS), 8 * sqrt(300 * log(100)) + 4.5),
        (regret_bounds.ucb_asymptotic_bound(1, GAPS), 1.5 + 3 * (5 ** (1 / 3) + 2 ** (1 / 3)) ** 3),
        (regret_bounds.moss_bound(100, GAPS), 39 * sqrt(300) + 1.5),
        (regret_bounds.ucb1_bound(100, GAPS), 24 * log(100) + (1 + pi**2 / 3) * 1.5),
        (regret_bounds.ucb_v_bound(100, GAPS, np.array([0.2, 0.1, 0.05])), 10 * log(100) * (0.2 + 2 + 0.05 + 2)),
        (regret_bounds.exp3_bound(100, 3, eta=sqrt(2 * log(3) / 300)), sqrt(600 * log(3))),
        (regret_bounds.exp3_bound(100, 3, eta=0.1), 10 * log(3) + 15),
        (regret_bounds.exp3_ix_bound(100, 3), 4 * sqrt(300 * log(3)) + (2 * sqrt(300 / log(3)) + 1) * (1 + log(2))),
        (regret_bounds.thompson_bound(100, 3), sqrt(150 * log(3))),
        (regret_bounds.minimax_lower(100, 10), sqrt(900) / 27),
        (regret_bounds.minimax_lower(8, 10), 0),
        (regret_bounds.lai_robbins(100, GAPS, regret_bounds.gaussian_kl(GAPS)), 2 * 3 * log(100)),
        (regret_bounds.lai_robbins(100, GAPS, regret_bounds.gaussian_kl(GAPS, 2.0)), 8 * 3 * log(100)),
        (
            regret_bounds.lai_robbins(100, GAPS, regret_bounds.gaussian_kl(GAPS, np.array([9.0, 1.0, 2.0]))),
            (4 + 8) * log(100),
        ),
        (regret_bounds.lai_robbins(100, GAPS, regret_bounds.gaussian_kl(GAPS, 0.0)), 0),
        (regret_bounds.bernoulli_kl(np.array(0.5), np.array(0.75)), log(2 / 3) / 2 + log(2) / 2),
        (regret_bounds.bernoulli_kl(np.array(0.5), np.array(1.0)), inf),
        (regret_bounds.bernoulli_kl(np.array(1.0), np.array(1.0)), 0),
        (regret_bounds.capped(np.array([50.0, 500.0]), np.array([100, 200]), GAPS), [50, 200]),
    ],
)
def test_numbers_by_hand(bound, value):
    np.testing.assert_allclose(bound, value)


@pytest.mark.parametrize(
    "bound",
    [
        regret_bounds.ucb_bound,
        regret_bounds.ucb_worst_case,
        regret_bounds.ucb_asymptotic_bound,
        regret_bounds.moss_bound,
        regret_bounds.ucb1_bound,
    ],
)
def test_a_bound_is_computed_for_each_instance_at_each_step(bound):
    steps, instances = np.array([1, 10, 1000]), np.array([[0.0, 0.3], [0.2, 0.0], [0.0, 0.0], [0.0, 5e-324]])
    curves = bound(steps[:, None], instances)
    assert curves.shape == (3, 4)
    for i, n in enumerate(steps):
        np.testing.assert_array_equal(curves[i], [bound(n, gaps) for gaps in instances])
    assert (np.diff(curves, axis=0) >= 0).all()
    assert (regret_bounds.capped(curves, steps[:, None], instances)[:, 2:] < 1e-300).all()


@pytest.mark.parametrize("gap", [0.0, 5e-324, 1e-200, 1e-9, 1e-5])
def test_the_slope_of_tiny_gaps(gap):
    """Σ Δ/KL is 2/Δ for Gaussian arms, 1/(2Δ) for Bernoulli arms near ½, and 0 without a gap."""
    means = np.array([0.5 + gap, 0.5])
    for divergence, slope in (
        (regret_bounds.gaussian_kl(np.array([0.0, gap])), 2),
        (regret_bounds.bernoulli_kl(means, means.max()), 0.5),
    ):
        found = regret_bounds.capped(
            regret_bounds.lai_robbins(np.array([1, 100]), np.array([0.0, gap]), divergence), 1e300, means
        )
        assert found[0] == 0
        if gap > 1e-100:
            np.testing.assert_allclose(found[1], slope / gap * log(100), rtol=1e-5)


@pytest.mark.parametrize("gap", [1e-3, 0.4, 3.0])
@pytest.mark.parametrize("n", [1, 50, 10**6])
def test_the_infimum_of_theorem_8_1_is_found(n, gap):
    log_f = log(1 + n * log(n) ** 2)

    def of(epsilon):
        return gap * (1 + 5 / epsilon**2 + 2 * (log_f + sqrt(pi * log_f) + 1) / (gap - epsilon) ** 2)

    least = minimize_scalar(of, bounds=(1e-4 * gap, (1 - 1e-4) * gap), method="bounded", options={"xatol": 1e-9 * gap})
    np.testing.assert_allclose(regret_bounds.ucb_asymptotic_bound(n, np.array([gap, 0.0])), least.fun, rtol=1e-9)


def test_the_sum_in_theorem_8_1_is_below_five_halves():
    """Σ_t 1/f(t) up to 10⁶, and ∫ dt / (t log² t) = 1 / log 10⁶ for the rest."""
    t = np.arange(1, 10**6 + 1)
    assert (1 / (1 + t * np.log(t) ** 2)).sum() + 1 / log(10**6) < 2.5


def test_bounds_have_the_order_of_the_theory():
    """ETC's regret is below Theorem 6.1, which is below (6.6) for the best m; 8.1 approaches the slope from above."""
    n = np.unique(np.geomspace(2, 10**6, 50).astype(int))
    for gap in (0.01, 0.1, 0.5, 2.0):
        gaps = np.array([0.0, gap])
        for m in (1, 10, 500):
            assert (regret_bounds.etc_regret(n, gap, m) <= regret_bounds.etc_bound(n, gaps, m) * (1 + 1e-12)).all()
        for horizon in n[n > 10]:
            m = ETC(gap=gap).exploration(int(horizon), 2)
            best = regret_bounds.capped(regret_bounds.etc_bound(horizon, gaps, m), horizon, gaps)
            assert best <= regret_bounds.etc_optimal_bound(horizon, gap) * (1 + 1e-12)
        slope = regret_bounds.lai_robbins(n, gaps, regret_bounds.gaussian_kl(gaps))
        ratio = regret_bounds.ucb_asymptotic_bound(n, gaps) / slope
        assert (ratio > 1).all()
        assert (np.diff(ratio) < 0).all()
    assert (regret_bounds.minimax_lower(n, 10) < regret_bounds.moss_bound(n, np.zeros(10))).all()


@pytest.mark.parametrize(("gap", "m", "std"), [(0.5, 5, 1.0), (0.2, 20, 0.7)])
def test_the_regret_of_etc_equals_the_exact_formula(gap, m, std):
    """Within 5 standard errors at every step after the exploration: a false alarm has probability 6e-7 at each step."""
    runs, n = 20_000, 100
    data = simulate(Cell(ETC(pulls=m), GaussianBandit(means=[0.0, -gap], std=std), steps=n, runs=runs)).data
    steps, regret = data["steps"], data["regret"]
    later = (steps > 2 * m) & (steps % 20 == 0)
    exact = regret_bounds.etc_regret(steps, gap, m, std)
    wrong = (exact[-1] - m * gap) / (gap * (n - 2 * m))
    error = np.maximum(steps - 2 * m, 0) * gap * sqrt(wrong * (1 - wrong) / runs)
    assert (np.abs(regret.mean(axis=0) - exact)[later] < 5 * error[later]).all()
    off = regret_bounds.etc_regret(steps, gap, m, std * sqrt(2))
    assert (np.abs(off - exact)[later] > 20 * error[later]).all(), "the test must notice a wrong formula"
