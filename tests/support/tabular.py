"""Streams of steps that happen to agents with tables, whatever the agents do, and the agents that they are fed to."""

import numpy as np
import pytest
from gymnasium.spaces import Discrete

from rlnotes import agents
from rlnotes.agents.base.agent import Problem, Transition
from rlnotes.agents.tabular.base.next_action_agent import NextActionAgent
from rlnotes.base.errors import SettingError
from rlnotes.base.random_streams import Stream, uniforms
from rlnotes.envs import Model

STATES, ACTIONS, RUNS, STEPS, DISCOUNT = 6, 3, 7, 400, 0.5
SPACES = Discrete(STATES), Discrete(ACTIONS)
AGENT_SEED = 8

BLOCKED = pytest.mark.parametrize("blocked", [False, True], ids=("", "blocked"))
"""test without a model, and with a model that says that one action is not available in one state"""


def stream(seed):
    """The steps of every run: state, reward, next state, terminated, truncated, each [STEPS, RUNS].

    Rewards are 0 and 1, so that values tie. Some episodes end in either way, and some in both at once.
    """
    rng = np.random.default_rng(seed)
    state = rng.integers(STATES, size=(STEPS + 1, RUNS))
    terminated, truncated = rng.random((2, STEPS, RUNS)) < 0.06
    last = rng.integers(STATES, size=(STEPS, RUNS))
    reward = rng.integers(2, size=(STEPS, RUNS)).astype(float)
    return state[:-1], reward, np.where(terminated | truncated, last, state[1:]), terminated, truncated


def with_long_episodes(steps):
    """The stream with one end in ten, so that episodes last for 80 steps on average, and some for hundreds."""
    state, reward, following, *ended = steps
    ended = np.array(ended) & (np.random.default_rng(5).random(state.shape) < 0.1)
    return state, reward, np.where(ended[0] | ended[1], following, np.roll(state, -1, axis=0)), *ended


def drive(agent, steps, model=None, spaces=SPACES, observed=lambda state: state, time_limit=None):
    """The actions [STEPS, RUNS] of an agent to which a stream happens."""
    agent.begin(Problem(*spaces, RUNS, STEPS, DISCOUNT, model, time_limit), np.random.default_rng(AGENT_SEED))
    actions = []
    for state, reward, next_state, *ended in zip(*steps, strict=True):
        actions.append(agent.act(observed(state)))
        agent.update(Transition(observed(state), actions[-1], reward, observed(next_state), *ended))
    return np.array(actions)


def of_run(run, *columns):
    """The steps of one run, of columns [STEPS, RUNS]."""
    return zip(*(column[:, run].tolist() for column in columns), strict=True)


def first_table(initial, blocked):
    """Q at the start [STATES, ACTIONS], and if an action is blocked a model that says so."""
    table = np.full((STATES, ACTIONS), float(initial))
    if not blocked:
        return table, None
    table[2, 1] = -np.inf
    transition = (table > -np.inf)[:, :, None] * np.eye(STATES)[:, None]
    return table, Model.from_arrays(transition, table, start=0, discount=0.9)


def random_numbers(agent):
    """The uniform numbers that an agent draws to act [STEPS, RUNS] and to learn [STEPS, RUNS, count].

    An agent that draws the next action before it learns draws two numbers to learn: one for that action, and one for
    the first action of an episode that may begin.
    """
    draws_ahead = isinstance(agent, NextActionAgent)
    count = int(draws_ahead or isinstance(agent, agents.DoubleQLearning))
    if isinstance(agent, agents.DynaQ):
        count = agent.planning
    rng = np.random.default_rng(AGENT_SEED)
    planning, numbers = Stream(rng.spawn(1)[0]), uniforms(rng, RUNS)  # Dyna-Q plans by a stream of its own
    to_act, to_learn = np.zeros((STEPS + 1, RUNS)), np.zeros((STEPS, RUNS, count))
    for t in range(STEPS):
        if t == 0 or not draws_ahead:
            to_act[t] = next(numbers)
        if isinstance(agent, agents.DynaQ):
            to_learn[t] = planning.random((RUNS, count))
        elif count:
            to_learn[t, :, 0] = next(numbers)
        if draws_ahead:
            to_act[t + 1] = next(numbers)
    return to_act[:-1], to_learn


def refusal(make, error=SettingError):
    """The message of an error, which is one line."""
    with pytest.raises(error) as raised:
        make()
    assert "\n" not in str(raised.value)
    return str(raised.value)


def recorded_tables(monkeypatch, agent):
    """A list to which every agent of a class appends its table `q` when it reports."""
    tables, report = [], agent.report
    monkeypatch.setattr(agent, "report", lambda self: (tables.append(self.q), report(self))[1])
    return tables
