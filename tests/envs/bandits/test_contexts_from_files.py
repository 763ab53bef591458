"""Adversarial bandits with contexts from a file, and the agents that use or ignore them."""

import numpy as np
import pytest
from gymnasium.spaces import Box

from rlnotes.agents import UCB, Exp3, LinEpsilonGreedy, LinThompson, LinUCB, Thompson
from rlnotes.base.errors import SettingError
from rlnotes.envs import AdversarialBandit, LinearBandit
from rlnotes.simulation.cell import Cell
from rlnotes.simulation.simulate import simulate

ROWS = np.array([[20, 1, 0.5, 0.0], [30, 0, 0.0, 1.0], [40, 1, 1.0, 0.25]])
"""age and sex of a user, and the rewards of two offers"""


@pytest.fixture
def file(tmp_path):
    """A file of three users."""
    path = tmp_path / "users.csv"
    np.savetxt(path, ROWS, delimiter=",", header="age,sex,left,right", comments="")
    return path


def bandit(file, **settings):
    """The bandit of a file."""
    return AdversarialBandit(**{"table": file, "context_columns": ["age", "sex"], **settings})


def answers(path, rows=400):
    """A file in which the first offer pays if z > 0, and the second otherwise; the third pays 0.55."""
    z = np.random.default_rng(4).uniform(-1, 1, rows)
    columns = [np.ones(rows), z, (z > 0) * 1.0, (z <= 0) * 1.0, np.full(rows, 0.55)]
    np.savetxt(path / "answers.csv", np.column_stack(columns), delimiter=",", header="one,z,a,b,c", comments="")
    return AdversarialBandit(table=path / "answers.csv", context_columns=["one", "z"], table_shuffled=True)


def test_shared_contexts_stand_in_the_part_of_each_arm(file):
    """x_a = e_a ⊗ z; the rewards and the contexts of a step are those of a row."""
    env = bandit(file, num_envs=2)
    assert env.single_observation_space == Box(0.0, 40.0, (2, 4), np.float64)
    seen = [env.reset(seed=0)[0]]
    paid = []
    for _ in range(3):
        observation, reward, *_, info = env.step(np.array([0, 1]))
        seen.append(observation)
        paid.append(reward)
    for t, (age, sex, left, right) in enumerate(ROWS):
        assert seen[t].tolist() == [[[age, sex, 0, 0], [0, 0, age, sex]]] * 2
        assert paid[t].tolist() == [left, right]
    assert env.observation_space.contains(seen[0])
    assert seen[0] is not seen[1]
    assert "optimal" not in info


def test_each_arm_may_have_columns_of_its_own(file):
    env = bandit(file, contexts_shared=False)
    assert env.reset(seed=0)[0].tolist() == [[[20.0], [1.0]]]
    assert env.step(np.array([0]))[0].tolist() == [[[30.0], [0.0]]]
    settings = {"table_columns": ["left"], "context_columns": ["age", "sex", "right"], "contexts_shared": False}
    assert bandit(file, **settings).reset(seed=0)[0].tolist() == [[[20, 1, 0]]]


def test_columns_by_number_and_of_arrays_on_disk(file, tmp_path):
    np.save(tmp_path / "users.npy", ROWS)
    for table in (file, tmp_path / "users.npy"):
        env = AdversarialBandit(table=table, table_columns=[4], context_columns=[2, 1], contexts_shared=False)
        assert env.table.rows.tolist() == ROWS[:, [3]].tolist()
        assert env.table.contexts.tolist() == ROWS[:, [1, 0]].tolist()


