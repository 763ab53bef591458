"""Q-learning, SARSA, Expected SARSA and double Q-learning on tables [notes 2.6, 2.7]."""

from dataclasses import replace
from functools import cache, partial, reduce
from operator import add

import gymnasium as gym
import numpy as np
import pytest
from gymnasium.spaces import Box, Discrete, MultiDiscrete

from rlnotes.agents import SARSA, DoubleQLearning, ExpectedSARSA, QLearning
from rlnotes.agents.base.agent import Problem, ProblemError, Transition
from rlnotes.agents.tabular.base.control_agent import ControlAgent
from rlnotes.agents.tabular.base.state_numbers import state_count, state_number
from rlnotes.base.errors import SettingError
from rlnotes.base.random_streams import uniforms
from rlnotes.base.schedule import Schedule
from rlnotes.envs import CliffWalking, Garnet, RiverSwim
from rlnotes.envs.mdps.base.model import Model
from rlnotes.simulation.cell import Cell
from rlnotes.simulation.simulate import simulate

STATES, ACTIONS, RUNS, STEPS, DISCOUNT = 6, 3, 7, 400, 0.5
SPACES = Discrete(STATES), Discrete(ACTIONS)


def stream(seed):
    """What happens to every run [STEPS, RUNS], whatever it does: state, reward, next state, terminated, truncated.

    Rewards are 0 and 1, so that values tie; an episode ends in either way, now and then in both at once.
    """
    rng = np.random.default_rng(seed)
    state = rng.integers(STATES, size=(STEPS + 1, RUNS))
    terminated, truncated = rng.random((2, STEPS, RUNS)) < 0.06
    last = rng.integers(STATES, size=(STEPS, RUNS))
    reward = rng.integers(2, size=(STEPS, RUNS)).astype(float)
    return state[:-1], reward, np.where(terminated | truncated, last, state[1:]), terminated, truncated


def drive(agent, told, model=None, spaces=SPACES, observed=lambda state: state):
    """The actions [STEPS, RUNS] of an agent to which a stream happens."""
    agent.begin(Problem(*spaces, RUNS, STEPS, DISCOUNT, model), np.random.default_rng(8))
    actions = []
    for state, reward, next_state, *ended in zip(*told, strict=True):
        actions.append(agent.act(observed(state)))
        agent.update(Transition(observed(state), actions[-1], reward, observed(next_state), *ended))
    return np.array(actions)


def choice(values, rate, uniform):
    """ε-greedy: u < ε means any action that is available, and u / ε which; else (u − ε) / (1 − ε) which of the best."""
    available = [a for a, value in enumerate(values) if value > -np.inf]
    best = [a for a in available if values[a] == max(values)]
    among, share = (available, uniform / rate) if uniform < rate else (best, (uniform - rate) / (1 - rate))
    return among[min(int(share * len(among)), len(among) - 1)]


# A rule says which table it improves, what the next state is worth, and which action it will play there, if it knows.
def q_learning(tables, q, s, rate, uniform):
    return tables[0], max(q[s]), None


def sarsa(tables, q, s, rate, uniform):
    action = choice(q[s], rate, uniform)
    return tables[0], q[s][action], action


def expected_sarsa(tables, q, s, rate, uniform):
    values = [value for value in q[s] if value > -np.inf]
    return tables[0], (1 - rate) * max(values) + rate * reduce(add, values) / len(values), None


def double_q_learning(tables, q, s, rate, uniform):
    one, other = tables[::-1] if uniform < 0.5 else tables
    return one, other[s][one[s].index(max(one[s]))], None


RULES = {QLearning: q_learning, SARSA: sarsa, ExpectedSARSA: expected_sarsa, DoubleQLearning: double_q_learning}
AT = {  # a schedule at step t and the n-th visit
    0.0: lambda t, n: 0.0,
    0.1: lambda t, n: 0.1,
    0.5: lambda t, n: 0.5,
    1.0: lambda t, n: 1.0,
    "1/visits": lambda t, n: 1 / n,
    "linear:1:0:250": lambda t, n: 1 - min(t / 250, 1),
    "linear:0.9:0.1:250": lambda t, n: 0.9 + (0.1 - 0.9) * min(t / 250, 1),
    "exponential:0.8:0.05:250": lambda t, n: 0.8 * (0.05 / 0.8) ** min(t / 250, 1),
}


