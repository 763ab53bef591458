"""The bounds that apply to a cell, and agents whose regret stays below them."""

from dataclasses import dataclass, replace
from functools import partial
from math import log, sqrt

import numpy as np
import pytest

from rlnotes import catalog
from rlnotes.agents import ETC, MOSS, UCB, UCB1, UCBV, EpsilonGreedy, Exp3, Exp3IX, Thompson, TsallisINF, UCBAsymptotic
from rlnotes.agents.bandits.base.bandit_agent import BanditAgent
from rlnotes.analysis import regret_bounds, theorems
from rlnotes.analysis.applicable_bounds import applicable
from rlnotes.envs import AdversarialBandit, BernoulliBandit, GaussianBandit
from rlnotes.simulation.cell import Cell
from rlnotes.simulation.simulate import simulate


def instances(env, agent, count=10, n=1000):
    """`count` random problem instances of two to four arms with no trivial bound of the agent at step n."""
    rng, found = np.random.default_rng(), []
    while len(found) < count:
        k = int(rng.integers(2, 5))
        means = 2 * rng.standard_normal(k) if env is GaussianBandit else rng.random(k)
        cell = Cell(agent, env(means=means.tolist()), steps=n, runs=100, seed=int(rng.integers(2**31)))
        bounds = [bound for bound in applicable(cell.settings, means[None], np.array([n])) if not bound.lower]
        if not any(bound.trivial for bound in bounds):
            found.append(cell)
    return found


def holds(cell, bounds_of=None):
    """Whether the regret of a cell stays below its bounds, or the bounds of another cell, at all recorded steps.

    The margin is 5 standard errors: a bound that holds is found broken with probability 3e-7 at one step.
    """
    data = simulate(cell).data
    regret, error = data["regret"].mean(axis=0), data["regret"].std(axis=0) / sqrt(cell.runs)
    bounds = applicable((bounds_of or cell).settings, np.array([cell.env.means]), data["steps"])
    return all((regret - 5 * error <= bound.values + 1e-9).all() for bound in bounds if not bound.lower)


BOUNDED = [
    (ETC, GaussianBandit),
    (UCB, GaussianBandit),
    (UCBAsymptotic, GaussianBandit),
    (MOSS, GaussianBandit),
    (UCB1, BernoulliBandit),
    (UCBV, BernoulliBandit),
    (Exp3, BernoulliBandit),
    (Exp3IX, BernoulliBandit),
    (TsallisINF, BernoulliBandit),
]


@pytest.mark.parametrize(("agent", "env"), BOUNDED)
def test_bounds_hold_on_ten_random_instances(agent, env):
    for cell in instances(env, agent()):
        assert holds(cell), cell


@dataclass
class Worst(BanditAgent):
    """Play the arm with the lowest empirical mean."""

    def act(self, observation):
        return np.full(self.runs, self.t - 1) if self.t <= self.k else self.mean.argmin(axis=0)


@pytest.mark.parametrize(("agent", "env"), BOUNDED)
def test_a_broken_agent_exceeds_the_bounds(agent, env):
    """Measured: on 19 or more of 30 instances. If it did on 6 of 10, fewer than 3 of 20 would have probability 5e-6."""
    cells = instances(env, agent(), count=20, n=2000)
    assert sum(not holds(replace(cell, agent=Worst()), cell) for cell in cells) >= 3


def settings(agent, env, steps=1000, **changed):
    """The settings of a cell, as far as bounds depend on them; σ of the agent is 1 if it is not given."""
    return {"agent": {"sigma": 1.0} | agent, "env": env | changed, "steps": steps}


