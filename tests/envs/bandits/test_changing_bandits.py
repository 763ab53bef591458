"""Bandits whose arms change: abrupt changes, drift, an adversary, contexts."""

import hashlib
from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from rlnotes import compare
from rlnotes.agents import UCB, UCBV, Exp3, Thompson
from rlnotes.base.errors import SettingError
from rlnotes.base.random_streams import Stream
from rlnotes.envs import AdversarialBandit, BernoulliBandit, GaussianBandit, LinearBandit
from rlnotes.envs.bandits.base.stochastic_bandit import reflected
from rlnotes.envs.base.rewards import Rewards
from rlnotes.simulation.cell import Cell
from rlnotes.simulation.simulate import simulate


def course(env, steps, arm=0):
    """Means [steps, runs, arms] and infos of a bandit in which the same arm is always played."""
    env.reset(seed=1)
    infos, means = [], []
    for _ in range(steps):
        means.append(env.arm_means.copy())
        infos.append(env.step(np.full(env.num_envs, arm))[4])
    return np.array(means), infos


@pytest.mark.parametrize("bandit", [GaussianBandit, BernoulliBandit])
def test_new_means_are_drawn_at_the_changes_and_only_there(bandit):
    means, infos = course(bandit(arms=3, changes=[4, 9], num_envs=5), 12)
    moved = (np.diff(means, axis=0) != 0).all(axis=(1, 2))
    assert (np.flatnonzero(moved) + 2).tolist() == [4, 9]
    assert (moved == (np.diff(means, axis=0) != 0).any(axis=(1, 2))).all()
    for info, now in zip(infos, means, strict=True):  # the regret is against the best arm of the same step
        np.testing.assert_allclose(info["regret"], now.max(axis=1) - now[:, 0])


def test_given_means_move_by_one_arm():
    means, _ = course(GaussianBandit(means=[0.3, 0.2, 0.1], changes=[3], num_envs=2), 3)
    assert means[:, 0].tolist() == [[0.3, 0.2, 0.1], [0.3, 0.2, 0.1], [0.1, 0.3, 0.2]]
    assert course(BernoulliBandit(gap=0.25, changes=[2]), 2)[0][1].tolist() == [[0.25, 0.5]]


def test_runs_change_independently_with_the_given_probability():
    """Binomial test with a false alarm probability of 1e-6; it would detect a probability of 0.12."""
    means, _ = course(GaussianBandit(arms=2, change_probability=0.1, num_envs=1_000), 50)
    moved = (np.diff(means, axis=0) != 0).any(axis=2)
    assert stats.binomtest(int(moved.sum()), moved.size, 0.1).pvalue > 1e-6
    assert 0 < moved.mean(axis=1).max() < 1


def test_drift_is_a_gaussian_walk():
    """Kolmogorov–Smirnov test with a false alarm probability of 1e-6 of 40,000 changes."""
    means, _ = course(GaussianBandit(arms=4, drift=0.01, num_envs=1_000), 11)
    assert stats.kstest(np.diff(means, axis=0).ravel(), stats.norm(scale=0.01).cdf).pvalue > 1e-6


def test_drift_stays_within_the_limits_of_a_mean():
    """A reflected walk becomes uniform: Kolmogorov–Smirnov test with a false alarm probability of 1e-6."""
    means, _ = course(BernoulliBandit(arms=2, drift=0.3, num_envs=2_000), 60)
    assert ((means >= 0) & (means <= 1)).all()
    assert stats.kstest(means[-1, :, 0], stats.uniform.cdf).pvalue > 1e-6


def test_drift_of_any_size_is_reflected_into_the_limits():
    """Means stay uniform under any drift: Kolmogorov–Smirnov with a false alarm of 1e-6; and reflections by hand."""
    means, _ = course(BernoulliBandit(arms=5, drift=2.0, num_envs=2_000), 3)
    assert stats.kstest(means[-1].ravel(), stats.uniform.cdf).pvalue > 1e-6
    moved = reflected(np.array([-0.3, 0.4, 1.2, 2.3, 3.1, -1.6, -2.25]), 0.0, 1.0)
    np.testing.assert_allclose(moved, [0.3, 0.4, 0.8, 0.3, 0.9, 0.4, 0.25])
    assert reflected(np.array([-0.5, 7.0]), 0.0, np.inf).tolist() == [0.5, 7.0]
    assert reflected(np.array([-0.5, 7.0]), -np.inf, np.inf).tolist() == [-0.5, 7.0]


@pytest.mark.parametrize("settings", [{"changes": [2]}, {"change_probability": 1.0}, {"drift": 0.1}])
def test_the_means_of_the_first_step_are_those_of_reset(settings):
    env = GaussianBandit(**settings, num_envs=5)
    means = env.reset(seed=1)[1]["arm_means"]
    regret = [env.step(np.zeros(5, int))[4]["regret"] for _ in range(2)]
    np.testing.assert_array_equal(regret[0], means.max(axis=1) - means[:, 0])
    assert (regret[1] != regret[0]).any()


