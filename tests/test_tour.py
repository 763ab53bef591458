"""The tour of environments of other packages, on environments of Gymnasium's own."""

from collections import defaultdict

import gymnasium as gym
import pytest
import tour

from rlnotes.envs import Registered


@pytest.fixture(autouse=True)
def short(monkeypatch):
    monkeypatch.setattr(tour, "MEASURED", 0.01)
    monkeypatch.setattr(tour, "STEPS", 200)


def test_the_agents_that_fit_and_what_the_others_need():
    pytest.importorskip("torch")
    refusals = defaultdict(list)
    fit = tour.fitting(Registered("CliffWalking-v1"), refusals)
    assert {"random", "q_learning", "ppo", "value_iteration"} < set(fit)
    assert "ucb" not in fit
    assert any(one.startswith("needs a bandit, which has one observation") for one in refusals)
    assert sum(map(len, refusals.values())) + len(fit) == len(tour.catalog.CATALOGS["agent"])


def test_a_visit_has_the_speed_of_every_agent(monkeypatch, capsys):
    monkeypatch.setattr(tour, "STOPS", {"CliffWalking-v1": {"max_episode_steps": "50"}, "Pendulum-v1": {}})
    monkeypatch.setattr(tour, "fitting", lambda env, refusals: ["random", "q_learning"])
    assert tour.tour(["Cliff"])
    printed = capsys.readouterr().out
    assert "CliffWalking-v1" in printed
    assert "Pendulum" not in printed


@pytest.mark.parametrize("fault", ["no such agent", "the environment cannot be made"])
def test_a_fault_is_named_and_fails_the_tour(fault, monkeypatch, capsys):
    monkeypatch.setattr(tour, "STOPS", {"CliffWalking-v1" if "agent" in fault else "Broken-v0": {}})
    if "agent" in fault:
        monkeypatch.setattr(tour, "fitting", lambda env, refusals: ["nobody"])
    monkeypatch.setitem(
        gym.registry, "Broken-v0", gym.envs.registration.EnvSpec("Broken-v0", entry_point=lambda: 1 / 0)
    )
    assert not tour.tour([])
    assert ("unknown" if "agent" in fault else "ZeroDivisionError") in capsys.readouterr().err