GAUSSIAN = {"name": "gaussian_bandit", "means": None, "arms": 3, "std": 1.0}
BERNOULLI = {"name": "bernoulli_bandit", "means": None, "gap": None, "arms": 3}
UPPER = {
    "etc": ({"pulls": None, "gap": None}, 1),
    "ucb": ({"delta": None}, 2),
    "ucb_asymptotic": ({}, 1),
    "moss": ({}, 1),
}
"""by agent: its settings, and the number of its upper bounds"""
UNIT = {
    "ucb1": ({"c": UCB1.c}, 1),
    "ucb_v": ({"zeta": 1.2, "c": 1.0}, 1),
    "exp3": ({"eta": None}, 1),
    "exp3_ix": ({"eta": None}, 1),
    "kl_ucb_plus_plus": ({"divergence": "bernoulli"}, 1),
    "tsallis_inf": ({"reduced_variance": False}, 1),
    "thompson": ({"posterior": "beta", "prior": None}, 1),
}
"""the same, for bounds that need rewards within [0, 1]"""


@pytest.mark.parametrize("name", [*UPPER, *UNIT])
def test_bounds_apply_to_the_right_agents_and_environments(name):
    def fit(env, **changed):
        agent = {"name": name, **(UPPER | UNIT)[name][0], **changed}
        bounds = applicable(settings(agent, env), np.array([[0.1, 0.4, 0.9], [0.2, 0.4, 0.8]]), np.array([1, 10, 1000]))
        assert all(bound.values.shape == (3,) for bound in bounds)
        return [bound for bound in bounds if not bound.lower], [bound for bound in bounds if bound.lower]

    count = (UPPER | UNIT)[name][1]
    assert [len(bounds) for bounds in fit(BERNOULLI)] == [count, 1]
    assert [len(bounds) for bounds in fit(GAUSSIAN)] == [count * (name in UPPER), 2]
    assert [len(bounds) for bounds in fit(GAUSSIAN | {"std": 1.5})] == [name == "etc", 1]
    assert [len(bounds) for bounds in fit(GAUSSIAN | {"std": 1.5}, sigma=1.5)] == [count * (name in UPPER), 1]
    assert [len(bounds) for bounds in fit(GAUSSIAN | {"std": [0.5, 1.0, 0.1]})] == [count * (name in UPPER), 1]
    assert [len(bounds) for bounds in fit(GAUSSIAN | {"std": [0.5, 1.1, 0.1]})] == [name == "etc", 1]
    assert fit({**BERNOULLI, "name": "exponential_bandit"}) == ([], [])
    for moving in ({"changes": [100]}, {"change_probability": 0.1}, {"drift": 0.01}, {"available": 0.0}):
        assert fit(BERNOULLI | moving) == ([], [])
        assert fit(GAUSSIAN | moving) == ([], [])
    for unchanging in (dict.fromkeys(("changes", "drift", "available")), {"change_probability": 0.0}):
        assert [len(bounds) for bounds in fit(BERNOULLI | unchanging)] == [count, 1]
    unproved = {
        "ucb": {"delta": 0.1},
        "ucb1": {"c": 2.0},
        "ucb_v": {"c": 0.5},
        "exp3_ix": {"eta": 0.1},
        "kl_ucb_plus_plus": {"divergence": "gaussian"},
        "tsallis_inf": {"reduced_variance": True},
        "thompson": {"prior": [1.0, 2.0]},
    }
    if name in unproved:
        assert fit(BERNOULLI, **unproved[name])[0] == []
    if name == "thompson":
        assert fit(BERNOULLI, posterior="gaussian")[0] == []
        assert fit(BERNOULLI | {"means": [0.1, 0.4, 0.9]})[0] == fit(BERNOULLI | {"gap": 0.1})[0] == []


