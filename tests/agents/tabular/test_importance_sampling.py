"""Off-policy Monte Carlo prediction: a scalar loop, the on-policy case, refusals, and closed forms."""

from functools import partial

import numpy as np
import pytest
from support.tabular import ACTIONS, DISCOUNT, RUNS, STATES, drive, of_run, refusal, stream

from rlnotes.agents import ImportanceSampling, MonteCarloPrediction
from rlnotes.book.chapter_05.infinite_variance import LEFT, loop
from rlnotes.envs import ModelEnv
from rlnotes.simulation.cell import Cell
from rlnotes.simulation.simulate import simulate

POLICY = np.random.default_rng(3).dirichlet(np.ones(ACTIONS), STATES)
BEHAVIOUR = 0.5 * POLICY + 0.5 / ACTIONS
POLICY[0] = np.eye(ACTIONS)[1]


def reference(steps, weighted, every_visit):
    """V [states] of one run: the averages of all returns, each a product of ratios times G."""
    value, total, weights = np.zeros(STATES), np.zeros(STATES), np.zeros(STATES)
    episode = []
    for state, action, reward, following, terminated, truncated in steps:
        episode.append((state, action, reward))
        if not (terminated or truncated):
            continue
        g, rho, returns = 0.0 if terminated else value[following], 1.0, []
        for s, a, r in reversed(episode):
            g, rho = r + DISCOUNT * g, rho * POLICY[s, a] / BEHAVIOUR[s, a]
            returns.append((s, g, rho))
        seen = set()
        for s, g, rho in reversed(returns):
            if every_visit or s not in seen:
                total[s] += rho * g
                weights[s] += rho if weighted else 1.0
                value[s] = total[s] / weights[s] if weights[s] else 0.0
            seen.add(s)
        episode = []
    return value


@pytest.mark.parametrize("weighting", ["weighted", "ordinary"])
@pytest.mark.parametrize("every_visit", [False, True])
def test_the_values_are_the_averages_of_a_scalar_loop(weighting, every_visit):
    settings = {"policy": POLICY, "behaviour": BEHAVIOUR, "weighting": weighting, "every_visit": every_visit}
    agent, steps = ImportanceSampling(**settings), stream(1)
    actions = drive(agent, steps)
    state, *rest = steps
    for run in range(RUNS):
        expected = reference(of_run(run, state, actions, *rest), weighting == "weighted", every_visit)
        assert agent.value(np.array([run]))[0] == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("weighting", ["weighted", "ordinary"])
def test_with_one_policy_it_is_monte_carlo_prediction(weighting):
    settings = {"policy": BEHAVIOUR, "initial": 2.5}
    ours, plain = (
        ImportanceSampling(**settings, behaviour=BEHAVIOUR, weighting=weighting),
        MonteCarloPrediction(**settings),
    )
    assert (drive(ours, stream(2)) == drive(plain, stream(2))).all()
    every = np.arange(RUNS)
    assert ours.value(every) == pytest.approx(plain.value(every))


def test_in_the_loop_weighted_sampling_is_exact_and_an_ordinary_return_counts_two_to_the_steps():
    """Example 5.5: an episode ends on the left with probability 1/11, and only then it counts, with the return 1.

    No run of 50 has such an episode among 200 with probability 50 (10/11)^200 = 3e-7.
    """
    env, policy = ModelEnv(loop()), [LEFT]
    weighted = simulate(Cell(ImportanceSampling(policy=policy), env, episodes=200, runs=50)).data
    assert weighted["learned_v"] == pytest.approx(np.ones((50, 1)))
    agent = ImportanceSampling(policy=policy, weighting="ordinary")
    once = simulate(Cell(agent, env, episodes=1, runs=50)).data
    counted = once["returns"] * 2.0 ** once["lengths"]
    assert once["rmse"] == pytest.approx(abs(counted - 1))
    assert (counted > 0).any()


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (
            {"weighting": "wieghted"},
            "weighting=wieghted: unknown (did you mean weighted?); must be weighted or ordinary",
        ),
        ({"alpha": 0.1}, "alpha=0.1: must be 1/visits: returns are averaged by their importance"),
        ({"behaviour": "random"}, "behaviour=random: must be uniform, "),
    ],
)
def test_a_wrong_setting_is_refused(settings, message):
    assert message in refusal(partial(ImportanceSampling, **settings))


def test_a_behaviour_that_leaves_out_an_action_of_the_policy_is_refused():
    agent = ImportanceSampling(policy=[[0.5, 0.5]], behaviour=[[1.0, 0.0]])
    with pytest.raises(
        ValueError, match="action 1 of the policy has probability 0 in state 0, so that it has no ratio"
    ):
        Cell(agent, ModelEnv(loop()), episodes=1)
