"""Agents with linear values compute what plain loops compute, and with one feature per state what tables compute."""

import numpy as np
import pytest
from reference import linear
from support.linear import ROWS, run_through, steps_of
from support.tabular import ACTIONS, DISCOUNT, RUNS, STATES, drive, stream

from rlnotes import agents

ALPHA = 0.1
GRADIENT = {"features": ROWS, "alpha": ALPHA}
CONTROL = GRADIENT | {"epsilon": 0.3, "initial": 0.5}
LAMBDA = {"decay": 0.8}
BEHAVIOUR = np.random.default_rng(9).dirichlet([2.0] * ACTIONS, STATES)
POLICY = np.random.default_rng(8).dirichlet([2.0] * ACTIONS, STATES)
POLICY[3] = 1.0, 0.0, 0.0

RULES = [
    (agents.SemiGradientTD(**GRADIENT), linear.one_step, {}),
    (agents.GradientMonteCarlo(**GRADIENT), linear.n_step, {"n": np.inf}),
    *((agents.LinearNStepTD(**GRADIENT, n=n), linear.n_step, {"n": n}) for n in (1, 3, 12)),
    (agents.LinearTDLambda(**GRADIENT, **LAMBDA), linear.traces, LAMBDA | {"kind": "accumulating"}),
    (agents.TrueOnlineTDLambda(**GRADIENT, **LAMBDA), linear.traces, LAMBDA | {"kind": "true_online"}),
    (agents.LinearSARSA(**CONTROL), linear.one_step, {}),
    *((agents.LinearNStepSARSA(**CONTROL, n=n), linear.n_step, {"n": n}) for n in (1, 3)),
    *(
        (agents.LinearSARSALambda(**CONTROL, **LAMBDA, traces=kind), linear.traces, LAMBDA | {"kind": kind})
        for kind in ("accumulating", "dutch", "true_online")
    ),
]


@pytest.mark.parametrize(("agent", "loop", "settings"), RULES)
def test_the_weights_are_those_of_a_plain_loop(agent, loop, settings):
    steps = stream(1)
    happened = run_through(agent, steps)
    first = np.full((agent.columns, ROWS.shape[1]), getattr(agent, "initial", 0.0))
    for run in range(RUNS):
        expected = loop(steps_of(run, agent, steps, *happened), first, ALPHA, DISCOUNT, **settings)
        np.testing.assert_allclose(agent.w[run].T, expected, rtol=1e-9, atol=1e-12)


