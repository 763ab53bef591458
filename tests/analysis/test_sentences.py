"""Sentences and columns about how episodes end: truncated ones, ties, no reward, policies that go in circles."""

from dataclasses import dataclass

import gymnasium as gym
import numpy as np
import pytest
from gymnasium.spaces import Discrete

from rlnotes import compare
from rlnotes.agents.base.agent import Agent
from rlnotes.envs.registered import Registered


class Door(gym.Env):
    """Action 1 leaves, for a reward of `pays`; action 0 stays. An episode is also truncated in step 4."""

    observation_space, action_space = Discrete(1), Discrete(2)

    def __init__(self, pays=1.0):
        self.pays = pays

    def reset(self, *, seed=None, options=None):
        self.t = 0
        return 0, {}

    def step(self, action):
        self.t += 1
        return 0, self.pays * float(action), bool(action == 1), self.t == 4, {}


@pytest.fixture(autouse=True)
def door():
    gym.register("Door-v0", entry_point=Door)
    yield
    gym.registry.pop("Door-v0")


@dataclass
class Leaves(Agent):
    """In every `leaves`th episode stays `stays` times, then leaves. After learning it never leaves if it is `stuck`."""

    stays: int = 0
    stuck: bool = False
    leaves: int = 1
    plays_frozen = True

    def begin(self, problem, rng):
        super().begin(problem, rng)
        self.runs, self.t, self.episode = problem.runs, 0, 0

    def act(self, observation):
        return np.full(self.runs, int(self.t == self.stays and self.episode % self.leaves == 0))

    def update(self, transition):
        ended = (transition.terminated | transition.truncated)[0]
        self.t, self.episode = 0 if ended else self.t + 1, self.episode + ended

    def frozen(self, sampled):
        after = Leaves(9 if self.stuck else self.stays)
        after.runs, after.t, after.episode = self.runs, 0, 0
        return after


def compared(*agents, **settings):
    env = Registered("Door-v0", {"pays": settings.pop("pays", 1.0)})
    return compare(agents, env, **{"steps": 40, "runs": 3, "progress": False, **settings})


def column(comparison, metric, name):
    """The cells of a column, or None."""
    found = {one.header: list(one.cells) for one in comparison.table(metric).columns}
    return found.get(name)


def test_the_share_of_truncated_episodes_is_in_the_table_and_the_files():
    """An episode that is terminated in its last step is not counted."""
    comparison = compared(Leaves(), Leaves(9), Leaves(3))
    assert column(comparison, "return", "truncated") == ["0 %", "100 %", "0 %"]
    assert [row.record()["truncated"] for row in comparison.rows_by("return")] == [0, 1, 0]
    assert [result.summary["truncated"] for result in comparison.results.values()] == [0, 1, 0]
    assert [result.data["truncated"].tolist() for result in comparison.results.values()] == [[0] * 3, [10] * 3, [0] * 3]


def test_a_table_without_truncated_episodes_has_no_column_for_them():
    assert column(compared(Leaves(), Leaves(1)), "return", "truncated") is None


def test_episodes_after_learning_have_a_share_of_their_own():
    comparison = compared(Leaves(), Leaves(stuck=True))
    assert column(comparison, "return", "truncated") is None
    assert column(comparison, "greedy_return", "truncated") == ["0 %", "100 %"]
    assert comparison.rows_by("greedy_return")[1].record()["truncated"] == 1


def test_ties_are_named_as_ties():
    comparison = compared(Leaves(), Leaves(1), Leaves(9))
    assert column(comparison, "return", "paired difference") == ["best", "tie", "-1 ± 0"]
    assert [row.record()["tied"] for row in comparison.rows_by("return")] == [False, True, False]
    text = " ".join(str(comparison).split())
    assert "stays=1 and stays=0 are tied: they have the same return in every run." in text
    assert "separate" not in text


def test_a_learner_that_met_no_reward_says_so():
    text = " ".join(str(compared(Leaves(), Leaves(9), Leaves(8))).split())
    assert "Every episode of stays=9 and stays=8 had return 0. They met no reward to learn from." in text
    assert "return 0" not in str(compared(Leaves(), Leaves(1)))


@pytest.mark.parametrize(
    ("agent", "settings", "named"),
    [
        (Leaves(stuck=True), {}, True),
        (Leaves(stuck=True), {"evaluation_policy": "sampled"}, False),
        (Leaves(stuck=True), {"pays": -1.0}, False),  # staying is better there
        (Leaves(), {}, False),
        (Leaves(9, stuck=True), {}, False),
        (Leaves(stuck=True, leaves=3), {}, False),
    ],
)
def test_a_greedy_policy_that_goes_in_circles_is_named(agent, settings, named):
    text = " ".join(str(compared(agent, **settings)).split())
    assert ("In 3 of 3 runs of Leaves no greedy episode terminated, although most episodes of" in text) == named


def test_rows_with_the_same_share_of_endless_episodes_share_a_sentence():
    from rlnotes.analysis.sentences import about_evaluation

    comparison = compared(Leaves(), Leaves(1))
    for row in comparison.rows_by("greedy_return"):
        row.result.data["greedy_returns"][:, ::2] = np.nan
    found = list(about_evaluation(comparison.rows_by("greedy_return")))
    assert "50 % of these episodes of stays=0 and stays=1 did not end in as many steps as it learnt." in found
    comparison.rows_by("greedy_return")[1].result.data["greedy_returns"][:] = 0.0
    found = list(about_evaluation(comparison.rows_by("greedy_return")))
    assert [one for one in found if "did not end" in one] == [
        "50 % of these episodes of stays=0 did not end in as many steps as it learnt."
    ]
