"""Q-learning, SARSA, Expected SARSA and double Q-learning on tables [notes 2.6, 2.7]."""

from dataclasses import dataclass, replace
from functools import cache, partial

import gymnasium as gym
import numpy as np
import pytest
from gymnasium.spaces import Box, Discrete, MultiDiscrete
from reference import tabular as reference
from support.tabular import (
    ACTIONS,
    BLOCKED,
    RUNS,
    STATES,
    drive,
    first_table,
    of_run,
    random_numbers,
    recorded_tables,
    refusal,
    stream,
)

from rlnotes.agents import SARSA, DoubleQLearning, ExpectedSARSA, QLearning
from rlnotes.agents.base.agent import Problem, ProblemError
from rlnotes.agents.base.state_numbers import state_count, state_number
from rlnotes.agents.tabular.base.control_agent import ControlAgent
from rlnotes.base.schedule import Schedule
from rlnotes.envs import CliffWalking, Garnet, RiverSwim
from rlnotes.envs.base.environment import Environment
from rlnotes.simulation.cell import Cell
from rlnotes.simulation.simulate import simulate

RULES = {
    QLearning: reference.q_learning,
    SARSA: reference.sarsa,
    ExpectedSARSA: reference.expected_sarsa,
    DoubleQLearning: reference.double_q_learning,
}


@pytest.mark.parametrize("agent", RULES)
@BLOCKED
@pytest.mark.parametrize(
    ("alpha", "epsilon", "initial"),
    [
        (0.5, 0.1, 0.0),
        (0.5, 0.0, 2.5),
        (1.0, 1.0, 0.0),
        ("1/visits", "1/visits", 0.0),
        ("linear:0.9:0.1:250", "linear:1:0:250", 0.0),
        ("exponential:0.8:0.05:250", "exponential:0.8:0.05:250", -0.3),
    ],
)
def test_an_agent_computes_its_rule_number_for_number(agent, blocked, alpha, epsilon, initial):
    table, model = first_table(initial, blocked)
    actions = drive(learner := agent(alpha, epsilon, initial), steps := stream(3), model)
    numbers = random_numbers(learner)
    for run in range(RUNS):
        tables = [table.tolist() for _ in range(1 + (agent is DoubleQLearning))]
        happened = of_run(run, *steps, *numbers)
        expected, q = reference.play_one_step_rule(RULES[agent], tables, happened, alpha, epsilon)
        assert actions[:, run].tolist() == expected
        assert (learner.q[run] == q).all()


