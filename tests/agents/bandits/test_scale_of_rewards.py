"""Agents use what the environment says about the scale σ of its rewards [notes 1.3]; plain loops on Bernoulli arms."""

import random
from dataclasses import fields, replace
from math import log, sqrt

import numpy as np
import pytest
from reference import bandits as reference
from reference.bandits import bernoulli, each, mean
from support.bandits import contextual, meet, play, problem
from support.catalogue import installed

from rlnotes.agents import CATALOG, ETC, IMED, KLUCB, MOSS, UCB, LinUCB, MOSSAnytime, Thompson, UCBAsymptotic
from rlnotes.agents.bandits.base.arm_kernels import random_integer
from rlnotes.agents.bandits.base.linear_agent import LinearAgent
from rlnotes.agents.bandits.base.scaled_agent import ScaledAgent
from rlnotes.base.errors import SettingError
from rlnotes.envs import BernoulliBandit, BetaBandit, ExponentialBandit, GaussianBandit, LinearBandit
from rlnotes.envs.base.rewards import UNKNOWN, Rewards
from rlnotes.simulation.cell import Cell
from rlnotes.simulation.simulate import simulate

SCALED = [agent for agent in installed(CATALOG) if issubclass(agent, ScaledAgent)]
N, K, RUNS = 400, 4, 6
NOISE = np.random.default_rng(3).normal([0.0, 0.2, 0.4, 0.6], 1.0, size=(RUNS, N, K))
CONTEXTS = np.random.default_rng(2).uniform(-1, 1, (N, RUNS, K, 3))


def settings_of(agent, scale):
    """Settings in units of the rewards, for rewards that are multiplied by `scale`; IMED also uses an upper bound."""
    return {ETC: {"gap": 0.3 * scale}, LinUCB: {"norm": scale}, IMED: {"divergence": "gaussian"}}.get(agent, {})


def played(agent, rewards, known):
    """Actions [N, RUNS] on `rewards` [RUNS, N, K]; the agent knows the facts `known`."""
    linear = isinstance(agent, LinearAgent)
    made = replace(contextual(RUNS, N, K, 3) if linear else problem(RUNS, N, K), rewards=known)
    seen = CONTEXTS if linear else np.zeros((N, RUNS), int)
    return meet(agent, made, lambda t, arm: rewards[np.arange(RUNS), t, arm], seen, seed=4)


@pytest.mark.parametrize("known", [Rewards(std=8.0), Rewards(low=-3.0, high=13.0), None])
@pytest.mark.parametrize("agent", SCALED)
def test_rewards_of_scale_8_are_played_as_rewards_of_scale_1(agent, known):
    """The same actions on 8X as on X: by the standard deviation, by the range, or by the setting. 8 rounds nothing."""
    one = played(agent(**settings_of(agent, 1.0)), NOISE, Rewards(std=1.0))
    other = agent(**settings_of(agent, 8.0), **({"sigma": 8.0} if known is None else {}))
    assert (played(other, 8 * NOISE, known or UNKNOWN) == one).all()
    assert not (played(agent(**settings_of(agent, 8.0), sigma=1.0), 8 * NOISE, UNKNOWN) == one).all()


def test_every_agent_with_a_scale_is_found():
    assert {UCB, UCBAsymptotic, MOSS, MOSSAnytime, Thompson, KLUCB, IMED, ETC, LinUCB} < set(SCALED)
    assert all("sigma" in {field.name for field in fields(agent)} for agent in SCALED)


@pytest.mark.parametrize(
    ("env", "sigma"),
    [
        (GaussianBandit(), 1.0),
        (GaussianBandit(std=10.0), 10.0),
        (GaussianBandit(std=0.0), 0.0),
        (GaussianBandit(arms=3, std=[0.5, 4.0, 1.0]), 4.0),
        (BernoulliBandit(), 0.5),
        (BetaBandit(), 0.5),
        (LinearBandit(std=3.0), 3.0),
        (ExponentialBandit(), None),
    ],
)
def test_an_environment_declares_the_scale_of_its_rewards(env, sigma):
    assert env.rewards.sigma == sigma


@pytest.mark.parametrize(
    ("agent", "env", "inferred"),
    [
        (UCB(), GaussianBandit(std=10.0), {"sigma": 10.0}),
        (UCB(sigma=2.0), GaussianBandit(std=10.0), {}),
        (MOSS(), BernoulliBandit(), {"sigma": 0.5}),
        (UCB(), ExponentialBandit(), {"sigma": "assumed:1"}),
        (ETC(), BernoulliBandit(), {}),
        (ETC(gap=0.1), BernoulliBandit(), {"sigma": 0.5}),
        (Thompson(), BernoulliBandit(), {"posterior": "beta"}),
        (Thompson(), BetaBandit(), {"posterior": "gaussian", "sigma": 0.5}),
        (Thompson(posterior="gaussian"), BernoulliBandit(), {"sigma": 0.5}),
        (KLUCB(), BernoulliBandit(), {"divergence": "bernoulli"}),
        (IMED(), BernoulliBandit(), {"divergence": "bernoulli"}),
        (IMED(), BetaBandit(), {"divergence": "bounded"}),
        (IMED(), GaussianBandit(std=2.0), {"divergence": "gaussian", "sigma": 2.0}),
    ],
)
def test_a_cell_says_what_its_agent_took_from_the_environment(agent, env, inferred):
    assert Cell(agent, env).settings["inferred"] == inferred


