"""Bandits whose means are constant in phases, from a table."""

import numpy as np
import pytest

from rlnotes.agents import UCB, SlidingWindowUCB, Thompson
from rlnotes.analysis.applicable_bounds import applicable
from rlnotes.base.errors import SettingError
from rlnotes.envs import BernoulliBandit, BetaBandit, ExponentialBandit, GaussianBandit
from rlnotes.simulation.cell import Cell
from rlnotes.simulation.simulate import simulate

PHASES = [[0.9, 0.5, 0.1], [0.2, 0.6, 0.1], [0.0, 0.0, 1.0]]


@pytest.mark.parametrize("bandit", [BernoulliBandit, BetaBandit, ExponentialBandit, GaussianBandit])
def test_the_next_row_holds_from_each_change_on(bandit):
    """Steps 1 to 3, 4 to 5, and from 6 on; the regret is against the best arm of the phase, and so is `optimal`."""
    env = bandit(table=PHASES, changes=[4, 6], num_envs=2)
    assert env.k == 3
    env.reset(seed=1)
    regrets, optimal = [], []
    for _ in range(9):
        info = env.step(np.array([0, 1]))[4]
        regrets.append(info["regret"])
        optimal.append(info["optimal"].tolist())
    np.testing.assert_allclose(regrets, [[0.0, 0.4]] * 3 + [[0.4, 0.0]] * 2 + [[1.0, 1.0]] * 4)
    assert optimal == [[True, False]] * 3 + [[False, True]] * 2 + [[False, False]] * 4


def test_without_changes_each_row_is_a_step():
    """A row per step gives the rewards of the same phases, with the same random numbers."""
    rows = np.repeat(PHASES, [3, 2, 4], axis=0)
    phases, steps = BernoulliBandit(table=PHASES, changes=[4, 6], num_envs=50), BernoulliBandit(table=rows, num_envs=50)
    for env in (phases, steps):
        env.reset(seed=3)
    for t in range(9):
        (_, one, _, _, a), (_, other, _, _, b) = (env.step(np.arange(50) % 3) for env in (phases, steps))
        assert (one == other).all()
        np.testing.assert_array_equal(a["regret"], max(rows[t]) - rows[t][np.arange(50) % 3])
        np.testing.assert_array_equal(a["regret"], b["regret"])


def test_rewards_have_the_mean_of_their_phase():
    """Without noise a reward is its mean."""
    env = GaussianBandit(table=PHASES, changes=[2, 3], std=0.0)
    env.reset(seed=0)
    assert [float(env.step(np.array([2]))[1][0]) for _ in range(3)] == [0.1, 0.1, 1.0]


def test_a_file_of_means_with_an_index(tmp_path):
    file = tmp_path / "means.csv"
    file.write_text("week,left,right\n1,0.2,0.4\n2,0.7,0.1\n3,0.7,0.2\n")
    env = BernoulliBandit(table=file, table_columns=["left", "right"])
    cell = Cell(Thompson(), env, steps=3, runs=5)
    assert env.table.rows.tolist() == [[0.2, 0.4], [0.7, 0.1], [0.7, 0.2]]
    assert cell.settings["env"]["table_read"] == "3x3,commas,header"
    name = cell.name
    assert simulate(cell).data["regret_against"] == "the best arm now"
    file.write_text("week,left,right\n1,0.2,0.4\n2,0.7,0.1\n3,0.7,0.3\n")
    changed = BernoulliBandit(table=file, table_columns=["left", "right"])
    assert Cell(Thompson(), changed, steps=3, runs=5).name != name


def test_no_bound_for_constant_means_applies():
    for changes in (None, [10, 20]):
        table = np.repeat(PHASES, 1 if changes else 10, axis=0)
        settings = Cell(UCB(), BernoulliBandit(table=table, changes=changes), steps=30).settings
        assert applicable(settings, np.array([PHASES[0]]), np.array([1, 30])) == []


def test_an_agent_that_forgets_has_less_regret():
    """The best arm changes after 2,000 of 4,000 steps; 5 standard errors of the paired difference."""
    env = BernoulliBandit(table=[[0.9, 0.5], [0.1, 0.5]], changes=[2_001])
    window, ucb = (simulate(Cell(agent, env, steps=4_000, runs=200)).outcome for agent in (SlidingWindowUCB(), UCB()))
    assert (ucb - window).mean() > 5 * (ucb - window).std() / np.sqrt(200)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"table": PHASES, "means": [0.5]}, r"means=\[0.5\]: must be null if a table of means is given"),
        ({"table": PHASES, "gap": 0.1}, r"gap=0.1: must be null if a table of means is given"),
        ({"table": PHASES, "drift": 0.1}, r"drift=0.1: must be null if a table of means is given"),
        ({"table": PHASES, "change_probability": 0.1}, r"change_probability=0.1: must be null if a table of means"),
        ({"table": PHASES, "arms": 2}, r"arms=2: must be 3, as in the table, or null"),
        ({"table": PHASES, "changes": [5]}, r"changes=\[5\]: must be the steps at which the 2 rows after the first"),
        (
            {"table": [[0.5, 0.5], [0.5, 1.5]]},
            "table=2x2 sha256:.*: gives an arm the mean 1.5: every mean of such an arm",
        ),
        (
            {"table": [[0.5, -0.5], [0.5, 0.5]]},
            "table=2x2 sha256:.*: gives an arm the mean -0.5: every mean of such an",
        ),
        (
            {"table": [0.5, 1.0]},
            r"table=\[…\]: must be numbers \[rows, arms\], or a file of them \(they have the shape",
        ),
        ({"table": "no.csv"}, r"table=no.csv: must be numbers \[rows, arms\], or a file of them \(No such file"),
        ({"table_columns": [1]}, r"table_columns=\[1\]: must be null unless the table is a file"),
    ],
)
def test_a_bad_table_of_means_is_named(settings, message):
    with pytest.raises(SettingError, match=f"^{message}"):
        BernoulliBandit(**settings)


def test_a_table_of_means_without_changes_is_as_long_as_a_run():
    with pytest.raises(
        SettingError, match=r"^env.table=.*: has 3 rows, and a run has 4 steps: set fewer steps, or the"
    ):
        Cell(UCB(), BernoulliBandit(table=PHASES), steps=4)
    Cell(UCB(), BernoulliBandit(table=PHASES, changes=[2, 3]), steps=4)