def test_etc_that_knows_the_gap_of_two_arms_has_another_bound():
    def found(gap, means):
        cell = settings({"name": "etc", "pulls": None, "gap": gap}, GAUSSIAN)
        bounds = applicable(cell, np.array(means), np.array([9]))
        return [bound.label for bound in bounds if not bound.lower]

    assert found(0.5, [[1.0, 0.5], [0.0, 0.5]]) == ["ETC's bound", "ETC's bound with the known gap"]
    for gap, means in (
        (0.4, [[1.0, 0.5]]),
        (None, [[1.0, 0.5]]),
        (0.5, [[1.0, 0.5, 0.5]]),
        (0.5, [[1, 0.5], [0, 0.4]]),
    ):
        assert found(gap, means) == ["ETC's bound"]


@pytest.mark.parametrize("name", theorems.UPPER)
def test_every_agent_of_the_table_has_its_bound(name):
    agent = catalog.make("agent", name, {"posterior": "beta"} if name == "thompson" else {})
    for k in (1, 4):
        cell = Cell(agent, BernoulliBandit(arms=k), steps=50, runs=3)
        upper = [
            bound for bound in applicable(cell.settings, np.full((3, k), 0.5), np.arange(1, 51)) if not bound.lower
        ]
        assert (len(upper) > 0) == (k > 1 or name not in ("exp3", "exp3_ix", "tsallis_inf"))
        assert all((bound.values == 0).all() for bound in upper)


def test_an_agent_that_knows_the_horizon_has_the_bound_of_the_horizon_at_every_step():
    means, n = np.array([[0.0, 1.0]]), np.array([1, 100, 1000])
    [bound, *_] = applicable(settings({"name": "ucb", "delta": None}, GAUSSIAN), means, n)
    np.testing.assert_allclose(bound.values, [1, 100, 3 + 16 * log(1000)])
    [bound, *_] = applicable(settings({"name": "ucb_asymptotic"}, GAUSSIAN), means, n)
    np.testing.assert_allclose(bound.values[:2], [1, 100])
    assert bound.values[2] == regret_bounds.ucb_asymptotic_bound(1000, 1 - means[0])


@pytest.mark.parametrize("name", UPPER)
def test_a_bound_for_scale_10_is_ten_times_the_bound_for_the_gaps_in_that_unit(name):
    n, means = np.array([1, 100, 1000]), np.array([[0.0, 0.3, 0.5]])
    agent = {"name": name, **UPPER[name][0]}
    one, ten = (
        applicable(settings(agent | {"sigma": std}, GAUSSIAN | {"std": std}), std * means, n) for std in (1.0, 10.0)
    )
    assert len(one) == UPPER[name][1] + 2
    for small, large in zip(one[:-2], ten[:-1], strict=True):
        np.testing.assert_allclose(large.values, 10 * small.values)


def test_the_bounds_of_agents_that_know_the_scale_hold_on_bernoulli_arms():
    for agent in (ETC(), UCB(), UCBAsymptotic(), MOSS()):
        for cell in instances(BernoulliBandit, agent, count=5):
            assert holds(cell), cell


def test_a_lower_bound_is_not_capped():
    """Capped at n Δ a slope or a bound for other instances would look like the regret of these arms."""
    n = np.array([1, 100, 1000])
    slope, worst = applicable(settings({"name": "random"}, GAUSSIAN), np.array([[0.0, 0.001]]), n)
    np.testing.assert_allclose(slope.values, 2 / 0.001 * np.log(n))
    np.testing.assert_allclose(worst.values, np.sqrt(n) / 27)
    assert (slope.about, worst.about) == ("slope", "worst")


def test_kl_ucb_plus_plus_has_the_bound_of_the_horizon():
    agent, means = {"name": "kl_ucb_plus_plus", "divergence": "bernoulli"}, np.array([[0.0, 0.0, 0.0, 1.0]])
    [bound, _] = applicable(settings(agent, BERNOULLI, steps=10_000), means, np.array([1, 10_000]))
    np.testing.assert_allclose(bound.values, [1, 7604])


