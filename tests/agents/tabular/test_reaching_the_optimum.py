"""Every agent that learns to act with a table reaches the best policy, or the best policy that explores."""

import numpy as np
import pytest

from rlnotes.agents import (
    SARSA,
    DoubleQLearning,
    DynaQ,
    ExpectedSARSA,
    MonteCarlo,
    NStepSARSA,
    OffPolicyMonteCarlo,
    QLambda,
    QLearning,
    SARSALambda,
    SoftmaxActorCritic,
    SoftmaxReinforce,
    TreeBackup,
    ValueIteration,
)
from rlnotes.envs import CliffWalking, Garnet, WindyGridworld
from rlnotes.envs.mdps.base.model import Model
from rlnotes.envs.mdps.base.model_env import ModelEnv
from rlnotes.envs.registered import Registered
from rlnotes.simulation.cell import Cell
from rlnotes.simulation.simulate import simulate

pytestmark = pytest.mark.slow

CLIFF, WINDY, FROZEN, GARNET = CliffWalking(), WindyGridworld(), Registered("FrozenLake-v1"), Garnet(states=50)
SHORT, SOON = Garnet(states=50, time_limit=4), WindyGridworld(time_limit=20)  # agents bootstrap at a limit
SURE = Registered("FrozenLake-v1", {"is_slippery": False})
REPLACING, DUTCH = ({"decay": 0.5, "traces": kind} for kind in ("replacing", "dutch"))


def falling(first, last, steps, shape="exponential"):
    return f"{shape}:{first}:{last}:{1000 * steps}"


def rate(first, steps):
    return falling(first, 0, steps, "linear")


