"""Agents that learn the average reward: plain loops, and what an exact plan says."""

import numpy as np
import pytest
from reference import linear
from support.linear import ROWS, run_through, steps_of
from support.tabular import ACTIONS, RUNS, refusal, stream

from rlnotes import agents
from rlnotes.envs import CliffWalking, RiverSwim
from rlnotes.simulation.cell import Cell
from rlnotes.simulation.simulate import simulate

SETTINGS = {"features": ROWS, "alpha": 0.1, "beta": 0.05, "epsilon": 0.3, "initial": 0.5}
RULES = [
    (agents.DifferentialSARSA(**SETTINGS), "sarsa"),
    (agents.RLearning(**SETTINGS), "r_learning"),
    (agents.RLearning(**SETTINGS, greedy_only=False), "differential_q_learning"),
]


@pytest.mark.parametrize(("agent", "method"), RULES)
def test_weights_and_average_are_those_of_a_plain_loop(agent, method):
    steps = stream(1)
    happened = run_through(agent, steps, discount=1.0)
    for run in range(RUNS):
        plain = steps_of(run, agent, steps, *happened)
        W, average = linear.average_reward(plain, np.full((ACTIONS, 4), 0.5), 0.1, 0.05, method)
        np.testing.assert_allclose(agent.w[run].T, W, rtol=1e-9, atol=1e-12)
        np.testing.assert_allclose(agent.average[run], average, rtol=1e-9, atol=1e-12)
        np.testing.assert_allclose(agent.report()["average_reward"][run], average, rtol=1e-9, atol=1e-12)


RIVER = RiverSwim(states=3, discount=1.0)


@pytest.mark.slow
@pytest.mark.parametrize("greedy_only", [True, False])
def test_r_learning_finds_the_gain_and_the_policy_of_a_plan_while_it_explores(greedy_only):
    """Averages of runs spread by 4 %, the mean of 20 by 0.9 %; 5 % is 5 standard errors: false alarms below 1e-6."""
    plan = agents.RelativeValueIteration().plan(RIVER.model)
    agent = agents.RLearning(
        alpha="exponential:0.2:0.005:100%", beta=0.001, epsilon=0.3, initial=1.0, greedy_only=greedy_only
    )
    data = simulate(Cell(agent, RIVER, steps=100_000, runs=20)).data
    assert data["average_reward"].std() < 0.09 * plan.gain
    np.testing.assert_allclose(data["average_reward"].mean(), plan.gain, rtol=0.05)
    assert data["greedy_for"].reshape(3, 2).argmax(axis=1).tolist() == plan.policy.tolist()


@pytest.mark.slow
def test_differential_sarsa_learns_the_average_of_the_policy_that_plays():
    """R̄ is the gain of the ε-greedy policy, exploration included, also where episodes terminate."""
    env = CliffWalking(time_limit=1_000)
    agent = agents.DifferentialSARSA(alpha="exponential:0.3:0.02:100%", beta=0.002, epsilon=0.1)
    data = simulate(Cell(agent, env, steps=150_000, runs=10)).data
    model, rate = env.model, 0.1
    for q, average in zip(data["learned_q"], data["average_reward"], strict=True):
        policy = np.where(np.arange(4) == q.argmax(axis=1)[:, None], 1 - rate, 0.0) + rate / 4
        shares = model.stationary(policy)
        gain = shares @ model.chain(policy)[1]
        assert abs(average - gain) < 0.25 * abs(gain)


def test_what_does_not_fit_is_refused_in_one_line():
    for cls in (agents.DifferentialSARSA, agents.RLearning):
        message = refusal(lambda cls=cls: Cell(cls(), RiverSwim(), steps=9))
        assert message == (
            f"agent={'differential_sarsa' if cls is agents.DifferentialSARSA else 'r_learning'}: does not fit "
            "env=river_swim: it needs env.discount=1, not 0.99, since it learns the average reward per step, which no "
            "discount changes"
        )
        assert refusal(lambda cls=cls: cls(beta=2.0)) == "beta=2.0: must be from 0 to 1"
        wild = cls(features=[[3.0]] * 3, alpha=1.0)
        message = refusal(lambda wild=wild: simulate(Cell(wild, RIVER, steps=9_000, runs=2)))
        assert message.startswith("agent.alpha=1.0: the weights diverge (run ")
