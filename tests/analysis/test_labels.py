"""Labels have the settings in which cells differ."""

from rlnotes import compare
from rlnotes.agents import ETC, UCB
from rlnotes.analysis.labels import differing, flat
from rlnotes.envs import BernoulliBandit, GaussianBandit

QUICK = {"steps": 10, "runs": 2, "progress": False}


def test_a_setting_that_an_environment_leaves_open_is_no_part_of_its_label():
    envs = [GaussianBandit(gap=0.1), GaussianBandit(gap=0.2), BernoulliBandit()]
    labels = [row.label for row in compare("ucb", envs, **QUICK).rows]
    assert ["gap=" in label for label in labels] == [True, True, False]


def test_null_is_part_of_a_label_beside_other_values_of_the_same_environment():
    labels = [
        row.label for row in compare("ucb", [GaussianBandit(gap=0.1, arms=2), GaussianBandit(arms=2)], **QUICK).rows
    ]
    assert labels == ["gap=0.1", "gap=null"]


def test_settings_are_compared_between_cells_of_the_same_agent():
    rows = compare([UCB(delta=0.1), UCB(delta=0.2), ETC(pulls=2)], **QUICK).rows
    found = differing([flat(row.settings) for row in rows])
    assert (found["agent.delta"], found["agent.pulls"], found["agent"], found["env"]) == ({"ucb"}, set(), {None}, set())