def test_rows_are_shuffled_together_with_their_contexts(file):
    """Every run has all rows once, in orders that differ; the regret is against the best arm of its own order."""
    env = bandit(file, table_shuffled=True, num_envs=200)
    observation, orders = env.reset(seed=5)[0], []
    regret = np.zeros(200)
    for _ in range(3):
        row = np.searchsorted(ROWS[:, 0], observation[:, 0, 0])
        observation, reward, *_, info = env.step(np.zeros(200, int))
        assert (reward == ROWS[row, 2]).all()
        regret += info["regret"]
        orders.append(row)
    assert (np.sort(orders, axis=0) == [[0], [1], [2]]).all()
    assert len({tuple(order) for order in np.transpose(orders)}) == 6
    np.testing.assert_allclose(regret, 0.0)  # the first arm has 1.5 in all rows, and the second 1.25


def test_the_digest_of_a_file_covers_its_contexts(file):
    before = Cell(LinUCB(), bandit(file), steps=3).settings["env"]["table_sha256"]
    text = file.read_text()
    file.write_text(text.replace("2.0", "2.5", 1))
    assert file.read_text() != text
    assert bandit(file).table.rows.tolist() == ROWS[:, 2:].tolist()
    assert Cell(LinUCB(), bandit(file), steps=3).settings["env"]["table_sha256"] != before


@pytest.mark.parametrize("agent", [LinUCB(), LinThompson(), LinEpsilonGreedy(epsilon=0.2)])
def test_an_agent_that_uses_contexts_has_more_reward_than_the_best_arm(agent, tmp_path):
    """The best arm alone pays 0.55 of a step, and the best use of z pays 1. Agents that ignore z do no better than the
    best arm, up to noise: their regret is above −20. A context is worth more than −40."""
    env = answers(tmp_path)
    used = simulate(Cell(agent, env, steps=400, runs=20)).outcome
    assert (used < -40).all()
    for blind in (UCB(), Exp3()):
        assert (simulate(Cell(blind, env, steps=400, runs=20)).outcome > -20).all()


def test_an_agent_that_ignores_contexts_plays_as_without_them(file):
    """The same actions on the same rewards with and without contexts; on a linear bandit it runs too."""
    for agent in (UCB(), Exp3()):
        seen, unseen = (
            simulate(Cell(agent, env, steps=3, runs=50)).data
            for env in (bandit(file), AdversarialBandit(table=file, table_columns=["left", "right"]))
        )
        assert (seen["pulls"] == unseen["pulls"]).all()
        assert (seen["regret"] == unseen["regret"]).all()
    assert simulate(Cell(Thompson(), LinearBandit(), steps=50, runs=5)).outcome.min() > 0


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (
            {"context_columns": ["height"]},
            r"context_columns=\['height'\]: the table has no column height; it has 4 col",
        ),
        ({"context_columns": [5]}, r"context_columns=\[5\]: the table has no column 5; it has 4 columns, age, sex"),
        ({"context_columns": []}, r"context_columns=\[\]: must be a list of numbers or names, or null"),
        ({"context_columns": 1.5}, r"context_columns=1.5: must be a list of numbers or names, or null"),
        ({"table_columns": ["sex", "left"]}, r"context_columns=\['age', 'sex'\]: column 2 is an arm of table_columns"),
        (
            {"context_columns": ["age"], "contexts_shared": False},
            r"context_columns=\['age'\]: must be as many for every arm, or contexts_shared=true",
        ),
        ({"table": ROWS}, r"context_columns=\['age', 'sex'\]: must be null unless the table is a file"),
        ({"table": None}, r"context_columns=\['age', 'sex'\]: must be null unless the table is a file"),
        (
            {"table": None, "context_columns": None, "table_shuffled": True},
            "table_shuffled=True: must be null without a table",
        ),
    ],
)
def test_bad_columns_are_named(file, settings, message):
    with pytest.raises(SettingError, match=f"^{message}"):
        bandit(file, **settings)


def test_agents_for_contexts_refuse_a_table_without_them(file):
    with pytest.raises(SettingError, match="agent=lin_ucb: does not fit env=adversarial_bandit: it needs contexts"):
        Cell(LinUCB(), AdversarialBandit(table=file, table_columns=["left", "right"]), steps=3)
