"""REINFORCE and actor-critic with linear features: plain loops, tables, closed forms, and refusals."""

from dataclasses import replace

import numpy as np
import pytest
from gymnasium.spaces import Box, Discrete
from reference import linear
from scipy.linalg import solve_discrete_are
from support.linear import ROWS, run_through, steps_of
from support.tabular import ACTIONS, AGENT_SEED, DISCOUNT, RUNS, STATES, STEPS, drive, refusal, stream

from rlnotes import agents, compare, player
from rlnotes.agents.base.agent import Problem, ProblemError
from rlnotes.base.random_streams import Stream
from rlnotes.envs import LQR, CartPole, ShortCorridor
from rlnotes.simulation.cell import Cell
from rlnotes.simulation.simulate import simulate

SETTINGS = {"features": ROWS, "alpha": 0.05, "beta": 0.1}
RULES = [
    (agents.LinearReinforce(**SETTINGS), None),
    (agents.LinearReinforce(**SETTINGS | {"beta": 0.0}), None),
    (agents.LinearActorCritic(**SETTINGS, decay=0.0), 0.0),
    (agents.LinearActorCritic(**SETTINGS, decay=0.7), 0.7),
]
BOX = Box(np.array([-1.0, 0.0]), np.array([1.0, 4.0]), dtype=np.float64)


def require_equal_weights(agent, run, steps, columns, log_policy, decay):
    """Require the weights of a plain loop over the steps of a run."""
    first = np.zeros((columns, ROWS.shape[1])), np.zeros(ROWS.shape[1])
    theta, v = linear.policy_gradient(steps, *first, agent.alpha, agent.beta, DISCOUNT, log_policy, decay)
    assert np.abs(theta).max() > 0.05
    np.testing.assert_allclose(agent.w[run].T, theta, rtol=1e-7, atol=1e-10)
    np.testing.assert_allclose(agent.v[run, :, 0], v, rtol=1e-7, atol=1e-10)


@pytest.mark.parametrize(("agent", "decay"), RULES)
def test_the_weights_of_a_softmax_are_those_of_a_plain_loop(agent, decay):
    steps = stream(1)
    actions, unused = run_through(agent, steps)
    for run in range(2):

        def log_policy(theta, x, t, run=run):
            return theta[actions[t, run]] @ x - np.log(np.exp(theta @ x).sum())

        plain = steps_of(run, agent, steps, actions, unused)
        require_equal_weights(agent, run, plain, ACTIONS, log_policy, decay)


@pytest.mark.parametrize(("agent", "decay"), RULES)
def test_the_weights_of_a_gaussian_are_those_of_a_plain_loop(agent, decay):
    """The actions are u = μ + σ z in half widths, also where the environment is given the end of the Box."""
    agent = replace(agent, alpha=0.01)
    steps, numbers, deviation = stream(1), [], agent.deviation
    act = agent.draw_numbers
    agent.draw_numbers = lambda: (numbers.append(agent.mean_and_deviation(agent.x)), act())[1]
    actions, _ = run_through(agent, steps, (Discrete(STATES), BOX))
    normals = Stream(np.random.default_rng(AGENT_SEED).spawn(1)[0])
    drawn = np.array([mean + sd * normals.standard_normal((RUNS, 2)) for mean, sd in numbers])  # [STEPS, RUNS, 2]
    np.testing.assert_allclose(actions, np.clip(drawn * [1, 2] + [0, 2], BOX.low, BOX.high), rtol=1e-12)
    assert (actions == BOX.low).any()
    for run in range(2):

        def log_policy(theta, x, t, run=run):
            mean, log_sd = (theta @ x)[:2], np.log(deviation) + (theta @ x)[2:]
            return (-(((drawn[t, run] - mean) / np.exp(log_sd)) ** 2) / 2 - log_sd).sum()

        plain = steps_of(run, agent, steps, np.zeros((STEPS, RUNS), int), np.zeros((STEPS, RUNS), int))
        require_equal_weights(agent, run, plain, 4, log_policy, decay)


def test_with_one_feature_per_state_a_one_step_actor_critic_is_that_of_a_table():
    table, line = agents.SoftmaxActorCritic(0.2, beta=0.3), agents.LinearActorCritic(alpha=0.2, beta=0.3, decay=0.0)
    steps = stream(5)
    np.testing.assert_array_equal(drive(table, steps), drive(line, steps))
    np.testing.assert_allclose(line.w, table.theta, rtol=1e-9, atol=1e-12)
    for key, value in table.report().items():
        np.testing.assert_allclose(line.report()[key], value, rtol=1e-9, atol=1e-12)