@pytest.mark.parametrize("agent", RULES)
def test_states_and_actions_are_numbered_from_0_wherever_their_spaces_start(agent):
    actions = drive(plain := agent(), steps := stream(1))
    spaces = Discrete(STATES, start=4), Discrete(ACTIONS, start=-1)
    assert (drive(shifted := agent(), steps, None, spaces, lambda state: state + 4) == actions - 1).all()
    spaces = MultiDiscrete([2, 3]), Discrete(ACTIONS)
    assert (drive(parted := agent(), steps, None, spaces, lambda s: np.stack([s // 3, s % 3], 1)) == actions).all()
    assert (plain.q == shifted.q).all()
    assert (plain.q == parted.q).all()


def test_every_state_of_a_product_has_a_number_of_its_own():
    space = MultiDiscrete([[2, 3], [4, 5]], start=[[0, -1], [7, 2]])
    every = np.stack(np.meshgrid(*map(np.arange, (2, 3, 4, 5)), indexing="ij"), -1).reshape(-1, 2, 2) + space.start
    assert state_count(space) == 120
    assert state_number(space, every).tolist() == list(range(120))
    assert state_number(Discrete(3, start=-5), np.array([-5, -3, -4])).tolist() == [0, 2, 1]


@pytest.mark.parametrize(
    ("setting", "values"),
    [
        ("0.25", {0: 0.25, 9: 0.25}),
        ("linear:1:0.2:4", {0: 1, 1: 0.8, 2: 0.6, 4: 0.2, 5: 0.2, 99: 0.2}),
        ("exponential:1:0.25:2", {0: 1, 1: 0.5, 2: 0.25, 3: 0.25}),
        ("exponential:0.01:1:4", {0: 0.01, 2: 0.1, 4: 1, 5: 1}),
    ],
)
def test_a_schedule_goes_from_first_to_last_and_stays(setting, values):
    schedule = Schedule.of("alpha", setting, positive=True)
    assert [schedule.at(t) for t in values] == pytest.approx(list(values.values()), abs=1e-15)
    assert not schedule.counts


MALFORMED = ["foo", "", "linear:1:0.1", "linear:1:0.1:5:5", "linear:1:x:5", "1/visits:2", "visits", "step:1:0.1:5"]
MALFORMED += ["20%", "linear:1%:0.1:5", "linear:1:0.1:%", "1/visits%"]
OUTSIDE = [-1, 1.5, 2, -0.1, float("nan"), "inf", "linear:1:2:10", "linear:-1:1:9", "exponential:1:0:5"]
SHARES = ["linear:1:0.1:0%", "linear:1:0.1:101%", "exponential:1:0.1:nan%"]
ENDLESS = ["linear:1:0.1:0", "linear:1:0.1:-3", "exponential:1:0.1:0.5", "linear:1:0.1:nan"]


@pytest.mark.parametrize("name", ["alpha", "epsilon"])
@pytest.mark.parametrize("value", MALFORMED + OUTSIDE + ENDLESS + SHARES)
def test_a_bad_schedule_is_named_with_what_it_must_be(name, value):
    wrong = "must be a number, 1/visits, linear:FIRST" if value in MALFORMED else "at all times"
    for agent in RULES:
        message = refusal(partial(agent, **{name: value}))
        assert message.startswith(f"{name}={value}: must")
        wrong = "must have STEPS above 0% and at most 100% of the run" if value in SHARES else wrong
        assert ("must have 1 or more STEPS" if value in ENDLESS else wrong) in message


@pytest.mark.parametrize(("share", "horizon", "steps"), [("20%", 500, 100), ("0.1%", 500, 1), ("10%", None, 5_000)])
def test_a_schedule_may_last_a_share_of_the_run(share, horizon, steps):
    """Of 50,000 steps, if the run has a number of episodes instead."""
    found = Schedule.of("alpha", f"linear:1:0.2:{share}", positive=True, horizon=horizon)
    assert found == Schedule.of("alpha", f"linear:1:0.2:{steps}", positive=True)


def test_an_exploration_rate_may_be_0_but_not_a_step_size():
    for value in (0, "linear:1:0:100"):
        assert QLearning(epsilon=value).epsilon == value
        assert "must be above 0 and at most 1 at all times" in refusal(partial(QLearning, alpha=value))
    assert QLearning(alpha="1/visits", epsilon="1/visits", initial=-2).alpha == "1/visits"
    assert refusal(partial(QLearning, initial=np.inf)) == "initial=inf: must be a number"


@pytest.mark.parametrize("agent", RULES)
def test_a_problem_that_does_not_fit_a_table_is_refused(agent):
    finite, box, river = Discrete(3), Box(0, 1), partial(RiverSwim, time_limit=None)
    for spaces, needed in (((box, finite), "states"), ((finite, box), "actions")):
        message = refusal(partial(agent().check, Problem(*spaces, 1, 9)), ProblemError)
        assert message.startswith(f"needs a finite set of {needed}, Discrete(")
    assert "it needs env.discount below 1 there, since" in refusal(lambda: Cell(agent(), river(discount=1.0)))
    assert refusal(lambda: Cell(agent(), river(), episodes=5)) == "episodes=5: never end in env=river_swim; set steps"
    assert refusal(lambda: Cell(agent(), river())).startswith("env.time_limit=null: must be set: no episode ends there")
    for env in (RiverSwim(discount=1.0), CliffWalking()):
        Cell(agent(), env)


@cache
def on_the_cliff(agent):
    """The record of 1,000 runs, which tests only read."""
    return simulate(Cell(agent(alpha=0.5, epsilon=0.1), CliffWalking(), episodes=500, runs=1_000, seed=6)).data


@pytest.mark.parametrize(("agent", "published"), [(QLearning, -50.1), (SARSA, -26.8), (ExpectedSARSA, -20.8)])
def test_returns_on_the_cliff_are_the_published_ones(agent, published):
    """Within 5 standard errors of a mean of 1,000 runs and 0.3, the accuracy of the published numbers.

    A false alarm has probability 6e-7 for any seed.
    """
    late = on_the_cliff(agent)["returns"][:, 400:].mean(axis=1)
    assert abs(late.mean() - published) <= 5 * late.std() / np.sqrt(len(late)) + 0.3


def test_q_learning_learns_the_way_along_the_cliff_while_it_falls_from_it():
    assert on_the_cliff(QLearning)["optimum"] == -13
    assert (on_the_cliff(QLearning)["greedy_value"][:, -1] == -13).mean() >= 0.9


@pytest.mark.parametrize("agent", RULES)
def test_the_seed_decides_every_bit_of_the_tables(agent, monkeypatch):
    tables = recorded_tables(monkeypatch, ControlAgent)
    cell = Cell(agent(), Garnet(states=20, time_limit=50), steps=300, runs=9, seed=4)
    first, again, _ = (simulate(one).data for one in (cell, replace(cell), replace(cell, seed=5)))
    assert {name: value.tobytes() for name, value in first.items()} == {n: v.tobytes() for n, v in again.items()}
    assert tables[0].tobytes() == tables[1].tobytes()
    assert (tables[0] != tables[2]).any(axis=(1, 2)).all()


@dataclass(eq=False)
class LateNaN(Environment, gym.vector.VectorEnv):
    """Run i is in state (t + i) mod 3; the reward of run 2 is not a number in step 5."""

    metadata = {"autoreset_mode": gym.vector.AutoresetMode.SAME_STEP}
    single_observation_space, single_action_space = Discrete(3), Discrete(20)
    discount = 0.9

    def __post_init__(self):
        self.played = []

    def batch(self, num_envs):
        self.num_envs = num_envs
        return self

    def reset(self, *, seed=None, options=None):
        self.played.clear()
        return np.arange(self.num_envs) % 3, {}

    def step(self, actions):
        self.played.append(actions.copy())
        reward, never = np.ones(self.num_envs), np.zeros(self.num_envs, bool)
        reward[2] = np.nan if len(self.played) == 6 else 1
        return (len(self.played) + np.arange(self.num_envs)) % 3, reward, never, never, {}


@pytest.mark.parametrize("agent", RULES)
def test_a_reward_that_is_not_a_number_stops_the_run_and_is_located(agent):
    env = LateNaN()
    message = refusal(lambda: simulate(Cell(agent(epsilon=1.0), env, steps=9, runs=4)))
    where = f"in state {(5 + 2) % 3} after action {env.played[5][2]}"
    assert message == f"env=LateNaN: gave reward nan {where}; it and its total must be finite"
    assert len(env.played) == 6
