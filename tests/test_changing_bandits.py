"""Bandits whose arms do not stay what they are: abrupt changes, drift, an adversary, contexts."""

import numpy as np
import pytest
from scipy import stats

from rlnotes import compare
from rlnotes.agents import UCB
from rlnotes.envs import AdversarialBandit, BernoulliBandit, GaussianBandit, LinearBandit
from rlnotes.envs.errors import SettingError
from rlnotes.experiment import Cell


def course(env, steps, arm=0):
    """Means [steps, runs, arms] and infos of a bandit in which the same arm is always played."""
    env.reset(seed=1)
    infos, means = [], []
    for _ in range(steps):
        infos.append(env.step(np.full(env.num_envs, arm))[4])
        means.append(env.arm_means.copy())
    return np.array(means), infos


@pytest.mark.parametrize("bandit", [GaussianBandit, BernoulliBandit])
def test_fresh_means_are_drawn_at_the_changes_and_only_there(bandit):
    means, infos = course(bandit(arms=3, changes=[4, 9], num_envs=5), 12)
    moved = (np.diff(means, axis=0) != 0).all(axis=(1, 2))
    assert (np.flatnonzero(moved) + 2).tolist() == [4, 9]
    assert (moved == (np.diff(means, axis=0) != 0).any(axis=(1, 2))).all()
    for info, now in zip(infos, means, strict=True):  # the regret is against the best arm of this very step
        np.testing.assert_allclose(info["regret"], now.max(axis=1) - now[:, 0])


def test_given_means_move_on_by_one_arm():
    means, _ = course(GaussianBandit(means=[0.3, 0.2, 0.1], changes=[3], num_envs=2), 3)
    assert means[:, 0].tolist() == [[0.3, 0.2, 0.1], [0.3, 0.2, 0.1], [0.1, 0.3, 0.2]]
    assert course(BernoulliBandit(gap=0.25, changes=[2]), 2)[0][1].tolist() == [[0.25, 0.5]]


def test_runs_change_on_their_own_as_often_as_they_are_told():
    """Binomial test with a false alarm probability of 1e-6; a probability of .12 would be seen."""
    means, _ = course(GaussianBandit(arms=2, change_probability=0.1, num_envs=1_000), 50)
    moved = (np.diff(means, axis=0) != 0).any(axis=2)
    assert stats.binomtest(int(moved.sum()), moved.size, 0.1).pvalue > 1e-6
    assert 0 < moved.mean(axis=1).max() < 1


def test_drift_is_a_gaussian_walk():
    """Kolmogorov–Smirnov test with a false alarm probability of 1e-6 of 40,000 changes."""
    means, _ = course(GaussianBandit(arms=4, drift=0.01, num_envs=1_000), 11)
    assert stats.kstest(np.diff(means, axis=0).ravel(), stats.norm(scale=0.01).cdf).pvalue > 1e-6


def test_drift_stays_among_the_means_that_there_are():
    """A walk that is reflected is as likely anywhere in the end: Kolmogorov–Smirnov with a false alarm of 1e-6."""
    means, _ = course(BernoulliBandit(arms=2, drift=0.3, num_envs=2_000), 60)
    assert ((means >= 0) & (means <= 1)).all()
    assert stats.kstest(means[-1, :, 0], stats.uniform.cdf).pvalue > 1e-6


@pytest.mark.parametrize("settings", [{"changes": [3]}, {"change_probability": 0.3}, {"drift": 0.1}])
def test_equal_luck_the_means_move_alike_whatever_is_played(settings):
    first, other = (course(GaussianBandit(**settings, num_envs=5), 20, arm)[0] for arm in (0, 3))
    assert (first == other).all()


def test_a_change_beyond_the_horizon_is_refused():
    with pytest.raises(SettingError, match=r"^env\.changes=200: must be steps of a run, which has 100$"):
        Cell(UCB(), GaussianBandit(changes=[50, 200]), steps=100)


