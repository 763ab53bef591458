"""Gymnasium's toy texts, stepped here: every step, or its law, is Gymnasium's."""

from collections import Counter

import gymnasium as gym
import numpy as np
import pytest
from scipy import stats
from test_mdps import FALSE_ALARM, actions_of, following, pvalue

from rlnotes.envs.registered import Registered


def two_sample_pvalue(seen, others, draws):
    """p-value of two samples having one law, each count of so many draws a row: exact, as in `pvalue`."""
    cells = list(seen | others)
    a, b = (np.array([sample[cell] for cell in cells]) for sample in (seen, others))
    law = stats.hypergeom(2 * draws, a + b, draws)
    return min(1.0, 2 * len(cells) * np.minimum(law.cdf(a), law.sf(a - 1)).min())


@pytest.mark.parametrize(
    ("id", "settings"), [("CliffWalking-v1", {}), ("FrozenLake-v1", {"is_slippery": False}), ("Taxi-v4", {})]
)
def test_a_toy_text_environment_without_chance_steps_as_gymnasiums(id, settings):
    ours, theirs = Registered(id, settings).batch(100), gym.make(id, **settings).unwrapped
    rng = np.random.default_rng(0)
    state = ours.reset(seed=0)[0]
    theirs.reset(seed=0)
    finished = 0
    for _ in range(200):
        actions = actions_of(rng, ours)
        observation, reward, terminated, truncated, info = ours.step(actions)
        last = info.get("final_obs", observation)
        for run in range(100):
            theirs.s = int(state[run])
            assert theirs.step(int(actions[run]))[:3] == (last[run], reward[run], terminated[run])
        finished += terminated.sum()
        state = observation
    assert finished or id != "FrozenLake-v1"
    assert truncated.any() == (id == "Taxi-v4")


@pytest.mark.parametrize("id", ["CliffWalking-v1", "FrozenLake-v1", "Taxi-v4"])
def test_every_step_of_a_toy_text_environment_without_chance_is_gymnasiums(id):
    settings = {"is_slippery": False} if id == "FrozenLake-v1" else {}
    theirs = gym.make(id, **settings).unwrapped
    theirs.reset(seed=0)
    states, actions = theirs.observation_space.n, theirs.action_space.n
    ours = Registered(id, settings).batch(states * actions)
    ours.reset(seed=0)
    pairs = np.divmod(np.arange(states * actions), actions)
    steps = []
    for state, action in zip(*pairs, strict=True):
        theirs.s = int(state)
        steps.append(theirs.step(int(action))[:3])
    for our, their in zip(following(ours, *pairs), zip(*steps, strict=True), strict=False):
        np.testing.assert_array_equal(our, their)


def test_the_slippery_frozen_lake_has_the_law_of_gymnasiums():
    """Exact two-sample tests of all (state, action, next state, reward, terminated), with a false alarm of 1e-6 in all.

    A lake where half the steps, not a third, go where they should would be seen.
    """
    runs, actions = 800, 4
    theirs = gym.make("FrozenLake-v1").unwrapped
    theirs.reset(seed=None)
    free = np.flatnonzero([letter in "SF" for letter in theirs.desc.astype(str).ravel()])
    row = (free[:, None] * actions + np.arange(actions)).ravel().repeat(runs)
    their_counts = Counter()
    for r in row.tolist():
        theirs.s = r // actions
        their_counts[(r, *theirs.step(r % actions)[:3])] += 1

    def counts(**settings):
        ours = Registered("FrozenLake-v1", settings).batch(len(row))
        ours.reset(seed=None)
        outcomes = following(ours, row // actions, row % actions)[:3]
        return Counter(zip(row.tolist(), *(outcome.tolist() for outcome in outcomes), strict=True))

    assert two_sample_pvalue(counts(), their_counts, runs) > FALSE_ALARM
    assert two_sample_pvalue(counts(success_rate=0.5), their_counts, runs) < FALSE_ALARM


def test_the_frozen_lake_and_the_taxi_begin_as_gymnasiums():
    """Exact binomial tests with a false alarm probability of 1e-6."""
    theirs = gym.make("Taxi-v4").unwrapped
    law = {s: p for s, p in enumerate(theirs.initial_state_distrib) if p}
    ours = Registered("Taxi-v4").batch(100_000)
    assert pvalue(Counter(ours.reset(seed=None)[0].tolist()), law, 100_000) > FALSE_ALARM
    assert (Registered("FrozenLake-v1").batch(9).reset(seed=None)[0] == 0).all()