@pytest.mark.slow
@pytest.mark.parametrize(("alpha", "beta"), [(2**-12, 0.0), (2**-9, 2**-6)])
def test_reinforce_learns_the_best_probability_of_the_short_corridor(alpha, beta):
    """p = 2 − √2; it begins with p = ½, and the mean of 100 runs has a standard error of 0.01 or less."""
    agent = agents.LinearReinforce(alpha=alpha, beta=beta)
    theta = simulate(Cell(agent, ShortCorridor(time_limit=1_000), episodes=1_000, runs=100)).data["learned_preferences"]
    p = 1 / (1 + np.exp(theta[:, 0, 0] - theta[:, 0, 1]))
    assert p.std() / 10 < 0.01
    assert abs(p.mean() - (2 - np.sqrt(2))) < 0.04


A, GAMMA = 0.8, 0.8
SYSTEM = LQR(A=A, sigma=0.2, bound=1.0, discount=GAMMA)
GAUSSIAN = {"features": "polynomial:2", "ranges": [[-1.0, 1.0]], "deviation": 0.2, "alpha": 1e-3, "beta": 0.2}


@pytest.mark.slow
@pytest.mark.parametrize("agent", [agents.LinearReinforce(**GAUSSIAN), agents.LinearActorCritic(**GAUSSIAN, decay=0.8)])
def test_a_gaussian_policy_learns_the_gain_of_the_riccati_equation(agent):
    """The gain of 20 runs has a standard error below 0.01; it begins as 0."""
    root = np.sqrt([[GAMMA]])
    p = solve_discrete_are(A * root, root, np.eye(1), np.eye(1))[0, 0]
    gain = GAMMA * A * p / (1 + GAMMA * p)
    theta = simulate(Cell(agent, SYSTEM, steps=60_000, runs=20)).data["learned_weights"][:, :, 0]
    found = -(theta[:, 1] / 2 + theta[:, 2] / 2)  # the slope at 0 of θ_0 + θ_1 s + θ_2 s², s = (x + 1) / 2
    assert found.std() / np.sqrt(20) < 0.01
    assert abs(found.mean() - gain) < 0.05


POLE = {"features": "tiles:4x4", "ranges": [[-2.4, 2.4], [-3, 3], [-0.21, 0.21], [-3, 3]]}


@pytest.mark.slow
@pytest.mark.parametrize(
    "agent",
    [
        agents.LinearReinforce(**POLE, alpha=0.0025, beta=0.01),
        agents.LinearActorCritic(**POLE, alpha=0.01, beta=0.02),
    ],
)
def test_a_softmax_of_tiles_learns_to_balance_the_pole(agent):
    lengths = simulate(Cell(agent, CartPole(), episodes=60, runs=20)).data["lengths"]
    assert lengths[:, :5].mean() < 40
    assert lengths[:, -30:].mean() > 120


@pytest.mark.parametrize("cls", [agents.LinearReinforce, agents.LinearActorCritic])
def test_what_is_learnt_can_be_played(cls):
    env = LQR(A=A, sigma=0.2, bound=1.0)
    agent = cls(**GAUSSIAN)
    [row] = compare(agent, env, steps=300, runs=3, progress=False).rows
    theta = row.result.data["learned_weights"][:, :, 0]
    states = np.array([[0.5], [-0.2], [3.0]])
    s = (np.clip(states[:, 0], -1, 1) + 1) / 2
    expected = np.clip(theta[:, 0] + theta[:, 1] * s + theta[:, 2] * s**2, -1, 1)
    np.testing.assert_allclose(player(agent, env, row.result).act(states)[:, 0], expected, rtol=1e-5)
    of_table = cls()
    [row] = compare(of_table, ShortCorridor(time_limit=9), steps=60, runs=3, progress=False).rows
    best = row.result.data["learned_preferences"][:, 0].argmax(axis=1)
    assert player(of_table, ShortCorridor(time_limit=9), row.result).act(np.zeros(3, int)).tolist() == best.tolist()


@pytest.mark.parametrize("cls", [agents.LinearReinforce, agents.LinearActorCritic])
def test_what_does_not_fit_is_refused_in_one_line(cls):
    assert "needs actions that are a vector of real numbers, a Box with bounds, not Box(-inf" in refusal(
        lambda: cls().check(Problem(Discrete(2), Box(-np.inf, np.inf, (1,)), 1, 9)), ProblemError
    )
    assert "needs agent.ranges" in refusal(lambda: Cell(cls(), LQR(), steps=9))
    assert refusal(lambda: cls(deviation=0.0)) == "deviation=0.0: must be above 0"
    assert refusal(lambda: cls(beta=-0.1)).startswith("beta=-0.1: must be ")
    wild = cls(features="polynomial:2", ranges=[[-4.0, 4.0]], alpha=1.0)
    message = refusal(lambda: simulate(Cell(wild, LQR(), steps=5_000, runs=3)))
    assert message.startswith("agent.alpha=1.0: the weights diverge (run ")