@pytest.mark.parametrize("settings", [{"changes": [3]}, {"change_probability": 0.3}, {"drift": 0.1}])
def test_common_random_numbers_the_means_do_not_depend_on_the_actions(settings):
    first, other = (course(GaussianBandit(**settings, num_envs=5), 20, arm)[0] for arm in (0, 3))
    assert (first == other).all()


def test_a_change_beyond_the_horizon_is_refused():
    with pytest.raises(SettingError, match=r"^env\.changes=200: must be steps of a run, which has 100$"):
        Cell(UCB(), GaussianBandit(changes=[50, 200]), steps=100)


@pytest.mark.parametrize(
    ("env", "reference"),
    [
        (GaussianBandit(), "the best arm"),
        (GaussianBandit(drift=0.1), "the best arm now"),
        (GaussianBandit(change_probability=0.1), "the best arm now"),
        (BernoulliBandit(changes=[5]), "the best arm now"),
        (GaussianBandit(change_probability=0.0), "the best arm"),
        (AdversarialBandit(), "the best arm in hindsight"),
    ],
)
def test_a_result_says_what_its_regret_is_against(env, reference):
    [result] = compare("ucb", env, steps=10, runs=2, progress=False).results.values()
    assert result.summary["regret_against"] == reference


def test_the_regret_of_a_linear_bandit_is_against_the_best_arm_of_its_contexts():
    [result] = compare("lin_ucb", "linear_bandit", steps=10, runs=2, progress=False).results.values()
    assert result.summary["regret_against"] == "the best arm of each step's contexts"


TABLE = np.array([[1.0, 0.0], [0.0, 0.5], [0.0, 0.75], [1.0, 0.25]])


def test_regret_against_an_adversary_is_in_hindsight():
    """max_a Σ x_a − Σ x_A by hand: the totals are (1, 0), (1, .5), (1, 1.25) and (2, 1.5)."""
    env = AdversarialBandit(table=TABLE, num_envs=2)
    env.reset(seed=0)
    regret, paid = np.zeros(2), []
    curve = []
    for _ in range(4):
        _, reward, _, _, info = env.step(np.array([0, 1]))
        assert "optimal" not in info
        regret += info["regret"]
        curve.append(regret.tolist())
        paid.append(reward.tolist())
    assert paid == TABLE.tolist()
    np.testing.assert_allclose(curve, [[0, 1], [0, 0.5], [0.25, 0], [0, 0.5]])
    with pytest.raises(IndexError, match="the table has 4 rows"):
        env.step(np.array([0, 1]))


@pytest.mark.parametrize("name", ["rewards.csv", "rewards.npy"])
def test_a_table_is_read_from_a_file_and_its_contents_decide_the_name_of_the_cell(tmp_path, name):
    file = tmp_path / name
    save = np.save if name.endswith("npy") else lambda file, table: np.savetxt(file, table, delimiter=",")
    save(file, TABLE)
    cell = Cell(UCB(), AdversarialBandit(table=str(file)), steps=4, runs=3)
    assert cell.env.arms == 2
    contents = cell.settings["env"]
    assert (contents["table"], len(contents["table_sha256"])) == (str(file), 64)
    save(file, TABLE[::-1])
    assert Cell(UCB(), AdversarialBandit(table=file), steps=4, runs=3).name != cell.name
    assert paid_by(cell.env.batch(2)) == TABLE.tolist()  # the rewards are those of the cell's name
    file.unlink()
    assert paid_by(cell.env.batch(2)) == TABLE.tolist()


def paid_by(env):
    """The rewards of the two arms in 4 steps."""
    env.reset(seed=0)
    return [env.step(np.array([0, 1]))[1].tolist() for _ in range(4)]


@pytest.mark.parametrize("table", [TABLE, TABLE.tolist()], ids=["array", "list"])
def test_a_table_from_python_is_written_as_its_shape_and_digest(table):
    env = AdversarialBandit(table=table)
    cell = Cell(UCB(), env, steps=4)
    written = "4x2 sha256:" + hashlib.sha256(TABLE.tobytes()).hexdigest()[:16]
    assert {key: value for key, value in cell.settings["env"].items() if value is not None} == {
        "name": "adversarial_bandit",
        "arms": 2,
        "table": written,
    }
    assert str(cell) == f"ucb on adversarial_bandit(arms=2, table={written}), steps=4"
    assert paid_by(env.batch(2)) == paid_by(replace(env, num_envs=2).batch(2)) == TABLE.tolist()
    assert Cell(UCB(), AdversarialBandit(table=TABLE[::-1]), steps=4).name != cell.name


