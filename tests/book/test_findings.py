"""What the figures of the book find: exact numbers, and orders that a figure of this size shows."""

import numpy as np
import pytest

from rlnotes.book.base.walk_of_1000 import mean_length, targets_of
from rlnotes.book.chapter_03.optimal_solutions import OptimalSolutions
from rlnotes.book.chapter_03.random_policy import RandomPolicy
from rlnotes.book.chapter_04.car_rental import CarRental
from rlnotes.book.chapter_04.gambler import Gambler
from rlnotes.book.chapter_04.iterative_evaluation import IterativeEvaluation
from rlnotes.book.chapter_05.blackjack_policy import BlackjackPolicy
from rlnotes.book.chapter_06.batch import Batch
from rlnotes.book.chapter_06.cliff import Cliff
from rlnotes.book.chapter_06.maximization_bias import Bias
from rlnotes.book.chapter_08.expected_and_sample_updates import ExpectedAndSampleUpdates
from rlnotes.book.chapter_08.shortcut_maze import ShortcutMaze
from rlnotes.book.chapter_09.aggregation import Aggregation
from rlnotes.book.chapter_09.bootstrapping import Bootstrapping
from rlnotes.book.chapter_09.tilings import FIFTY, ONE, Tilings
from rlnotes.book.chapter_11.emphasis import Emphasis
from rlnotes.book.chapter_11.gradient_correction import GradientCorrection
from rlnotes.book.chapter_11.instability import Instability
from rlnotes.book.chapter_13.baseline import ReinforceBaseline


def test_the_values_of_the_gridworld_are_those_of_figures_3_2_and_3_5():
    assert RandomPolicy().run()["value"][:5] == pytest.approx([3.3, 8.8, 4.4, 5.3, 1.5], abs=0.05)
    assert OptimalSolutions().run()["value"][:5] == pytest.approx([22.0, 24.4, 22.0, 19.4, 17.5], abs=0.05)


def test_the_sweeps_of_evaluation_are_those_of_figure_4_1():
    value = IterativeEvaluation().run()["value"].reshape(-1, 4, 4)
    assert value[1, 0].tolist() == [0, -1, -1, -1]
    assert value[2, 0] == pytest.approx([0, -1.75, -2, -2])
    assert value[3, 0] == pytest.approx([0, -2.4375, -2.9375, -3])
    assert value[4, 0] == pytest.approx([0, -6.14, -8.35, -8.97], abs=0.01)


def test_policy_iteration_improves_the_policy_of_car_rental_four_times_as_in_figure_4_2():
    found = CarRental().run()
    assert len(found["moves"]) == 5
    assert (found["moves"][0] == 0).all()
    assert found["value"][0, 0] == pytest.approx(421.414, abs=1e-3)


def test_the_gambler_stakes_all_at_25_50_and_75_as_in_figure_4_3():
    found = Gambler().run()
    assert found["stake"][[24, 49, 74]].tolist() == [25, 50, 25]
    assert found["stake"][[0, 11, 12]].tolist() == [1, 12, 12]
    assert found["value"][-1, [25, 50, 75]] == pytest.approx([0.16, 0.4, 0.64])


def test_the_best_hard_hands_stick_as_in_figure_5_2():
    """Without a usable ace: hit below 12; 12 sticks against 4 to 6, 13 to 16 against 2 to 6, and 17 always."""
    _, hard = BlackjackPolicy(runs=1, episodes=1).run()["hits"]
    assert np.flatnonzero(~hard[0]).tolist() == [3, 4, 5]
    assert all(np.flatnonzero(~hits).tolist() == [1, 2, 3, 4, 5] for hits in hard[1:5])
    assert not hard[5:].any()


@pytest.mark.slow
def test_batch_td_has_less_error_than_batch_monte_carlo():
    """With 200 runs the difference in the mean error of the last episodes is more than ten standard errors."""
    found = Batch(runs=200).run()
    assert (found["TD"][10:] < found["MC"][10:]).all()


@pytest.mark.slow
def test_sarsa_gets_more_than_q_learning_on_the_cliff():
    """-25 and -50 in the last episodes; a mean of 100 runs and 100 episodes has a standard error below 1."""
    found = Cliff(runs=100).run()
    assert found["SARSA"][-100:].mean() > found["Q-learning"][-100:].mean() + 15


@pytest.mark.slow
def test_double_q_learning_removes_most_of_the_bias():
    """94 % and 50 % left at the peak; a share of 1,000 runs has a standard error below 1.6 %."""
    found = Bias(runs=1_000, episodes=100).run()
    assert found["Q-learning"].max() > 85
    assert found["double Q-learning"][-20:].mean() < 15 < found["Q-learning"][-20:].mean()


@pytest.mark.slow
def test_the_error_of_samples_follows_the_law_of_figure_8_7():
    """√((b − 1) / (b t)) within 5 standard errors, √(1/2,000), of a root mean square of 1,000 estimates.

    One of the points lies outside with a probability below 2e-5 if estimates are normal; with few draws they are less
    spread than that.
    """
    found = ExpectedAndSampleUpdates(problems=10).run()
    for b in (10, 100):
        updates, error = found[f"updates, b = {b}"] * b, found[f"error, b = {b}"]
        assert error == pytest.approx(np.sqrt((b - 1) / b / updates), rel=5 * (1 / 2_000) ** 0.5)


@pytest.mark.slow
def test_only_the_bonus_finds_the_shortcut():
    """A path of 10 steps in place of 16: the slopes of the last 1,000 steps are about 0.08 and 0.05."""
    found = ShortcutMaze(runs=30).run()
    last = [found[label][-1] - found[label][-51] for label in ("Dyna-Q+", "Dyna-Q")]
    assert last[0] > 1.2 * last[1]


def test_an_episode_of_the_long_walk_takes_83_steps():
    """By linear equations: the mean time until the end, 83.15."""
    assert mean_length(targets_of("aggregation:10")) == pytest.approx(83.1524, abs=1e-3)


@pytest.mark.slow
def test_monte_carlo_ends_nearer_to_the_values_than_td():
    """√VE near 0.054 and 0.117, the least error and that of the TD fixed point."""
    monte_carlo, best = Aggregation().run()["error"]
    td, fixed, least = Bootstrapping(step_sizes=1).run()["error"]
    assert least == pytest.approx(best)
    assert best < monte_carlo < 0.07 < 0.1 < td
    assert td == pytest.approx(fixed, abs=0.015)


@pytest.mark.slow
def test_fifty_tilings_beat_one():
    found = Tilings(runs=5, episodes=3_000).run()
    assert found[FIFTY][-1] < found[ONE][-1] - 0.02
    assert found[FIFTY][0] == found[ONE][0]


def test_the_weights_of_baird_s_example_grow_without_bound():
    found = Instability(steps=600).run()
    for weights in found.values():
        assert np.abs(weights[-1]).max() > 2 * np.abs(weights[300]).max() > 20


def test_tdc_removes_the_projected_error_and_emphatic_td_the_error():
    found = GradientCorrection().run()
    assert found["expected TDC, √PBE"][-1] < 0.01
    assert found["expected TDC, √VE"][-1] == pytest.approx(2, abs=0.1)
    assert Emphasis().run()["√VE"][-1] < 1e-9


@pytest.mark.slow
def test_a_baseline_makes_reinforce_faster():
    """Episodes 101 to 200: about −12 with and −25 without; a mean of 50 runs and 100 episodes varies by less than 1."""
    with_it, without = ReinforceBaseline(runs=50, episodes=200).run().values()
    assert with_it[100:].mean() > without[100:].mean() + 5
    assert without[0] < -50