@pytest.mark.parametrize(
    ("env", "told"),
    [
        (GaussianBandit(), "the best arm"),
        (GaussianBandit(drift=0.1), "the best arm now"),
        (GaussianBandit(change_probability=0.1), "the best arm now"),
        (BernoulliBandit(changes=[5]), "the best arm now"),
        (AdversarialBandit(), "the best arm in hindsight"),
    ],
)
def test_a_result_says_what_its_regret_is_against(env, told):
    [result] = compare("ucb", env, steps=10, runs=2, progress=False).results.values()
    assert result.summary["regret_against"] == told


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
def test_a_table_is_read_from_a_file_and_its_contents_name_the_cell(tmp_path, name):
    file = tmp_path / name
    keep = np.save if name.endswith("npy") else lambda file, table: np.savetxt(file, table, delimiter=",")
    keep(file, TABLE)
    cell = Cell(UCB(), AdversarialBandit(table=str(file)), steps=4, runs=3)
    assert cell.env.arms == 2
    keep(file, TABLE[::-1])
    assert Cell(UCB(), AdversarialBandit(table=str(file)), steps=4, runs=3).name != cell.name


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("1,0\n,1\n", "every reward must be a finite number, and row 2, column 1 is none"),
        ("1,inf\n0,1\n", "every reward must be a finite number, and row 1, column 2 is none"),
        ("1,0\n0,1,2\n", r"must be numbers \[steps, arms\], or a file of them \(.*3 columns instead of 2"),
        ("", r"must be numbers \[steps, arms\], or a file of them \(.*[Ee]mpty"),
        (None, r"must be numbers \[steps, arms\], or a file of them \(.*not found"),
    ],
)
def test_a_table_that_is_none_is_refused_in_a_line(tmp_path, text, told):
    file = tmp_path / "table.csv"
    if text is not None:
        file.write_text(text)
    with pytest.raises(SettingError, match=rf"^table={file}: {told}") as error:
        AdversarialBandit(table=file)
    assert "\n" not in str(error.value)


def test_a_table_shorter_than_a_run_is_refused():
    with pytest.raises(SettingError, match=r"^env\.table=\[…\]: has 4 rows, and a run 10 steps"):
        Cell(UCB(), AdversarialBandit(table=TABLE), steps=10)
    with pytest.raises(SettingError, match="arms=3: must be 2"):
        AdversarialBandit(table=TABLE, arms=3)


def test_the_adversary_pays_all_arms_much_and_little_in_turn():
    """Phases of 1, 2, 3 and 5 steps; binomial tests of 4 probabilities with a false alarm probability of 1e-6."""
    env = AdversarialBandit(gap=0.25, arms=2, num_envs=4_000)
    env.reset()
    paid = np.array([env.step(np.arange(4_000) % 2)[1] for _ in range(11)])
    generous = np.array([1, 0, 0, 1, 1, 1, 0, 0, 0, 0, 0], bool)
    for phase, chances in ((generous, (1.0, 0.75)), (~generous, (0.25, 0.0))):
        for arm, chance in enumerate(chances):
            sample = paid[phase][:, arm::2]
            assert stats.binomtest(int(sample.sum()), sample.size, chance).pvalue > 1e-6


def test_a_linear_bandit_pays_what_its_contexts_say():
    """Noise by a Kolmogorov–Smirnov test with a false alarm probability of 1e-6."""
    env = LinearBandit(arms=4, dimension=3, std=0.5, num_envs=5_000)
    contexts, info = env.reset(seed=None)
    theta = info["theta"]
    np.testing.assert_allclose(np.linalg.norm(theta, axis=1), 1)
    noise = []
    for arm in (0, 3):
        np.testing.assert_allclose(np.linalg.norm(contexts, axis=2), 1)
        worth = (contexts * theta[:, None]).sum(axis=2)
        following, reward, _, _, info = env.step(np.full(5_000, arm))
        np.testing.assert_allclose(info["regret"], worth.max(axis=1) - worth[:, arm])
        assert (info["optimal"] == (worth.argmax(axis=1) == arm)).all()
        noise.append(reward - worth[:, arm])
        assert (following != contexts).all()
        contexts = following
    assert stats.kstest(np.concatenate(noise), stats.norm(scale=0.5).cdf).pvalue > 1e-6
