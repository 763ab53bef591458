"""Agents that learn from more than one step: n steps, traces, episodes, a model [notes 2.2, 2.6, 2.7].

Each is compared with the pseudo-code of Sutton & Barto (2nd ed.) in plain loops over one run.
"""

from functools import partial
from math import inf

import numpy as np
import pytest
from reference import tabular as reference
from support.tabular import (
    BLOCKED,
    DISCOUNT,
    RUNS,
    SPACES,
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
from rlnotes.agents.base.agent import Problem, Transition
from rlnotes.agents.tabular.base import episode_buffer
from rlnotes.agents.tabular.base.traces import KINDS
from rlnotes.envs import CliffWalking, DynaMaze
from rlnotes.simulation.cell import Cell
from rlnotes.simulation.simulate import simulate

SLOW, FADING = "exponential:0.8:0.05:250", "linear:1:0:250"
PLAIN = (0.5, 0.1, 0), (0.1, 0.5, 2.5), (SLOW, FADING, -0.3), (0.5, 0.0, 0)
ODD = (1.0, "1/visits", 0), (SLOW, 1.0, 0.5)
COUNTED = ("1/visits", 0.1, 0), ("1/visits", 0.5, 0.5), ("1/visits", 1.0, 0)
METHODS = [(agents.NStepSARSA, {"n": n}, partial(reference.n_step_sarsa, n), PLAIN + ODD + COUNTED) for n in (1, 3, 8)]
"""agent, settings, the function that makes its reference, and (alpha, epsilon, initial) of every test"""
for kind in KINDS:
    for decay in (0, 0.8, 1):
        settings = {"traces": kind, "decay": decay}
        on_policy, off_policy = [partial(reference.with_traces, kind, decay, off) for off in (False, True)]
        METHODS += [(agents.SARSALambda, settings, on_policy, PLAIN[::2] + ODD)]
        METHODS += [(agents.QLambda, settings, off_policy, PLAIN[:3:2] + ODD[:1])]
for every, means in ((False, False), (False, True), (True, False), (True, True)):
    starts = (*COUNTED, ("1/visits", "1/visits", 0.5)) if means else ((0.1, 0.1, 0), PLAIN[1], (0.1, "1/visits", 0))
    METHODS += [(agents.MonteCarlo, {"every_visit": every}, partial(reference.monte_carlo, every, means), starts)]
FADING_EPSILON = [("1/visits", epsilon, 0.0) for epsilon in ("1/visits", FADING)]  # ε of the step, not of the next one
METHODS += [(agents.OffPolicyMonteCarlo, {}, reference.off_policy_monte_carlo, [*COUNTED, *FADING_EPSILON])]
for planning, kappa in ((0, 0), (4, 0), (0, 0.01), (4, 0.01)):
    METHODS += [(agents.DynaQ, {"planning": planning, "kappa": kappa}, partial(reference.dyna_q, kappa), PLAIN + ODD)]


@BLOCKED
@pytest.mark.parametrize(
    ("agent", "settings", "rule", "alpha", "epsilon", "initial"),
    [(agent, settings, rule, *start) for agent, settings, rule, starts in METHODS for start in starts],
)
def test_a_method_computes_its_pseudo_code_number_for_number(agent, settings, rule, alpha, epsilon, initial, blocked):
    table, model = first_table(initial, blocked)
    streams = stream(3), with_long_episodes(stream(4))
    for steps in streams[: 1 + ("MonteCarlo" in agent.__name__)]:
        actions = drive(learner := agent(alpha, epsilon, initial, **settings), steps, model)
        numbers = random_numbers(learner)
        for run in range(RUNS):
            q = table.tolist()
            expected = reference.play(rule(), q, of_run(run, *steps, *numbers), alpha, epsilon)
            assert expected == actions[:, run].tolist()
            assert (learner.q[run] == q).all()


@BLOCKED
@pytest.mark.parametrize("n", [1, 3])
@pytest.mark.parametrize(("alpha", "epsilon", "initial"), PLAIN)
def test_a_tree_backup_computes_its_pseudo_code_step_by_step(n, alpha, epsilon, initial, blocked):
    """Each step begins from the agent's own table.

    The reference adds π Q over the actions, the agent adds the mean and the best separately. The results differ by
    1e-15 where they cancel, which would undo ties of the best actions.
    """
    learner, steps = agents.TreeBackup(alpha, epsilon, initial, n=n), stream(3)
    table, model = first_table(initial, blocked)
    before, after, improve = [], [], learner.improve
    learner.improve = lambda step: (before.append(learner.q.copy()), improve(step), after.append(learner.q.copy()))
    actions, numbers = drive(learner, steps, model), random_numbers(learner)
    assert (before[0] == table).all()
    for run in range(RUNS):
        q, t, backup = table.tolist(), iter(range(STEPS)), reference.tree_backup(n)

        def learn(q, *now, t=t, run=run, backup=backup):
            q[:] = before[i := next(t)][run].tolist()
            backup(q, *now)
            np.testing.assert_allclose(q, after[i][run], rtol=1e-12, atol=1e-15)
            q[:] = after[i][run].tolist()

        expected = reference.play(learn, q, of_run(run, *steps, *numbers), alpha, epsilon)
        assert expected == actions[:, run].tolist()


SAME = [(partial(agents.SARSALambda, decay=0, traces=kind), agents.SARSA) for kind in KINDS]
SAME += [(partial(agents.NStepSARSA, n=1), agents.SARSA), (partial(agents.TreeBackup, n=1), agents.ExpectedSARSA)]
SAME += [(partial(agents.DynaQ, planning=0), agents.QLearning)]


@pytest.mark.parametrize(("agent", "one_step"), SAME)
def test_with_one_step_a_method_is_the_one_step_method(agent, one_step):
    steps, longer, plain = stream(2), agent(), one_step()
    assert (drive(longer, steps) == drive(plain, steps)).all()
    assert (longer.q == plain.q).all()


@pytest.mark.parametrize("agent", [agents.MonteCarlo, agents.OffPolicyMonteCarlo])
def test_an_episode_without_end_is_refused_in_one_line(agent, monkeypatch):
    """Room doubles from 64 steps, and the limit applies when it is full; an episode may fill it all."""
    monkeypatch.setattr(episode_buffer, "LONGEST", 128)
    learner, one, never = agent(), np.zeros(1, int), np.zeros(1, bool)
    learner.begin(Problem(*SPACES, 1, None, DISCOUNT), np.random.default_rng(0))

    def step(truncated):
        learner.update(Transition(one, learner.act(one), np.ones(1), one, never, never | truncated))

    for t in range(256):
        step(t == 127)
    assert refusal(lambda: [step(False) for _ in range(128)]).startswith("env.time_limit=null: ")


BAD = [(agent, "n", n) for agent in (agents.NStepSARSA, agents.TreeBackup) for n in (0, -1)]
BAD += [(agent, "decay", decay) for agent in (agents.SARSALambda, agents.QLambda) for decay in (1.5, -0.1, np.nan)]
BAD += [(agent, "traces", "foo") for agent in (agents.SARSALambda, agents.QLambda)]
BAD += [(agents.DynaQ, *bad) for bad in (("planning", -1), ("kappa", -1), ("kappa", inf))]


@pytest.mark.parametrize(("agent", "setting", "value"), BAD)
def test_a_bad_setting_of_a_method_is_named(agent, setting, value):
    unknown = "unknown; " if setting == "traces" else ""
    assert refusal(partial(agent, **{setting: value})).startswith(f"{setting}={value}: {unknown}must be ")


def test_planning_shortens_the_third_episode_in_the_maze():
    """Figure 8.2 of Sutton & Barto. Their mean lengths are 17 and 540, with standard errors of 0.2 and 35.

    A tenth of the latter is not above the former only if the latter is 10 standard errors less: no false alarm for any
    seed.
    """
    cells = [Cell(agents.DynaQ(0.1, 0.1, planning=n), DynaMaze(), runs=200, episodes=3) for n in (0, 50)]
    long, short = (simulate(cell).data["lengths"][:, 2] for cell in cells)
    assert 14 <= short.mean() < long.mean() / 10


def test_values_that_grow_without_end_are_refused_in_one_line():
    """Until then the agent plays available actions, although its values are not numbers any more."""
    agent = agents.SARSALambda(alpha=1, decay=1.0)
    with np.errstate(all="ignore"):
        message = refusal(lambda: simulate(Cell(agent, CliffWalking(time_limit=200), steps=20_000, runs=20)))
    assert message == "agent.alpha=1: the learnt values diverge; try a smaller one"
