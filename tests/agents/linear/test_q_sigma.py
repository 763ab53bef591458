"""Q(σ) with linear values: a plain loop, and the two methods at its ends."""

import numpy as np
import pytest
from reference import linear
from support.linear import ROWS, run_through, steps_of
from support.tabular import ACTIONS, AGENT_SEED, DISCOUNT, RUNS, SPACES, STEPS, drive, refusal, stream

from rlnotes import agents
from rlnotes.agents.base.agent import Problem, Transition

SETTINGS = {"alpha": 0.1, "epsilon": 0.3, "initial": 0.5}


@pytest.mark.parametrize("sigma", [0.0, 0.4, 1.0])
@pytest.mark.parametrize("n", [1, 3])
def test_the_weights_are_those_of_a_plain_loop(sigma, n):
    agent, steps = agents.LinearQSigma(features=ROWS, n=n, sigma=sigma, **SETTINGS), stream(1)
    happened = run_through(agent, steps)
    for run in range(RUNS):
        plain = steps_of(run, agent, steps, *happened)
        expected = linear.q_sigma(plain, np.full((ACTIONS, 4), 0.5), 0.1, DISCOUNT, n, sigma, 0.3)
        np.testing.assert_allclose(agent.w[run].T, expected, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("n", [1, 4])
def test_sigma_1_is_n_step_sarsa(n):
    both = [cls(features=ROWS, n=n, **SETTINGS) for cls in (agents.LinearNStepSARSA, agents.LinearQSigma)]
    both[1].sigma = 1.0
    steps = stream(2)
    np.testing.assert_array_equal(*(drive(agent, steps) for agent in both))
    np.testing.assert_allclose(both[1].w, both[0].w, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("n", [1, 4])
def test_sigma_0_is_tree_backup(n):
    """Without truncated episodes, after which tree backup evaluates the last state anew for every step."""
    line, table = agents.LinearQSigma(n=n, sigma=0.0, **SETTINGS), agents.TreeBackup(n=n, **SETTINGS)
    state, reward, following, *ended = stream(3)
    steps = state, reward, following, ended[0] | ended[1], np.zeros_like(ended[0])
    actions, _ = run_through(line, steps)
    table.begin(Problem(*SPACES, RUNS, STEPS, DISCOUNT), np.random.default_rng(AGENT_SEED))
    for state, reward, following, terminated, truncated, action in zip(*steps, actions, strict=True):
        table.act(state)
        table.update(Transition(state, action, reward, following, terminated, truncated))
    np.testing.assert_allclose(line.w, table.q, rtol=1e-9, atol=1e-12)


def test_sigma_is_a_share():
    assert refusal(lambda: agents.LinearQSigma(sigma=1.5)) == "sigma=1.5: must be from 0 to 1"
    assert refusal(lambda: agents.LinearQSigma(n=0)) == "n=0: must be a whole number, 1 or more"
