"""Agents that learn a softmax policy with a table [notes 2.6]."""

from functools import partial

import numpy as np
import pytest
from reference.tabular import SCHEDULES
from support.tabular import (
    ACTIONS,
    BLOCKED,
    DISCOUNT,
    RUNS,
    STATES,
    drive,
    first_table,
    of_run,
    random_numbers,
    stream,
    with_long_episodes,
)

from rlnotes.agents import SoftmaxActorCritic, SoftmaxReinforce

RATES = [(0.5, 0.1), (1, 0.0), ("linear:0.9:0.1:250", 0.5), ("exponential:0.8:0.05:250", 1)]
CASES = [(agent, *rates) for agent in (SoftmaxReinforce, SoftmaxActorCritic) for rates in RATES]
CASES += [(SoftmaxActorCritic, "1/visits", 0.2)]
CASES += [(partial(SoftmaxReinforce, entropy=weight), *RATES[0]) for weight in (0.3, 2.0)]


def softmax(preferences):
    weight = np.exp(preferences)
    return weight / weight.sum()


@BLOCKED
@pytest.mark.parametrize(("agent", "alpha", "beta"), CASES)
@pytest.mark.parametrize("long", [False, True], ids=("", "long"))
def test_a_softmax_policy_climbs_its_gradient_number_for_number(agent, alpha, beta, long, blocked):
    table, model = first_table(0, blocked)
    steps = with_long_episodes(stream(4)) if long else stream(3)
    actions = drive(learner := agent(alpha, beta), steps, model)
    uniform, _ = random_numbers(learner)
    at_end = isinstance(learner, SoftmaxReinforce)
    entropy = learner.entropy if at_end else 0
    for run in range(RUNS):
        theta, v, visits, episode = table.copy(), [0.0] * STATES, np.zeros((STATES, ACTIONS), int), []
        happened = of_run(run, *steps, uniform, actions)
        for t, (s, reward, after, terminated, truncated, u, a) in enumerate(happened):
            assert a == np.argmax(u < np.cumsum(np.exp(theta[s])) / np.exp(theta[s]).sum())
            visits[s, a] += 1
            step_size, target = SCHEDULES[alpha](t, visits[s, a]), 0.0 if terminated else v[after]
            episode.append([s, a, reward])
            if at_end and not terminated and not truncated:
                continue
            for step in reversed(episode):
                step[2] = target = step[2] + DISCOUNT * target
            for s, a, target in episode:
                error, pi = target - v[s], softmax(theta[s])
                log = np.log(np.where(pi > 0, pi, 1))
                of_entropy = entropy * -pi * (log - (pi * log).sum())
                theta[s] += step_size * (error * ((np.arange(ACTIONS) == a) - pi) + of_entropy)
                v[s] += beta * error
            episode = []
        np.testing.assert_allclose(np.c_[learner.theta[run], learner.v[run]], np.c_[theta, v], rtol=0, atol=1e-12)
