"""Streams of steps for agents with linear values, and the steps of one run with its feature vectors."""

import numpy as np

from rlnotes.agents.base.agent import Problem, Transition
from rlnotes.agents.linear.base.next_action_agent import LinearNextActionAgent
from rlnotes.agents.linear.base.prediction_agent import LinearPredictionAgent
from support.tabular import AGENT_SEED, DISCOUNT, RUNS, SPACES, STATES, STEPS

ROWS = np.round(np.random.default_rng(6).normal(size=(STATES, 4)) * 0.7, 2)
ROWS[1, :2] = ROWS[4, 3] = 0.0
"""features of each state, of both signs and some 0"""


def run_through(agent, steps, spaces=SPACES, discount=DISCOUNT):
    """Let a stream happen to an agent; the actions and the next actions [STEPS, RUNS]."""
    agent.begin(Problem(*spaces, RUNS, STEPS, discount), np.random.default_rng(AGENT_SEED))
    actions, next_actions = [], []
    for state, reward, next_state, *ended in zip(*steps, strict=True):
        actions.append(agent.act(state).copy())
        agent.update(Transition(state, actions[-1], reward, next_state, *ended))
        drawn = isinstance(agent, LinearNextActionAgent)
        next_actions.append(agent.next_action.copy() if drawn else np.zeros(RUNS, int))
    return np.array(actions), np.array(next_actions)


def steps_of(run, agent, steps, actions, next_actions, rows=ROWS):
    """The steps of one run as the loops of tests/reference/linear.py take them."""
    if isinstance(agent, LinearPredictionAgent):
        actions = np.zeros_like(actions)
    columns = (column[:, run].tolist() for column in (*steps, actions, next_actions))
    for state, reward, following, terminated, truncated, a, b in zip(*columns, strict=True):
        yield rows[state], a, reward, rows[following], b, terminated, truncated
