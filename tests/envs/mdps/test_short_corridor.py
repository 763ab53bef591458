"""The short corridor: its closed form, and the policies that learn to be random."""

import numpy as np
import pytest

from rlnotes.agents import Random, SoftmaxReinforce
from rlnotes.envs import ShortCorridor
from rlnotes.simulation.cell import Cell
from rlnotes.simulation.simulate import simulate

BEST = 2 - np.sqrt(2)


def value(p):
    """V at the start of the policy that goes right with probability p."""
    model = ShortCorridor().model
    return model.evaluate(np.tile([1 - p, p], (3, 1)))[0]


def test_its_values_have_their_closed_form_and_a_best_probability():
    for p in (0.05, 0.3, 0.5, BEST, 0.95):
        np.testing.assert_allclose(value(p), (2 * p - 4) / (p * (1 - p)), rtol=1e-12)
    np.testing.assert_allclose(value(BEST), -(6 + 4 * np.sqrt(2)), rtol=1e-12)
    assert value(BEST) > max(value(BEST - 0.01), value(BEST + 0.01))


def test_random_play_is_worth_12_steps():
    """A mean over 2,000 episodes, 5 standard errors: false alarms below 1e-6."""
    returns = simulate(Cell(Random(), ShortCorridor(), episodes=1, runs=2_000)).data["returns"][:, 0]
    assert abs(returns.mean() + 12) < 5 * returns.std() / np.sqrt(len(returns))


@pytest.mark.parametrize("agent", [SoftmaxReinforce(2**-12, beta=0.0), SoftmaxReinforce(2**-9, beta=2**-6)])
def test_reinforce_learns_the_best_probability_with_and_without_a_baseline(agent, monkeypatch):
    """It begins with p = ½; the mean of 100 runs has a standard error of 0.01 or less."""
    learnt, report = [], SoftmaxReinforce.report
    monkeypatch.setattr(SoftmaxReinforce, "report", lambda self: (learnt.append(self.theta[:, 0]), report(self))[1])
    simulate(Cell(agent, ShortCorridor(time_limit=1_000), episodes=1_000, runs=100))
    p = 1 / (1 + np.exp(learnt[0][:, 0] - learnt[0][:, 1]))
    assert abs(p.mean() - BEST) < 0.04