# Agent, environment, thousands of steps, tolerance and settings. ε has to vanish for agents that learn the policy that
# they play. Agents that learn from whole episodes are slow. Without entropy REINFORCE leaves the cliff before it knows
# how not to fall, and stays in the far row for ever. Off-policy Monte Carlo has ice that is not slippery here, since
# its averages contain returns of earlier policies. The model of Dyna-Q is the last outcome: if outcomes are random, it
# plans little, and α vanishes.
SETTINGS = [
    (QLearning, CLIFF, 12, 1e-9, {"alpha": 1, "epsilon": 0.6}),
    (DoubleQLearning, CLIFF, 22, 1e-9, {"alpha": 1, "epsilon": 0.6}),
    (SARSA, CLIFF, 26, 1e-9, {"alpha": 0.06, "epsilon": rate(0.1, 15)}),
    (ExpectedSARSA, CLIFF, 26, 1e-9, {"alpha": 0.06, "epsilon": rate(0.1, 15)}),
    (NStepSARSA, CLIFF, 40, 1e-9, {"n": 2, "alpha": falling(0.2, 0.05, 40), "exploration": "softmax:7"}),
    (TreeBackup, CLIFF, 22, 1e-9, {"n": 2, "alpha": 0.03, "epsilon": rate(0.1, 20)}),
    (SARSALambda, CLIFF, 18, 1e-9, REPLACING | {"alpha": falling(0.3, 0.02, 18), "exploration": "softmax:3"}),
    (QLambda, CLIFF, 10, 1e-9, REPLACING | {"alpha": 1, "epsilon": 0.6}),
    (MonteCarlo, CliffWalking(time_limit=21), 250, 1e-9, {"alpha": falling(0.1, 0.03, 250)}
     | {"exploration": "softmax:8", "initial": -9}),
    (OffPolicyMonteCarlo, CliffWalking(time_limit=28), 100, 1e-9, {"epsilon": 0.4, "initial": -9}),
    (SoftmaxReinforce, CliffWalking(time_limit=30), 400, 1e-9, {"alpha": falling(0.003, 0.0003, 400), "entropy": 10.0}),
    (SoftmaxActorCritic, CLIFF, 25, 1e-9, {"alpha": 0.1, "beta": 0.03}),
    (DynaQ, CLIFF, 3, 1e-9, {"alpha": 1, "epsilon": 0.3}),

    (QLearning, WINDY, 14, 1, {"alpha": 0.5, "epsilon": 0.2}),
    (DoubleQLearning, WINDY, 24, 1, {"alpha": 0.5, "epsilon": 0.2}),
    (SARSA, WINDY, 12, 1e-9, {"alpha": 0.5, "epsilon": rate(0.1, 2)}),
    (ExpectedSARSA, WINDY, 12, 1e-9, {"alpha": 0.5, "epsilon": rate(0.1, 2)}),
    (NStepSARSA, WINDY, 20, 1e-9, {"n": 2, "alpha": 0.1, "epsilon": rate(0.1, 10)}),
    (TreeBackup, WINDY, 15, 1e-9, {"n": 3, "alpha": 0.5, "epsilon": rate(0.3, 15)}),
    (SARSALambda, WINDY, 14, 1e-9, DUTCH | {"alpha": 0.2, "epsilon": rate(0.1, 10)}),
    (QLambda, WINDY, 7, 1e-9, {"decay": 0.5, "alpha": 0.5, "epsilon": 0.2}),
    (MonteCarlo, WindyGridworld(time_limit=18), 60, 1, {"alpha": falling(0.2, 0.01, 60), "exploration": "softmax:2"}
     | {"initial": -14}),
    (OffPolicyMonteCarlo, WindyGridworld(time_limit=25), 60, 1, {"epsilon": 0.2, "initial": -12}),
    (SoftmaxReinforce, SOON, 64, 1e-9, {"alpha": falling(0.001, 0.01, 64), "beta": 0.1}),
    (SoftmaxActorCritic, SOON, 13, 1e-9, {"alpha": 0.03, "beta": 0.3}),
    (DynaQ, WINDY, 5, 1e-9, {"alpha": 1, "epsilon": 0.3}),

    (QLearning, FROZEN, 32, 0.02, {"alpha": falling(0.5, 0.005, 32), "epsilon": 1, "initial": 1}),
    (DoubleQLearning, FROZEN, 40, 0.02, {"alpha": falling(0.5, 0.005, 40), "epsilon": 1, "initial": 1}),
    (SARSA, FROZEN, 20, 0.02, {"alpha": falling(0.2, 0.01, 20), "epsilon": rate(0.1, 10), "initial": 1}),
    (ExpectedSARSA, FROZEN, 20, 0.02, {"alpha": falling(0.2, 0.01, 20), "epsilon": rate(0.1, 10), "initial": 1}),
    (NStepSARSA, FROZEN, 30, 0.02, {"n": 2, "alpha": falling(0.1, 0.002, 30), "epsilon": rate(0.1, 15), "initial": 1}),
    (TreeBackup, FROZEN, 26, 0.02, {"n": 2, "alpha": falling(0.1, 0.002, 26), "epsilon": rate(0.1, 15), "initial": 1}),
    (SARSALambda, FROZEN, 20, 0.02, {"decay": 0.3, "alpha": falling(0.2, 0.01, 20), "epsilon": rate(0.1, 12)}
     | {"initial": 1}),
    (QLambda, FROZEN, 25, 0.02, {"decay": 0.5, "alpha": falling(0.2, 0.01, 25), "epsilon": rate(0.1, 12)}
     | {"initial": 1}),
    (MonteCarlo, FROZEN, 400, 0.02, {"alpha": falling(0.1, 0.002, 400), "epsilon": 0.1, "initial": 1}),
    (OffPolicyMonteCarlo, SURE, 5, 1e-9, {"epsilon": 0.2, "initial": 0.5}),
    (SoftmaxReinforce, FROZEN, 200, 0.02, {"alpha": falling(0.05, 1, 200), "beta": 0.03}),
    (SoftmaxActorCritic, FROZEN, 45, 0.02, {"alpha": 0.5, "beta": 0.3}),
    (DynaQ, FROZEN, 40, 0.02, {"planning": 1, "alpha": falling(0.2, 0.001, 40), "epsilon": 1, "initial": 1}),

    (QLearning, GARNET, 15, 0.1, {"alpha": falling(0.5, 0.005, 15), "epsilon": 1, "initial": 12}),
    (DoubleQLearning, GARNET, 15, 0.1, {"alpha": falling(0.5, 0.005, 15), "epsilon": 1, "initial": 12}),
    (SARSA, GARNET, 20, 0.1, {"alpha": falling(0.5, 0.005, 20), "epsilon": rate(0.1, 20), "initial": 15}),
    (ExpectedSARSA, GARNET, 20, 0.1, {"alpha": falling(0.5, 0.005, 20), "epsilon": rate(0.1, 20), "initial": 15}),
    (NStepSARSA, GARNET, 18, 0.1, {"n": 2, "alpha": falling(0.2, 0.01, 18), "exploration": "softmax:0.3"}
     | {"initial": 12}),
    (TreeBackup, GARNET, 30, 0.1, {"n": 4, "alpha": falling(0.2, 0.01, 30), "epsilon": rate(0.2, 30), "initial": 12}),
    (SARSALambda, GARNET, 20, 0.1, {"decay": 0.3, "alpha": falling(0.2, 0.01, 20), "exploration": "softmax:0.3"}
     | {"initial": 12}),
    (QLambda, GARNET, 12, 0.1, {"decay": 0.6, "alpha": falling(0.2, 0.01, 12), "epsilon": 1, "initial": 12}),
    (MonteCarlo, SHORT, 30, 0.1, {"alpha": falling(0.1, 0.003, 30), "exploration": "softmax:0.3", "initial": 12}),
    (OffPolicyMonteCarlo, SHORT, 20, 0.1, {"epsilon": 0.3, "initial": 12}),
    (SoftmaxReinforce, SHORT, 25, 0.1, {"alpha": 0.03, "beta": 0.2}),
    (SoftmaxActorCritic, GARNET, 24, 0.1, {"alpha": 0.015, "beta": 0.2}),
    (DynaQ, GARNET, 15, 0.1, {"planning": 1, "alpha": falling(0.2, 0.001, 15), "epsilon": 1, "initial": 12}),
]  # fmt: skip