@pytest.mark.parametrize(("eta", "rate"), [(0.1, 0.1), (None, sqrt(log(2) / 1000))])
def test_exp3_has_the_bound_of_its_learning_rate_at_every_step(eta, rate):
    n = np.array([1, 100, 1000])
    [bound, _] = applicable(settings({"name": "exp3", "eta": eta}, BERNOULLI), np.array([[0.0, 1.0]]), n)
    np.testing.assert_allclose(bound.values, np.minimum(n, log(2) / rate + rate * n))


@pytest.mark.parametrize("runs", [7, 2500])
def test_the_bound_for_several_instances_is_the_mean_of_their_bounds(runs):
    means, n = np.random.default_rng(1).normal(size=(runs, 4)), np.array([10, 1000])
    for agent in ({"name": "moss"}, {"name": "etc", "pulls": 20, "gap": None}):
        bounds = applicable(settings(agent, GAUSSIAN), means, n)
        own = [applicable(settings(agent, GAUSSIAN), one[None], n) for one in means]
        for i, bound in enumerate(bounds):
            np.testing.assert_allclose(bound.values, np.mean([one[i].values for one in own], axis=0))


def test_a_bound_on_the_mean_over_instances_is_capped_in_the_mean():
    """One instance has no gap and the other a large one."""
    means, n = np.array([[0.5, 0.5], [0.0, 1.0]]), np.array([1, 10, 1000])
    [bound, _] = applicable(
        settings({"name": "thompson", "posterior": "beta", "prior": [1.0, 1.0]}, BERNOULLI), means, n
    )
    np.testing.assert_allclose(bound.values, [0.5, sqrt(10 * log(2)), sqrt(1000 * log(2))])
    *_, minimax = applicable(settings({"name": "random"}, GAUSSIAN), means, n)
    np.testing.assert_allclose(minimax.values, np.sqrt(n) / 27)


def test_on_a_table_of_rewards_only_exp3_and_tsallis_inf_have_a_bound():
    table = {"name": "adversarial_bandit", "arms": 4, "table": "rewards.csv"}
    [bound] = applicable(settings({"name": "exp3", "eta": None}, table), None, np.array([1, 1000]))
    np.testing.assert_allclose(bound.values, [1, sqrt(2 * 1000 * 4 * log(4))])
    [bound] = applicable(settings({"name": "tsallis_inf", "reduced_variance": False}, table), None, np.array([1, 2500]))
    np.testing.assert_allclose(bound.values, [1, 401])
    assert applicable(settings({"name": "ucb", "delta": None}, table), None, np.array([1, 1000])) == []


@pytest.mark.parametrize("agent", [Exp3, partial(Exp3, eta=0.2), Exp3IX, TsallisINF])
def test_the_bound_of_exp3_or_tsallis_inf_holds_against_an_adversary(agent):
    """Mean over 200 runs, 5 standard errors, every recorded step; random play exceeds the bound."""
    agent = agent()
    cell = Cell(agent, AdversarialBandit(arms=3, gap=0.9), steps=2000, runs=200)
    [bound] = applicable(cell.settings, None, simulate(cell).data["steps"])
    for other, below in ((agent, True), (EpsilonGreedy(epsilon=1.0), False)):
        regret = simulate(replace(cell, agent=other)).data["regret"]
        least = regret.mean(axis=0) - 5 * regret.std(axis=0) / sqrt(cell.runs)
        assert (least <= bound.values + 1e-9).all() == below


def test_the_bound_of_thompson_sampling_holds_on_its_prior():
    """Mean over instances drawn from the prior, 5 standard errors, every recorded step."""
    cell = Cell(Thompson(posterior="beta"), BernoulliBandit(arms=5), steps=300, runs=500)
    data = simulate(cell).data
    [bound, _] = applicable(cell.settings, np.random.default_rng(0).random((500, 5)), data["steps"])
    regret, error = data["regret"].mean(axis=0), data["regret"].std(axis=0) / sqrt(500)
    assert (regret - 5 * error <= bound.values).all()
    assert bound.values[-1] < 100
