"""Real-time dynamic programming: updates by hand, the limit, and refusals."""

import numpy as np
import pytest
from support.tabular import refusal

from rlnotes.agents import PolicyIteration, RealTimeDP
from rlnotes.agents.base.agent import Problem, Transition
from rlnotes.envs import Gridworld, Model, ModelEnv, ShortCorridor
from rlnotes.simulation.cell import Cell
from rlnotes.simulation.simulate import simulate


def two_states():
    """State 0 leads to 1 with probability 0.25, where an episode ends for 8; action 1 ends it for 1."""

    def outcomes(state, action):
        if action == 1:
            return [(1.0, 0, 1.0, True)]
        return [(0.75, 0, 0.0, False), (0.25, 1, 2.0, False)] if state == 0 else [(1.0, 0, 8.0, True)]

    return Model.from_function([0, 1], [0, 1], outcomes, start=0, discount=0.5)


def after(agent, model, pairs):
    """Q of the only run after steps at these states and actions."""
    env = ModelEnv(model)
    agent.begin(Problem.of(env, env.batch(1), None), np.random.default_rng(0))
    no = np.zeros(1, bool)
    for state, action in pairs:
        now = np.array([state])
        agent.act(now)
        agent.update(Transition(now, np.array([action]), np.zeros(1), np.zeros(1, int), no, no))
    return agent.q[0]


def test_an_update_is_the_mean_over_all_next_states():
    """Q(1, 0) = 8; Q(0, 0) = ¼ · 2 + ½ (¾ · 0 + ¼ · 8) = 1.5, then ½ + ½ (¾ · 1.5 + ¼ · 8) = 2.0625."""
    q = after(RealTimeDP(), two_states(), [(1, 0), (0, 0), (0, 0)])
    assert q == pytest.approx(np.array([[2.0625, 0], [8, 0]]))


def test_uniform_updates_take_turns_whatever_is_played():
    """Pairs in the order of states and actions: Q(0, 0) = ½ from zeros, Q(0, 1) = 1, Q(1, 0) = 8."""
    q = after(RealTimeDP(distribution="uniform"), two_states(), [(0, 1)] * 3)
    assert q == pytest.approx(np.array([[0.5, 1], [8, 0]]))


@pytest.mark.parametrize("distribution", ["on_policy", "uniform"])
def test_the_greedy_policy_becomes_optimal(distribution):
    """All pairs are backed up about 100 times with γ = 0.99 and slips, from values above V*."""
    env = Gridworld()
    agent = RealTimeDP(distribution=distribution, initial=1.0, epsilon=0.5)
    data = simulate(Cell(agent, env, steps=30_000, runs=2)).data
    assert data["greedy_value"][:, -1] == pytest.approx(env.model.at_start(PolicyIteration().plan(env.model).value))


def test_a_wrong_setting_and_an_unknown_model_are_refused():
    assert "alpha=0.5: must be 1: an update is exact" in refusal(lambda: RealTimeDP(alpha=0.5))
    assert "must be on_policy or uniform" in refusal(lambda: RealTimeDP(distribution="on policy"))
    message = refusal(lambda: Cell(RealTimeDP(), ShortCorridor()))
    assert "needs the model of a finite MDP" in message