@pytest.mark.parametrize("agent", [UCB, MOSS, MOSSAnytime, UCBAsymptotic, Thompson])
def test_regret_grows_with_the_noise_and_not_linearly_with_time(agent):
    """Means [5, 0] and std 10: 5,000 steps of random play cost 12,500, of σ = 1 more than half as much as the best."""
    env = GaussianBandit(means=[5.0, 0.0], std=10.0)
    known, wrong = (simulate(Cell(a, env, steps=5_000, runs=300)).outcome for a in (agent(), agent(sigma=1.0)))
    assert known.mean() < 600
    assert wrong.mean() > 2 * known.mean()


BANDITS = {"0.2, 0.25": [0.2, 0.25], "0.5, 0.4 × 9": [0.5] + [0.4] * 9}
LOOPS = {
    "ucb": (UCB(), lambda n: each(lambda paid, t, k: mean(paid) + sqrt(log(n) / len(paid)))),
    "ucb_asymptotic": (
        UCBAsymptotic(),
        lambda n: each(lambda paid, t, k: mean(paid) + sqrt(log(1 + t * log(t) ** 2) / 2 / len(paid))),
    ),
    "moss": (
        MOSS(),
        lambda n: each(lambda paid, t, k: mean(paid) + sqrt(log(max(1, n / k / len(paid))) / len(paid))),
    ),
    "kl_ucb": (KLUCB(), lambda n: reference.kl_ucb(0)),
    "imed": (IMED(), lambda n: reference.imed(bernoulli)),
}
"""agents, and the plain loops of the indices of their sources for rewards from 0 to 1"""


@pytest.mark.parametrize("bandit", BANDITS)
@pytest.mark.parametrize("name", LOOPS)
def test_on_bernoulli_arms_an_agent_plays_the_index_of_its_source(name, bandit):
    agent, rule = LOOPS[name]
    means, n = BANDITS[bandit], 250
    k = len(means)
    rewards = (np.random.default_rng(8).random((RUNS, n, k)) < means).astype(float)
    chosen = play(replace(agent), lambda t, arm: rewards[np.arange(RUNS), t, arm], RUNS, n, k, seed=3, rewards="binary")
    keys = np.random.default_rng(3).integers(2**64, size=RUNS, dtype=np.uint64)
    indices, apart = rule(n), 0
    for run in range(RUNS):
        own = []
        for t in range(1, n + 1):
            values = np.array(indices(own, t, k))
            tied = np.flatnonzero(values >= values.max() - 1e-12)
            arm = tied[random_integer(keys[run], t, len(tied)) if len(tied) > 1 else 0]
            assert chosen[t - 1, run] in tied, (run, t, values)
            apart += chosen[t - 1, run] != arm
            own.append((chosen[t - 1, run], rewards[run, t - 1, chosen[t - 1, run]]))
    assert apart <= 0.02 * RUNS * n  # ties that rounding breaks


@pytest.mark.parametrize("bandit", BANDITS)
def test_thompson_sampling_on_bernoulli_arms_is_the_plain_loop_with_beta_posteriors(bandit):
    """Mean regret of 400 runs of each, equal within 5 standard errors (6e-7)."""
    means, n, runs = BANDITS[bandit], 200, 400
    best, draws = max(means), random.Random(1)
    regrets = []
    for _ in range(runs):
        paid, unpaid, regret = [1] * len(means), [1] * len(means), 0.0
        for _ in range(n):
            drawn = [draws.betavariate(*ab) for ab in zip(paid, unpaid, strict=True)]
            arm = drawn.index(max(drawn))
            regret += best - means[arm]
            won = draws.random() < means[arm]
            paid[arm] += won
            unpaid[arm] += not won
        regrets.append(regret)
    own = simulate(Cell(Thompson(), BernoulliBandit(means=means), steps=n, runs=runs)).outcome
    assert abs(own.mean() - np.mean(regrets)) < 5 * sqrt((own.var() + np.var(regrets)) / runs)


def test_thompson_sampling_uses_that_rewards_are_0_or_1():
    """On ten arms with means drawn from U(0, 1), σ = 1 has twice the regret, and σ = ½ more than the beta posterior."""
    beta, half, one = (
        simulate(Cell(agent, BernoulliBandit(), steps=2_000, runs=500)).outcome.mean()
        for agent in (Thompson(), Thompson(posterior="gaussian"), Thompson(posterior="gaussian", sigma=1.0))
    )
    assert beta < half
    assert 2 * beta < one


@pytest.mark.parametrize("sigma", [-1.0, float("inf"), float("nan"), "1"])
def test_a_bad_scale_is_named(sigma):
    with pytest.raises(SettingError, match=f"^sigma={sigma}: must be a"):
        UCB(sigma=sigma)
