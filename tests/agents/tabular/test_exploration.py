"""Softmax and upper confidence bounds, the policies by which agents with tables may explore."""

from functools import partial

import numpy as np
import pytest
from reference.tabular import SCHEDULES, explore
from support.tabular import (
    ACTIONS,
    BLOCKED,
    DISCOUNT,
    RUNS,
    STATES,
    STEPS,
    drive,
    first_table,
    of_run,
    random_numbers,
    refusal,
    stream,
    with_long_episodes,
)

from rlnotes import agents
from rlnotes.agents import SARSA, ExpectedSARSA, QLearning


@BLOCKED
@pytest.mark.parametrize("agent", [QLearning, SARSA, ExpectedSARSA])
@pytest.mark.parametrize("exploration", ["softmax:0.3", "softmax:5", "ucb:1", "ucb:0"])
@pytest.mark.parametrize(("alpha", "initial"), [(0.5, 0.0), ("1/visits", 2.5)])
def test_exploration_computes_its_formula_number_for_number(agent, exploration, alpha, initial, blocked):
    table, model = first_table(initial, blocked)
    actions = drive(learner := agent(alpha, initial=initial, exploration=exploration), steps := stream(3), model)
    numbers = random_numbers(learner)
    for run in range(RUNS):
        q, visits, planned = table.tolist(), [[0] * ACTIONS for _ in range(STATES)], None
        for t, (s, reward, after, terminated, truncated, to_act, to_learn) in enumerate(of_run(run, *steps, *numbers)):
            pi = explore(exploration, q[s], visits[s])
            a = np.searchsorted(np.cumsum(pi), to_act, "right") if planned is None else planned
            assert actions[t, run] == a
            visits[s][a] += 1
            pi = explore(exploration, q[after], visits[after])
            value = sum(chance * x for chance, x in zip(pi, q[after], strict=True) if chance > 0)
            if agent is SARSA:
                planned = np.searchsorted(np.cumsum(pi), to_learn[0], "right")
                value = q[after][planned]
            target = reward + (not terminated) * DISCOUNT * (max(q[after]) if agent is QLearning else value)
            q[s][a] += SCHEDULES[alpha](t, visits[s][a]) * (target - q[s][a])
            planned = None if terminated or truncated else planned
        np.testing.assert_allclose(learner.q[run], q, rtol=0, atol=1e-12 if agent is ExpectedSARSA else 0)


SAME = []
for how in ({"exploration": "ucb:1"}, {"exploration": "softmax:1"}):
    SAME += [(partial(agents.NStepSARSA, n=1, **how), partial(SARSA, **how))]
    SAME += [(partial(agents.DynaQ, planning=0, **how), partial(QLearning, **how))]
    SAME += [(partial(agents.MonteCarlo, 0.5, **how), partial(ExpectedSARSA, **how))]  # if each step is cut off


@pytest.mark.parametrize(("agent", "one_step"), SAME)
def test_with_one_step_a_method_is_the_one_step_method_for_every_exploration(agent, one_step):
    cut = (*stream(2)[:4], np.ones((STEPS, RUNS), bool))
    streams = cut, stream(2), with_long_episodes(stream(2))
    for steps in streams[: 1 if agent.func is agents.MonteCarlo else 3]:
        longer, plain = agent(), one_step()
        assert (drive(longer, steps) == drive(plain, steps)).all()
        assert (longer.q == plain.q).all()


NONE = ("softmax", "softmax:0", "softmax:x", "softmax:-1", "softmax:inf", "softmax:1:2", "ucb", "ucb:-1", "greedy")
BAD = [(agent, value) for agent in (QLearning, SARSA, agents.MonteCarlo) for value in NONE]
for agent in (agents.TreeBackup, agents.OffPolicyMonteCarlo):
    BAD += [(agent, value) for value in ("softmax:1", "ucb:1")]


@pytest.mark.parametrize(("agent", "exploration"), BAD)
def test_a_bad_exploration_is_named(agent, exploration):
    message = refusal(partial(agent, exploration=exploration))
    assert message.startswith(f"exploration={exploration}: ")
    assert "must be" in message