def test_replacing_traces_of_states_with_different_numbers_of_features():
    """Features that are 0 in a state leave their traces as they are."""
    rows = (np.random.default_rng(7).random((STATES, 4)) < 0.5).astype(float)
    assert len(set(rows.sum(axis=1))) > 2
    agent = agents.LinearSARSALambda(**CONTROL | {"features": rows}, **LAMBDA, traces="replacing")
    steps = stream(1)
    happened = run_through(agent, steps)
    for run in range(RUNS):
        plain = steps_of(run, agent, steps, *happened, rows)
        expected = linear.traces(plain, np.full((ACTIONS, 4), 0.5), ALPHA, DISCOUNT, **LAMBDA, kind="replacing")
        np.testing.assert_allclose(agent.w[run].T, expected, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("decay", [0.0, 0.7])
def test_lstd_solves_the_equations_of_a_plain_loop(decay):
    steps, agent = stream(2), agents.LSTD(features=ROWS, decay=decay, epsilon=0.01)
    happened = run_through(agent, steps)
    weights = agent.weights(np.arange(RUNS))
    for run in range(RUNS):
        found = linear.lstd(steps_of(run, agent, steps, *happened), np.zeros((1, 4)), DISCOUNT, decay, 0.01)
        np.testing.assert_allclose(weights[run], found[0], rtol=1e-9)


CORRECTED = {"beta": 0.2}
OFF_POLICY = [
    (agents.OffPolicyTD, "off_policy_td", {}),
    (agents.ResidualGradient, "residual_gradient", {}),
    (agents.EmphaticTD, "emphatic_td", {}),
    (agents.GTD2, "gtd2", CORRECTED),
    (agents.TDC, "tdc", CORRECTED),
]


@pytest.mark.parametrize(("cls", "method", "settings"), OFF_POLICY)
def test_off_policy_weights_are_those_of_a_plain_loop(cls, method, settings):
    agent = cls(features=ROWS, alpha=0.05, policy=POLICY, behaviour=BEHAVIOUR, **settings)
    steps = stream(3)
    actions, unused = run_through(agent, steps)
    rho = POLICY[steps[0], actions] / BEHAVIOUR[steps[0], actions]
    for run in range(RUNS):
        plain = [
            (x, rho[t, run], *rest) for t, (x, _, *rest) in enumerate(steps_of(run, agent, steps, actions, unused))
        ]
        expected = linear.off_policy(plain, np.zeros((1, 4)), 0.05, DISCOUNT, method, **settings)
        np.testing.assert_allclose(agent.w[run].T, expected, rtol=1e-9, atol=1e-12)


def test_the_behaviour_plays_with_its_probabilities():
    agent = agents.OffPolicyTD(features=ROWS, policy=POLICY, behaviour=BEHAVIOUR)
    steps = stream(4)
    actions, _ = run_through(agent, steps)
    for state in range(STATES):
        share = np.bincount(actions[steps[0] == state], minlength=ACTIONS) / (steps[0] == state).sum()
        # 18 shares of more than 400 plays each, 5 standard errors: false alarms below 2e-5
        assert np.abs(share - BEHAVIOUR[state]).max() < 5 * np.sqrt(0.25 / (steps[0] == state).sum())


TABLES = [
    ("SARSA", "LinearSARSA", {}),
    ("ExpectedSARSA", "LinearExpectedSARSA", {}),
    ("QLearning", "LinearQLearning", {}),
    ("NStepSARSA", "LinearNStepSARSA", {"n": 3}),
    *(("SARSALambda", "LinearSARSALambda", {"traces": kind}) for kind in ("accumulating", "replacing", "dutch")),
]


@pytest.mark.parametrize(("table", "line", "settings"), TABLES)
@pytest.mark.parametrize("schedule", [0.2, "linear:0.5:0.1:200"])
def test_with_one_feature_per_state_a_linear_agent_plays_and_learns_as_its_table(table, line, settings, schedule):
    settings = settings | {"alpha": schedule, "epsilon": schedule, "initial": 0.4}
    of_table, linear_one = getattr(agents, table)(**settings), getattr(agents, line)(**settings)
    steps = stream(5)
    np.testing.assert_array_equal(drive(of_table, steps), drive(linear_one, steps))
    np.testing.assert_allclose(linear_one.w, of_table.q, rtol=1e-12, atol=1e-15)
    for key, value in of_table.report().items():
        np.testing.assert_allclose(linear_one.report()[key], value, rtol=1e-12)


@pytest.mark.parametrize(
    ("table", "line"),
    [
        (agents.TD(0.2), agents.SemiGradientTD(alpha=0.2)),
        (agents.NStepTD(0.2, n=5), agents.LinearNStepTD(alpha=0.2, n=5)),
        (agents.TDLambda(0.2, form="backward"), agents.LinearTDLambda(alpha=0.2)),
        (agents.TDLambda(0.2), agents.TrueOnlineTDLambda(alpha=0.2)),
        (agents.MonteCarloPrediction(0.2, every_visit=True), agents.GradientMonteCarlo(alpha=0.2)),
    ],
)
def test_with_one_feature_per_state_predictions_are_those_of_tables(table, line):
    steps = stream(6)
    np.testing.assert_array_equal(drive(table, steps), drive(line, steps))
    np.testing.assert_allclose(line.value(line.every_run), table.v, rtol=1e-10, atol=1e-14)