def test_the_adversary_can_draw_one_table_for_all_runs():
    """With a seed, the rewards are those of its stream, for any seed of the run and in every block."""
    env = AdversarialBandit(arms=2, gap=0.3, table_seed=5).batch(40)
    uniform = Stream(np.random.default_rng(5)).random((6, 2))
    chance = np.array([[1.0, 0.7], [0.3, 0.0], [0.3, 0.0], [1.0, 0.7], [1.0, 0.7], [1.0, 0.7]])
    for seed in (0, 1):
        env.reset(seed=seed)
        for t in range(6):
            reward = env.step(np.arange(40) % 2)[1]
            assert (reward == np.tile((uniform[t] < chance[t]).astype(float), 20)).all()
    drawn = AdversarialBandit(arms=2, gap=0.3).batch(40)
    drawn.reset(seed=0)
    assert len(set(np.array([drawn.step(np.zeros(40, int))[1] for _ in range(6)])[1])) == 2


@pytest.mark.parametrize(
    ("table", "low", "high", "binary"),
    [
        ([[0.0, 1.0]], 0.0, 1.0, True),
        ([[0.0, 0.5]], 0.0, 1.0, False),
        ([[0.0, 2.0]], 0.0, 2.0, False),
        ([[-3.0, 0.5]], -3.0, 1.0, False),
    ],
)
def test_an_agent_may_know_the_range_of_a_table(table, low, high, binary):
    assert AdversarialBandit(table=table).rewards == Rewards(low=low, high=high, binary=binary)
    assert AdversarialBandit().rewards == Rewards(low=0.0, high=1.0, binary=True)


def test_exp3_and_thompson_sampling_play_against_the_adversary():
    for agent in (Exp3(), Thompson(posterior="beta"), UCBV()):
        assert np.isfinite(simulate(Cell(agent, AdversarialBandit(arms=2), steps=10, runs=2)).outcome).all()


def test_an_empty_npy_file_is_refused_in_one_line(tmp_path):
    (tmp_path / "empty.npy").touch()
    with pytest.raises(SettingError, match=r"must be numbers \[rows, arms\], or a file of them \(No data left"):
        AdversarialBandit(table=tmp_path / "empty.npy")


@pytest.mark.parametrize("kind", [np.asarray, np.ndarray.tolist])
def test_a_table_of_complex_numbers_is_refused(tmp_path, kind):
    with pytest.raises(SettingError, match=r"^table=\[…\]: must be numbers \[rows, arms\], or .*complex"):
        AdversarialBandit(table=kind(TABLE + 1j))


def test_a_table_shorter_than_a_run_is_refused():
    with pytest.raises(SettingError, match=r"^env\.table=4x2 sha256:.*: has 4 rows, and a run has 10 steps"):
        Cell(UCB(), AdversarialBandit(table=TABLE), steps=10)
    with pytest.raises(SettingError, match="arms=3: must be 2"):
        AdversarialBandit(table=TABLE, arms=3)


def test_the_phases_of_the_adversary_pay_much_and_little_in_turn():
    """Phases of 1, 2, 3 and 5 steps; binomial tests of 4 probabilities, with a false alarm probability of 1e-6."""
    env = AdversarialBandit(gap=0.25, arms=2, num_envs=4_000)
    env.reset()
    paid = np.array([env.step(np.arange(4_000) % 2)[1] for _ in range(11)])
    generous = np.array([1, 0, 0, 1, 1, 1, 0, 0, 0, 0, 0], bool)
    for phase, chances in ((generous, (1.0, 0.75)), (~generous, (0.25, 0.0))):
        for arm, chance in enumerate(chances):
            sample = paid[phase][:, arm::2]
            assert stats.binomtest(int(sample.sum()), sample.size, chance).pvalue > 1e-6


def test_a_linear_bandit_pays_by_its_contexts():
    """The noise is tested by Kolmogorov–Smirnov, with a false alarm probability of 1e-6."""
    env = LinearBandit(arms=4, dimension=3, std=0.5, num_envs=5_000)
    contexts, info = env.reset(seed=None)
    theta = info["theta"]
    np.testing.assert_allclose(np.linalg.norm(theta, axis=1), 1)
    noise = []
    for arm in (0, 3):
        np.testing.assert_allclose(np.linalg.norm(contexts, axis=2), 1)
        means = (contexts * theta[:, None]).sum(axis=2)
        next_contexts, reward, _, _, info = env.step(np.full(5_000, arm))
        np.testing.assert_allclose(info["regret"], means.max(axis=1) - means[:, arm])
        assert (info["optimal"] == (means.argmax(axis=1) == arm)).all()
        noise.append(reward - means[:, arm])
        assert (next_contexts != contexts).all()
        contexts = next_contexts
    assert stats.kstest(np.concatenate(noise), stats.norm(scale=0.5).cdf).pvalue > 1e-6
