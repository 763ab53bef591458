"""DAgger asks the expert, acts and learns. Stored cells are experts."""

import numpy as np
import pytest
from support.quick_agents import quick

from rlnotes import compare, player
from rlnotes.agents import DQN, Random, ValueIteration
from rlnotes.agents.base.agent import Problem
from rlnotes.agents.deep.imitation.dagger import DAgger
from rlnotes.base.errors import SettingError
from rlnotes.envs import CartPole, CliffWalking, MountainCar
from rlnotes.nn.network import Network
from rlnotes.simulation.cell import Cell
from rlnotes.simulation.given_expert import Expert
from rlnotes.simulation.simulate import simulate

RUNS = 3
CLIFF = CliffWalking(time_limit=30)
EXPERTS = {
    "a plan": (ValueIteration(), CLIFF, {"steps": 1}),
    "a table": ("q_learning", CLIFF, {"steps": 2_000}),
    "linear values": ("linear_q_learning", MountainCar(time_limit=30), {"steps": 300}),
    "networks": (DQN(begin_after=20, network=Network(widths=[6])), CartPole(), {"steps": 60}),
}
"""agents whose policies experts play, their environments, and the lengths of their runs"""


def stored(folder, agent, env, **extent):
    """The folder of the cell of an agent with two runs."""
    compare(agent, env, runs=2, results=folder, progress=False, **extent)
    [cell] = (folder / "cells").iterdir()
    return cell


@pytest.mark.parametrize("kind", EXPERTS)
def test_answers_are_those_of_the_expert_in_the_states_of_the_agent(kind, tmp_path):
    agent, env, extent = EXPERTS[kind]
    expert = Expert.read(stored(tmp_path, agent, env, **extent))
    learner, batch = quick("dagger", beta=0.0, learn_every=1_000), env.batch(RUNS)
    learner.begin(Problem.of(env, batch, 50), np.random.default_rng(0))
    learner.ask(expert.playing(env, RUNS))
    learner.learn(batch, 50)
    steps, again = learner.replay.steps, expert.playing(env, RUNS)
    answers = np.array([again.act(observation) for observation in steps["observation"]])
    assert (steps["action"] == answers).all()
    assert np.ptp(steps["observation"], axis=1).any()  # the runs go different ways


@pytest.mark.parametrize(("beta", "share"), [(1.0, 1.0), (0.0, 0.5), (0.4, 0.7)])
def test_the_expert_acts_with_probability_beta(beta, share):
    """The agent that has not learnt plays two actions evenly; within 5 standard errors of 3,000 actions."""
    learner = DAgger(beta=beta, network=Network(widths=[], policy_gain=1e-9), begin_after=10_000)
    env = CartPole()
    learner.begin(Problem.of(env, env.batch(300), None), np.random.default_rng(0))
    learner.ask(Random(probabilities=[0.0, 1.0]))
    learner.expert.begin(Problem.of(env, env.batch(300), None), np.random.default_rng(0))
    found = np.mean([learner.act(np.zeros((300, 4), np.float32)) for _ in range(10)])
    assert abs(found - share) <= 5 * np.sqrt(share * (1 - share) / 3_000)
    frozen = learner.frozen(sampled=True)  # after learning it asks no more
    assert abs(np.mean([frozen.act(np.zeros((300, 4), np.float32)) for _ in range(10)]) - 0.5) <= 5 * 0.5 / np.sqrt(
        3_000
    )


def test_it_learns_a_plan_in_the_states_on_the_way(tmp_path):
    expert = Expert.read(stored(tmp_path, ValueIteration(), CLIFF, steps=1))
    agent = DAgger(begin_after=60, learn_every=60, updates=60, learning_rate=0.01, network=Network(widths=[16]))
    found = simulate(Cell(agent, CLIFF, steps=300, runs=RUNS, expert=expert)).data
    up, right, down = 0, 1, 2
    way = [(36, up), *((state, right) for state in range(24, 35)), (35, down)]
    assert all(found["greedy_for"].reshape(-1, 4)[state, action] == RUNS for state, action in way)


def test_a_cell_with_an_expert_is_named_by_it(tmp_path):
    first = Expert.read(stored(tmp_path / "a", ValueIteration(), CLIFF, steps=1))
    other = Expert.read(stored(tmp_path / "b", "q_learning", CLIFF, steps=500))
    cells = [Cell(quick("dagger"), CLIFF, steps=40, runs=2, expert=expert) for expert in (first, other)]
    assert cells[0].name != cells[1].name
    assert cells[0].settings["expert"] == first.digest
    results = [simulate(cell).data for cell in (*cells, cells[0])]
    assert results[0]["weights"].tobytes() == results[2]["weights"].tobytes() != results[1]["weights"].tobytes()


def test_a_run_does_not_depend_on_its_neighbours(tmp_path):
    env, thetas = CartPole(), []
    for other in (False, True):
        learner, batch = quick("dagger"), env.batch(RUNS)
        learner.begin(Problem.of(env, batch, 60), np.random.default_rng(0))
        learner.ask(Random(probabilities=[0.5, 0.5]))
        learner.expert.begin(Problem.of(env, batch, 60), np.random.default_rng(1))
        learner.adam.thetas[0][2] += 0.1 * other
        batch.reset(seed=0)
        learner.learn(batch, 60)
        thetas.append(learner.adam.theta.clone())
    assert (thetas[0][:2] == thetas[1][:2]).all()
    assert (thetas[0][2] != thetas[1][2]).any()


def test_mistakes_are_refused_in_one_line(tmp_path):
    cell = stored(tmp_path, "random", CLIFF, steps=40)
    settings = {"runs": 1, "steps": 40, "progress": False}
    for agent, env, expert, line in (
        ("dagger", CLIFF, None, "expert=null: must be set for agent=dagger, which asks an expert: the folder of a"),
        ("dagger", CLIFF, cell, rf"expert={cell}: cannot play env=cliff_walking: agent=random: stores no policy"),
        ("dagger", CartPole(), cell, rf"expert={cell}: learnt on cliff_walking, and env=cart_pole$"),
        ("dagger", CLIFF, tmp_path, rf"expert={tmp_path}: must be the folder of a cell, in RESULTS/cells: .*missing"),
        ("random", CLIFF, cell, "none of the agents asks an expert: random"),
    ):
        with pytest.raises(SettingError, match=line) as refused:
            compare(agent, env, expert=expert, **settings)
        assert "\n" not in str(refused.value)
    with pytest.raises(SettingError, match="agent=random asks no expert"):
        Cell(Random(), CLIFF, expert=Expert.read(cell))
    with pytest.raises(SettingError, match=r"beta=1.5: must be from 0 to 1 at all times"):
        DAgger(beta=1.5)
    with pytest.raises(SettingError, match=r"network.body=gru: remembers"):
        DAgger(network=Network(body="gru"))


def test_what_an_imitator_learnt_is_played_without_its_teacher(tmp_path):
    expert = stored(tmp_path, ValueIteration(), CLIFF, steps=1)
    agent = quick("dagger")
    result = compare(agent, CLIFF, steps=40, runs=2, expert=expert, progress=False)["dagger"]
    states = np.array([36, 24])
    found = player(agent, CLIFF, result).act(states)
    assert (found == [player(agent, CLIFF, result, run=run).act(states[run : run + 1])[0] for run in (0, 1)]).all()
    twice = player(agent, CLIFF, result, run=1, copies=3).act(np.array([24, 24, 24]))
    assert (twice == found[1]).all()
