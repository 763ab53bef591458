"""A cell keeps what its runs learnt: tables, plans, and snapshots of run 0."""

import numpy as np
import pytest

from rlnotes import catalog, compare, load
from rlnotes.agents import DQN, QLearning, SoftmaxActorCritic
from rlnotes.agents.base import kept_tables
from rlnotes.base.errors import SettingError
from rlnotes.envs import CliffWalking, Gridworld
from rlnotes.simulation.cell import Cell
from rlnotes.simulation.simulate import simulate, simulate_block, unseen
from rlnotes.simulation.store import Store

QUICK = {"steps": 300, "runs": 3, "progress": False}
CLIFF = CliffWalking(time_limit=30)
SHAPES = {
    "q_learning": ((3, 16, 4), (3, 16), (3, 16)),
    "softmax_reinforce": (None, (3, 16), (3, 16)),
    "ucb_q": ((3, 100, 16, 4), (3, 100, 16), (3, 100, 16)),
    "td": (None, (3, 16), None),
    "linear_sarsa": ((3, 16, 4), (3, 16), (3, 16)),
    "lstd": (None, (3, 16), None),
    "value_iteration": (None, (16,), (16,)),
    "backward_induction": (None, (16,), (100, 16)),
    "linear_td_lambda": (None, (3, 16), None),
    "dqn": (None, None, None),
    "random": (None, None, None),
}
"""shapes of q, value and policy on FrozenLake-v1, with 16 states, 4 actions and 100 steps; None: no such array"""


def shape_of(result, name):
    try:
        return getattr(result, name).shape
    except SettingError:
        return None


@pytest.mark.parametrize("agent", SHAPES)
def test_q_value_and_policy_have_the_documented_shapes(agent):
    result = compare(agent, "FrozenLake-v1", **QUICK)[agent]
    assert tuple(shape_of(result, name) for name in ("q", "value", "policy")) == SHAPES[agent]


def test_a_loaded_cell_and_a_loaded_comparison_have_the_tables_of_every_run(tmp_path):
    comparison = compare(["q_learning", "policy_iteration"], CLIFF, results=tmp_path, **QUICK)
    [cell] = tmp_path.glob("cells/q_learning-*")
    for result in (load(cell), load(comparison.save(Store(tmp_path), "today"))["q_learning"]):
        assert (result.q == comparison["q_learning"].q).all()
        assert len(np.unique(result.q, axis=0)) == 3
        assert (result.value.mean(axis=0) == result.data["learned_value"]).all()
        votes = (result.policy[..., None] == np.arange(4)).sum(axis=0)
        assert (votes.ravel() == result.data["greedy_for"][0]).all()


def test_at_most_a_hundred_runs_are_kept_and_only_of_the_first_block(monkeypatch):
    for module in ("cell", "simulate"):
        monkeypatch.setattr(f"rlnotes.simulation.{module}.BLOCK", 120)
    few, many = (simulate(Cell(QLearning(), CLIFF, steps=60, runs=runs)) for runs in (120, 300))
    assert few.q.shape == (100, 48, 4)
    assert (few.q == many.q).all()


def test_later_blocks_keep_no_tables_in_memory():
    block = simulate_block(Cell(QLearning(), CLIFF, steps=60, runs=3), 1, 3, advance=unseen)
    assert block.data["learned_q"].shape == (0, 48, 4)
    assert len(block.data["snapshot_value"]) == 0
    assert block.data["learned_q"].base is None


def test_a_table_that_is_too_large_is_not_kept_and_says_so(monkeypatch):
    monkeypatch.setattr(kept_tables, "KEPT_NUMBERS", 2 * 48 * 4)
    assert compare("q_learning", CLIFF, **QUICK)["q_learning"].q.shape == (2, 48, 4)
    monkeypatch.setattr(kept_tables, "KEPT_NUMBERS", 100)
    result = compare("q_learning", CLIFF, **QUICK)["q_learning"]
    for name in ("q", "value", "policy"):
        with pytest.raises(SettingError, match="agent=q_learning: its table was not kept: one of 48 × 4 is above "):
            getattr(result, name)


def test_the_last_snapshot_is_what_run_0_has_learnt_at_the_end():
    for extent in ({"steps": 400}, {"episodes": 40}):
        result = compare("q_learning", CLIFF, runs=3, progress=False, **extent)["q_learning"]
        at, value, policy = (result.data[f"snapshot_{name}"] for name in ("at", "value", "policy"))
        assert at[-1] == next(iter(extent.values()))
        assert (np.diff(at) > 0).all()
        assert len(at) == len(value) == len(policy) <= 10
        assert (value[0] != value[-1]).any()
        if "steps" in extent:  # an episode of another run may take longer, and run 0 goes on learning
            assert (value[-1] == result.value[0]).all()
            assert (policy[-1] == result.policy[0]).all()


@pytest.mark.parametrize("agent", [DQN(begin_after=64), SoftmaxActorCritic()])
def test_snapshots_of_other_agents_have_their_values(agent):
    result = compare(agent, Gridworld(time_limit=30), **QUICK)
    [result] = result.results.values()
    value = result.data["snapshot_value"]
    assert value.shape == (len(result.data["snapshot_at"]), result.data["grid"].max() + 1)
    assert np.isfinite(value).all()


def test_large_maps_have_no_snapshots(monkeypatch):
    monkeypatch.setattr("rlnotes.simulation.model_truth.SNAPSHOT_CELLS", 47)
    assert "snapshot_value" not in compare("q_learning", CLIFF, **QUICK)["q_learning"].data


def test_a_bandit_has_no_table():
    result = compare("ucb", "gaussian_bandit", **QUICK)["ucb"]
    for name, what in (("q", "Q"), ("value", "V"), ("policy", "policy")):
        with pytest.raises(SettingError, match=f"agent=ucb: plays a bandit, and learns no {what} of states"):
            getattr(result, name)


def test_a_table_of_linear_values_is_that_of_the_weights():
    """A linear agent with a feature for each state has the table of the agent with tables."""
    of = {"alpha": 0.1, "features": "one_hot"}
    linear, td = catalog.make("agent", "linear_q_learning", of), catalog.make("agent", "semi_gradient_td", of)
    found = compare([linear, QLearning(alpha=0.1)], CLIFF, **QUICK)
    assert (found["linear_q_learning"].q == found["q_learning"].q).all()
    result = compare(td, CLIFF, **QUICK)["semi_gradient_td"]
    assert (result.value == result.data["weights"]).all()
    for name in ("q", "policy"):
        with pytest.raises(SettingError, match="agent=semi_gradient_td: learns the value V of a given policy"):
            getattr(result, name)


def test_a_folder_that_is_neither_a_cell_nor_a_comparison_is_refused(tmp_path):
    with pytest.raises(ValueError, match=r"holds no whole result \(SHA256SUMS is missing\)"):
        load(tmp_path)