@pytest.mark.parametrize(("agent", "env", "steps", "tolerance", "settings"), SETTINGS)
def test_in_the_end_the_greedy_policy_is_the_best(agent, env, steps, tolerance, settings):
    """Within the tolerance, in most runs.

    Of 100 runs with another seed at least 8 in 10 were in every case. If that is their fraction, half of 50 runs or
    more are not with probability 3e-6, for any seed.
    """
    data = simulate(Cell(agent(**settings), env, 1000 * steps, runs=50)).data
    assert data["optimum"] - tolerance <= np.median(data["greedy_value"][:, -1]) <= data["optimum"] + 1e-9


def test_off_policy_monte_carlo_reaches_the_best_policy_on_slippery_ice_in_a_quarter_of_the_runs():
    """Of 200 runs with two other seeds .595 did. If that is the fraction, fewer than 13 of 50 do with probability 3e-7.

    That holds for any seed.
    """
    env = ModelEnv(FROZEN.model, num_envs=1, time_limit=12)
    data = simulate(Cell(OffPolicyMonteCarlo(epsilon=0.05, initial=0.6), env, 300_000, runs=50)).data
    assert (data["greedy_value"][:, -1] >= data["optimum"] - 0.02).sum() >= 13


def best_that_explores(model, epsilon):
    """The value of the best of the policies that play a random action with probability ε."""
    row = np.repeat(np.arange(model.row_count), np.diff(model.offsets))
    (state, played), meant = divmod(row, model.actions), np.arange(model.actions)[:, None]
    weight = (1 - epsilon) * (played == meant) + epsilon / model.actions
    columns = state, meant, model.next_state, weight * model.probability, model.reward, model.terminated
    entries = [np.broadcast_to(column, weight.shape).ravel() for column in columns]
    soft = Model.from_entries(model.states, model.actions, *entries, start=model.start, discount=model.discount)
    plan = ValueIteration(tolerance=1e-9).plan(soft)
    return model.start @ plan.value if plan.converged else np.nan


def test_expected_sarsa_reaches_the_best_policy_that_explores_on_the_cliff():
    """It was 0.27 below in 2,400 runs, with a standard deviation of 1.5.

    The mean of 300 runs is 0.8 below, or above by 5 standard errors, with probability 1e-6 for any seed.
    """
    best = best_that_explores(CLIFF.model, epsilon=0.1)
    assert best == pytest.approx(-20.707677, abs=1e-6)
    agent = ExpectedSARSA(alpha=falling(0.5, 0.01, 20), epsilon=0.1)
    late = simulate(Cell(agent, CLIFF, episodes=1000, runs=300)).data["returns"][:, -200:].mean(axis=1)
    assert best - 0.8 <= late.mean() <= best + 5 * late.std() / np.sqrt(len(late))