def scalar(rule, tables, told, luck, alpha, epsilon):
    """The actions of one run, and what it leaves as the mean of its tables: what an agent should do, in loops."""
    visits, planned, actions = np.zeros((STATES, ACTIONS), int).tolist(), None, []
    for t, (s, reward, after, terminated, truncated, at_act, at_update) in enumerate(zip(*told, *luck, strict=False)):
        q = np.mean(tables, axis=0).tolist()
        a = choice(q[s], AT[epsilon](t, sum(visits[s]) + 1), at_act) if planned is None else planned
        visits[s][a] += 1
        table, value, planned = rule(tables, q, after, AT[epsilon](t + 1, sum(visits[after]) + 1), at_update)
        target = reward + (0.0 if terminated else DISCOUNT * value)
        table[s][a] += AT[alpha](t, visits[s][a]) * (target - table[s][a])
        planned = None if terminated or truncated else planned
        actions.append(a)
    return actions, np.mean(tables, axis=0)


@pytest.mark.parametrize("agent", RULES)
@pytest.mark.parametrize("blocked", [False, True], ids=("", "blocked"))
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
def test_an_agent_is_its_rule_number_for_number(agent, blocked, alpha, epsilon, initial):
    table, model = np.full((STATES, ACTIONS), initial), None
    if blocked:  # one action in one state
        table[2, 1] = -np.inf
        model = Model.from_arrays((table > -np.inf)[:, :, None] * np.eye(STATES)[:, None], table, start=0, discount=0.9)
    actions = drive(learner := agent(alpha, epsilon, initial), told := stream(3), model)

    drawn, luck = uniforms(np.random.default_rng(8), RUNS), np.zeros((2, STEPS + 1, RUNS))
    for t in range(STEPS):
        if agent is not SARSA or t == 0:
            luck[0, t] = next(drawn)
        if agent is DoubleQLearning:
            luck[1, t] = next(drawn)
        if agent is SARSA:
            luck[1, t], luck[0, t + 1] = next(drawn), next(drawn)
    for run in range(RUNS):
        tables = [table.tolist() for _ in range(1 + (agent is DoubleQLearning))]
        one = [column[:, run].tolist() for column in told], luck[:, :, run].tolist()
        expected, q = scalar(RULES[agent], tables, *one, alpha, epsilon)
        assert actions[:, run].tolist() == expected
        assert (learner.q[run] == q).all()


