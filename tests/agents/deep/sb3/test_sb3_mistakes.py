"""Mistakes with the agents of stable-baselines3 end as errors of one line."""

import subprocess
import sys

import numpy as np
import pytest
from gymnasium.spaces import Box, MultiBinary
from support.quick_agents import SB3, SB3_ACTORS, quick
from support.sb3 import CHOICE, VECTOR, Episodes, begun, episodes, train

from rlnotes import catalog
from rlnotes.agents.base.agent import Problem, ProblemError
from rlnotes.base.errors import SettingError
from rlnotes.nn.network import Network


@pytest.mark.parametrize(
    ("name", "settings", "says"),
    [
        ("sb3_ppo", {"minibatch": 100}, "minibatch=100: must divide the rollout, 2048"),
        ("sb3_ppo", {"clip": 0.0}, "clip=0.0: must be above 0"),
        ("sb3_a2c", {"rollout": 1}, "rollout=1: must be a whole number, 2 or more"),
        ("sb3_a2c", {"decay": 1.5}, "decay=1.5: must be from 0 to 1"),
        ("sb3_a2c", {"entropy": -1.0}, "entropy=-1.0: must be 0 or more"),
        ("sb3_a2c", {"network": Network(normalisation="batch")}, "network.normalisation=batch: would make"),
        ("sb3_a2c", {"network": Network(body="gru")}, "network.body=gru: remembers.*must be mlp or cnn"),
        ("sb3_dqn", {"network": Network(body="lstm")}, "network.body=lstm: remembers.*must be mlp or cnn"),
        ("sb3_recurrent_ppo", {"network": Network(body="gru")}, "network.body=gru: must be lstm"),
        ("sb3_dqn", {"batch": 0}, "batch=0: must be a whole number, 1 or more"),
        ("sb3_dqn", {"exploration_fraction": 0.0}, "exploration_fraction=0.0: must be above 0 and at most 1"),
        ("sb3_dqn", {"exploration_last": 2.0}, "exploration_last=2.0: must be from 0 to 1"),
        ("sb3_qrdqn", {"quantiles": 0}, "quantiles=0: must be a whole number, 1 or more"),
        ("sb3_sac", {"temperature": 0.0}, "temperature=0.0: must be above 0"),
        ("sb3_td3", {"network": Network(body="gru")}, "network.body=gru: remembers.*must be mlp or cnn"),
        ("sb3_ppo", {"device": "gpu"}, "device=gpu: unknown"),
    ],
)
def test_an_impossible_setting_is_refused_in_one_line(name, settings, says):
    with pytest.raises(SettingError, match=says):
        catalog.make("agent", name, settings)


@pytest.mark.parametrize(
    ("name", "problem", "says"),
    [
        ("sb3_dqn", Problem(VECTOR, Box(-1, 1, (1,)), 1, 9), r"needs a finite set of actions, Discrete\(k\)"),
        ("sb3_qrdqn", Problem(VECTOR, CHOICE, 1, None), "needs to know its steps.*not episodes"),
        ("sb3_ppo", Problem(VECTOR, Box(-np.inf, 1, (1,)), 1, 9), "needs actions that are.*with bounds"),
        ("sb3_sac", Problem(VECTOR, CHOICE, 1, 9), "needs actions that are a vector of real numbers"),
        ("sb3_ppo", Problem(VECTOR, MultiBinary([2, 2]), 1, 9), "needs actions that are.*a vector"),
    ],
)
def test_a_problem_that_does_not_fit_is_refused_in_one_line(name, problem, says):
    with pytest.raises(ProblemError, match=says):
        catalog.make("agent", name).check(problem)


@pytest.mark.parametrize(("name", "first"), [("sb3_dqn", 10), ("sb3_qrdqn", 10), ("sb3_a2c", 16), ("sb3_ppo", 16)])
def test_a_warning_says_that_the_steps_are_too_few_to_learn(name, first):
    def changed(steps):
        agent = begun(quick(name), Episodes(), steps)
        before = [parameter.clone() for parameter in agent.learners[0].model.policy.parameters()]
        agent.learn(Episodes(), steps)
        after = agent.learners[0].model.policy.parameters()
        return any((a != b).any() for a, b in zip(before, after, strict=True))

    with pytest.warns(UserWarning, match=f"steps={first - 1}: .* learns nothing, since it first learns after {first}"):
        assert not changed(first - 1)
    assert changed(first)


def test_a_replay_buffer_that_does_not_fit_into_memory_is_refused():
    with pytest.raises(SettingError, match=r"agent.capacity=1000000000000: needs .* GB of memory"):
        begun(quick("sb3_dqn", capacity=10**12), Episodes(), 10**12)


@pytest.mark.parametrize("name", SB3 | SB3_ACTORS)
def test_an_error_names_run_and_step_if_learning_diverges(name):
    env = episodes(name, rule=lambda observation, action: [1, np.nan, 1])
    with pytest.raises(SettingError, match=r"agent.learning_rate=0.01: lets learning diverge: in run 1, step \d+"):
        train(quick(name), env)


LINE = "sys.argv = ['rlnotes', 'agent=sb3_qrdqn']; from rlnotes.run import main; main()"


CALL = "from rlnotes import compare; compare(['sb3_qrdqn'], 'catch')"


@pytest.mark.parametrize(
    ("missing", "does"), [("torch", LINE), ("torch", CALL), ("stable_baselines3", CALL), ("greenlet", LINE)]
)
def test_an_error_says_how_to_install_a_missing_package(missing, does, tmp_path):
    words = [sys.executable, "-c", f"import sys; sys.modules['{missing}'] = None; {does}"]
    printed = subprocess.run(words, capture_output=True, text=True, cwd=tmp_path, check=False).stderr.splitlines()
    assert printed[-1].endswith(f"agent=sb3_qrdqn: needs {missing}: pip install -c constraints.txt -e '.[deep]'")
    assert "compare" in does or len(printed) == 1
