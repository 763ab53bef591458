"""The command `evaluate`: the value of a policy from recorded data."""

import pytest

BANDIT = ["agent=random", "agent.probabilities=[0.8,0.2]", "env=bernoulli_bandit", "env.means=[0.3,0.6]"]


@pytest.fixture
def recorded(run, tmp_path):
    """Record a cell; returns the folder of the data set."""

    def record(*words):
        run(*words, "runs=2", "record=true")
        [folder] = (tmp_path / "results" / "datasets").iterdir()
        return str(folder)

    return record


def test_a_policy_is_evaluated_by_every_estimator(run, recorded):
    out = run("evaluate", recorded(*BANDIT, "steps=400"), "policy=[0.2,0.8]")
    for name in ("importance_sampling", "weighted_per_decision", "direct_method", "doubly_robust", "switch"):
        assert name in out
    assert "800 steps. Their weights make them worth" in out
    assert "The value of the policy is 0.54" in out


def test_a_learnt_policy_is_evaluated_from_episodes_of_another(run, recorded, tmp_path):
    folder = recorded("agent=random", "env=random_walk", "env.states=5", "episodes=30")
    run("agent=q_learning", "env=random_walk", "env.states=5", "episodes=20", "runs=2")
    [cell] = (tmp_path / "results" / "cells").glob("q_learning*")
    out = run("evaluate", folder, f"policy={cell}", "epsilon=0.2", "estimator=[per_decision]")
    assert "per_decision" in out
    assert "switch" not in out
    assert "60 episodes" in out


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["policy=[0.5,0.6]"], "policy=[0.5, 0.6]: must be probabilities, 0 or more, with the sum 1"),
        (["policy=nowhere"], "policy=nowhere: must be uniform, the probability of each action such as [0.2,0.8], or"),
        (["polizy=uniform"], "polizy=uniform: unknown (did you mean policy?)"),
        (["epsilon=2"], "epsilon=2: must be from 0 to 1"),
        (["estimator=[dr]"], "estimator=dr: unknown"),
        (["discount=7"], "discount=7: must be from 0 to 1, or null"),
    ],
)
def test_a_mistake_is_refused_in_one_line(words, message, run, recorded):
    folder = recorded(*BANDIT, "steps=50")
    with pytest.raises(SystemExit) as stopped:
        run("evaluate", folder, *words)
    assert str(stopped.value).startswith(f"rlnotes: {message}")
    assert "\n" not in str(stopped.value)


def test_a_place_without_data_is_refused(run):
    with pytest.raises(SystemExit, match="nowhere: is no data set"):
        run("evaluate", "nowhere")