@pytest.mark.parametrize("agent", RULES)
def test_states_and_actions_are_numbered_from_0_wherever_their_spaces_start(agent):
    actions = drive(plain := agent(), told := stream(1))
    spaces = Discrete(STATES, start=4), Discrete(ACTIONS, start=-1)
    assert (drive(shifted := agent(), told, None, spaces, lambda state: state + 4) == actions - 1).all()
    spaces = MultiDiscrete([2, 3]), Discrete(ACTIONS)
    assert (drive(parted := agent(), told, None, spaces, lambda s: np.stack([s // 3, s % 3], 1)) == actions).all()
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


def refusal(make, error=SettingError):
    """What an error says in its one line."""
    with pytest.raises(error) as raised:
        make()
    assert "\n" not in str(raised.value)
    return str(raised.value)


MALFORMED = ["foo", "", "linear:1:0.1", "linear:1:0.1:5:5", "linear:1:x:5", "1/visits:2", "visits", "step:1:0.1:5"]
OUTSIDE = [-1, 1.5, 2, -0.1, float("nan"), "inf", "linear:1:2:10", "linear:-1:1:9", "exponential:1:0:5"]
ENDLESS = ["linear:1:0.1:0", "linear:1:0.1:-3", "exponential:1:0.1:0.5", "linear:1:0.1:nan"]


@pytest.mark.parametrize("name", ["alpha", "epsilon"])
@pytest.mark.parametrize("value", MALFORMED + OUTSIDE + ENDLESS)
def test_a_bad_schedule_is_named_and_told_what_is_wrong(name, value):
    wrong = "must be a number, 1/visits, linear:FIRST" if value in MALFORMED else "at all times"
    for agent in RULES:
        told = refusal(partial(agent, **{name: value}))
        assert told.startswith(f"{name}={value}: must")
        assert ("must have 1 or more STEPS" if value in ENDLESS else wrong) in told


def test_a_rate_may_be_0_and_a_step_size_may_not():
    for value in (0, "linear:1:0:100"):
        assert QLearning(epsilon=value).epsilon == value
        assert "must be above 0 and at most 1 at all times" in refusal(partial(QLearning, alpha=value))
    assert QLearning(alpha="1/visits", epsilon="1/visits", initial=-2).alpha == "1/visits"
    assert refusal(partial(QLearning, initial=np.inf)) == "initial=inf: must be a number"


@pytest.mark.parametrize("agent", RULES)
def test_what_a_table_cannot_hold_is_refused(agent):
    finite, box, river = Discrete(3), Box(0, 1), partial(RiverSwim, time_limit=None)
    for spaces, needed in (((box, finite), "states"), ((finite, box), "actions")):
        told = refusal(partial(agent().check, Problem(*spaces, 1, 9)), ProblemError)
        assert told.startswith(f"needs a finite set of {needed}, Discrete(")
    assert "it needs env.discount below 1 there, since" in refusal(lambda: Cell(agent(), river(discount=1.0)))
    assert refusal(lambda: Cell(agent(), river(), episodes=5)) == "episodes=5: never end in env=river_swim; set steps"
    assert refusal(lambda: Cell(agent(), river())).startswith("env.time_limit=null: must be set: no episode ends there")
    for env in (RiverSwim(discount=1.0), CliffWalking()):
        Cell(agent(), env)


@cache
def cliff(agent):
    return simulate(Cell(agent(alpha=0.5, epsilon=0.1), CliffWalking(), episodes=500, runs=1_000, seed=6)).data


@pytest.mark.parametrize(("agent", "published"), [(QLearning, -50.1), (SARSA, -26.8), (ExpectedSARSA, -20.8)])
def test_returns_on_the_cliff_are_the_known_ones(agent, published):
    """Within 5 standard errors of a mean of 1,000 runs, and the 0.3 to which the known ones are known: a false alarm
    with probability 6e-7 for any seed."""
    late = cliff(agent)["returns"][:, 400:].mean(axis=1)
    assert abs(late.mean() - published) <= 5 * late.std() / np.sqrt(len(late)) + 0.3


def test_q_learning_learns_the_way_along_the_cliff_while_it_falls_from_it():
    assert cliff(QLearning)["optimum"] == -13
    assert (cliff(QLearning)["greedy_value"][:, -1] == -13).mean() >= 0.9


@pytest.mark.parametrize("agent", RULES)
def test_the_seed_decides_every_bit_of_the_tables(agent, monkeypatch):
    monkeypatch.setattr(ControlAgent, "report", lambda self: {"q": self.q})
    cell = Cell(agent(), Garnet(states=20, time_limit=50), steps=300, runs=9, seed=4)
    first, again, other = (simulate(one).data for one in (cell, replace(cell), replace(cell, seed=5)))
    assert {name: value.tobytes() for name, value in first.items()} == {n: v.tobytes() for n, v in again.items()}
    assert (first["q"] != other["q"]).any(axis=(1, 2)).all()


class Souring(gym.vector.VectorEnv):
    """Run i is in state (t + i) mod 3; the reward of run 2 is no number in step 5."""

    metadata = {"autoreset_mode": gym.vector.AutoresetMode.SAME_STEP}
    single_observation_space, single_action_space = Discrete(3), Discrete(20)
    discount, settings, played = 0.9, {}, []

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
def test_a_reward_that_is_not_a_number_stops_the_run_and_is_traced(agent):
    told = refusal(Cell(agent(epsilon=1.0), Souring(), steps=9, runs=4).simulate)
    where = f"in state {(5 + 2) % 3} after action {Souring.played[5][2]}"
    assert told == f"env=Souring: gave a reward that is not a number, {where}"
    assert len(Souring.played) == 6
