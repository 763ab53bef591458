"""Numbers of learning with tables: prediction on random walks, control on the book's examples."""

from dataclasses import replace
from fractions import Fraction
from functools import partial
from math import sqrt

import numpy as np
from gymnasium.spaces import Discrete

from reproduced.number import Found, Number, mean
from rlnotes.agents import (
    SARSA,
    TD,
    BatchTD,
    DoubleQLearning,
    DynaQ,
    MonteCarloPrediction,
    QLearning,
    Random,
)
from rlnotes.agents.base.agent import Agent, Problem, Transition
from rlnotes.agents.tabular.base.prediction_agent import PredictionAgent
from rlnotes.book.base.planning import equiprobable
from rlnotes.envs import (
    CliffWalking,
    DeepSea,
    DynaMaze,
    Gridworld4x4,
    MaximizationBias,
    Model,
    ModelEnv,
    RandomWalk,
    WindyGridworld,
)
from rlnotes.envs.base.environment import Environment
from rlnotes.simulation.cell import Cell
from rlnotes.simulation.simulate import simulate

BOOK = "Sutton & Barto (2nd ed.)"
WALK = 5
"""states of the random walk of Example 6.2"""


def error_of_td(alpha: float, episodes: int) -> float:
    """E mean_s (V(s) − s/6)² of TD(0) on the random walk after so many episodes, exactly.

    A step from s to s' multiplies w = (V, 1) by a matrix U(s, s'), and w ⊗ w by U ⊗ U. The mean X(s) of the product
    until the end solves X(s) = ½ Σ_s' X(s') (U ⊗ U)(s, s'), with X = I at the ends. The second moments after n episodes
    are X(start)ⁿ w₀ ⊗ w₀.
    """
    size = WALK + 1
    blocks = [slice(s * size**2, (s + 1) * size**2) for s in range(WALK)]
    step, last = np.zeros((WALK * size**2, WALK * size**2)), np.zeros((size**2, WALK * size**2))
    for s in range(WALK):
        for to in (s - 1, s + 1):
            u = np.eye(size)
            u[s, s] = 1 - alpha
            if 0 <= to < WALK:
                u[s, to] = alpha
                step[blocks[to], blocks[s]] += np.kron(u, u) / 2
            else:
                u[s, WALK] = alpha * (to == WALK)
                last[:, blocks[s]] += np.kron(u, u) / 2
    episode = np.linalg.solve((np.eye(len(step)) - step).T, last.T).T[:, blocks[WALK // 2]]
    first = np.append(np.full(WALK, 0.5), 1.0)
    moments = (np.linalg.matrix_power(episode, episodes) @ np.kron(first, first)).reshape(size, size)
    true = np.arange(1, size) / size
    return float(np.mean(np.diag(moments)[:WALK] - 2 * true * moments[:WALK, WALK] + true**2))


def recorded(agent: Agent, env: Environment, runs: int = 1_000, **extent: int) -> dict[str, np.ndarray]:
    """The record of an agent on an environment."""
    return simulate(Cell(agent, env, runs=runs, **extent)).data


def mean_square_error(agent: Agent, states: int, episodes: int) -> Found:
    """The mean square error on the random walk after so many episodes."""
    return mean(recorded(agent, RandomWalk(states=states), 4_000, episodes=episodes)["rmse"][:, -1] ** 2)


def first_lost() -> Found:
    """V(A) after the first episode that TD(0) loses."""
    for seed in range(100):
        data = simulate(Cell(TD(0.1, initial=0.5), RandomWalk(), episodes=1, runs=1, seed=seed)).data
        if data["returns"][0, 0] == 0:
            return Found(float(data["learned_value"][1]))
    raise AssertionError("no episode of 100 was lost")


EPISODES = [[("A", 0), ("B", 0)], *[[("B", 1)]] * 6, [("B", 0)]]
"""states and rewards of the eight episodes of Example 6.4"""


def predictor(agent: PredictionAgent, state: int) -> Found:
    """V(A) or V(B) after the episodes of Example 6.4."""
    agent.begin(Problem(Discrete(2), Discrete(1), 1, 9), np.random.default_rng(0))
    for episode in EPISODES:
        for t, (name, reward) in enumerate(episode):
            last = np.array([t == len(episode) - 1])
            now, following = np.array(["AB".index(name)]), np.array([1])
            agent.act(now)
            agent.update(Transition(now, np.zeros(1, int), np.array([float(reward)]), following, last, ~last & last))
    return Found(float(agent.value(np.array([0]))[0, state]))


def stay_for_ever(agent: Agent) -> Found:
    """The learnt value of a state that pays 1 for ever, if episodes are truncated after 10 steps."""
    model = Model.from_function([0], [0], lambda *_: [(1, 0, 1, False)], start=0, discount=0.9)
    return Found(float(recorded(agent, ModelEnv(model, time_limit=10), 1, steps=500)["learned_value"][0]))


def returns(agent: Agent, env: Environment, episodes: int, runs: int = 1_000) -> Found:
    """The mean return of the last fifth of the episodes."""
    got = recorded(agent, env, runs, episodes=episodes)["returns"]
    return mean(got[:, -max(1, episodes // 5) :].mean(axis=1))


def lengths(agent: Agent, env: Environment, first: int, last: int, runs: int = 1_000) -> Found:
    """The mean length of the episodes from the first to the last of these."""
    return mean(recorded(agent, env, runs, episodes=last)["lengths"][:, first - 1 :].mean(axis=1))


def greedy_value(agent: Agent, env: Environment, episodes: int) -> Found:
    """The value of the greedy policies after learning."""
    return mean(recorded(agent, env, 100, episodes=episodes)["greedy_value"][:, -1])


def value_of_random_play(model: Model) -> float:
    """The value of random play from the start, by linear equations."""
    return float(model.start @ model.evaluate(equiprobable(model)))


def steps_of_random_play(model: Model) -> float:
    """The mean number of steps of random play until the end, by linear equations."""
    return value_of_random_play(replace(model, discount=1.0, reward=np.ones(len(model.reward))))


MOMENTS = "exact: moments of a product of random matrices, Example 6.2 of Sutton & Barto"
MAZE = "Random play takes 868.7 steps on average, by linear equations, and nothing is learnt before the first goal."
WIND = "The best ε-greedy policy takes 17.05 steps. SARSA comes near it only if α falls, as in the next row."
TRUNCATED = "exact: 1/(1 − γ); Pardo et al., ICML 2018"
NUMBERS = [
    *(
        Number(
            f"TD(0), α = {alpha}: mean square error after {n} episodes",
            MOMENTS,
            error_of_td(alpha, n),
            partial(mean_square_error, TD(alpha, initial=0.5), WALK, n),
        )
        for alpha, n in ((0.05, 10), (0.05, 100), (0.1, 100), (0.15, 100))
    ),
    Number(
        "TD(0), one state, α = 0.2: mean square error after 30 episodes",
        "exact: α/(2 − α) (1 − (1 − α)²ⁿ)/4",
        0.2 / 1.8 * (1 - 0.8**60) / 4,
        lambda: mean_square_error(TD(0.2, initial=0.5), 1, 30),
    ),
    Number(
        "Monte Carlo, one state: mean square error after 100 episodes",
        "exact: 1/(4n)",
        1 / 400,
        lambda: mean_square_error(MonteCarloPrediction("1/visits", initial=0.5), 1, 100),
    ),
    Number(
        "root-mean-square error of V = ½ on the random walk",
        "exact: √(1/18)",
        1 / sqrt(18),
        lambda: Found(float(recorded(TD(initial=0.5), RandomWalk(), 1, episodes=1)["start_rmse"])),
    ),
    Number("V(A) after a first episode that is lost, α = 0.1", f"{BOOK}, Exercise 6.3: −α/2", "0.45", first_lost),
    Number(
        "batch TD of eight episodes: V(B)",
        f"{BOOK}, Example 6.4",
        Fraction(3, 4),
        lambda: predictor(BatchTD(), 1),
        1e-6,
    ),
    Number(
        "batch TD of eight episodes: V(A)",
        f"{BOOK}, Example 6.4",
        Fraction(3, 4),
        lambda: predictor(BatchTD(), 0),
        1e-6,
    ),
    *(
        Number(
            f"batch Monte Carlo of eight episodes: V({'AB'[state]})",
            f"{BOOK}, Example 6.4",
            value,
            partial(predictor, MonteCarloPrediction("1/visits"), state),
        )
        for state, value in ((1, Fraction(3, 4)), (0, 0.0))
    ),
    Number("TD(0), reward 1 for ever, time limit 10, γ = 0.9: V", TRUNCATED, 10.0, lambda: stay_for_ever(TD(0.5))),
    Number(
        "Q-learning, reward 1 for ever, time limit 10, γ = 0.9: V",
        TRUNCATED,
        10.0,
        lambda: stay_for_ever(QLearning(0.5)),
    ),
    Number(
        "random play, mean return in Gridworld4x4",
        "exact: linear equations of Figure 4.1",
        value_of_random_play(Gridworld4x4().model),
        lambda: returns(Random(), Gridworld4x4(), 1, 10_000),
    ),
    Number(
        "random play, mean return on the deep sea of size 5",
        "Osband et al., JMLR 20 (2019); exact: 2⁻⁵ − 0.005",
        2**-5 - 0.005,
        lambda: returns(Random(), DeepSea(size=5), 1, 10_000),
    ),
    Number(
        "random play, mean steps in the Dyna maze",
        "exact: linear equations",
        steps_of_random_play(DynaMaze().model),
        lambda: lengths(Random(), DynaMaze(), 1, 1, 3_000),
    ),
    Number(
        "Dyna-Q, steps of the first episode",
        f"{BOOK}, Example 8.1: about 1,700",
        "1700",
        lambda: lengths(DynaQ(0.1, 0.1, planning=0), DynaMaze(), 1, 1, 3_000),
        rounding=50.0,
        spread=144.0,  # of a mean of 30 runs
        note=MAZE,
    ),
    Number(
        "SARSA, α = 0.5, ε = 0.1, windy gridworld: steps of episodes 201 to 400",
        f"{BOOK}, Example 6.5: about 17",
        "17",
        lambda: lengths(SARSA(0.5, 0.1), WindyGridworld(), 201, 400, 300),
        note=WIND,
    ),
    Number(
        "SARSA, α from 0.5 to 0.01, ε = 0.1, windy gridworld: steps of episodes 2,801 to 3,000",
        f"{BOOK}, Example 6.5: about 17",
        "17",
        lambda: lengths(SARSA("exponential:0.5:0.01:40000", 0.1), WindyGridworld(), 2_801, 3_000, 100),
    ),
    Number(
        "Q-learning, cliff: value of the greedy policy after 500 episodes",
        f"{BOOK}, Example 6.6",
        "-13",
        lambda: greedy_value(QLearning(0.5, 0.1), CliffWalking(), 500),
    ),
    Number(
        "SARSA, cliff: return of episodes 401 to 500",
        f"{BOOK}, Example 6.6 (figure, read to 5)",
        "-25",
        lambda: returns(SARSA(0.5, 0.1), CliffWalking(), 500),
        rounding=5.0,
    ),
    Number(
        "Q-learning, cliff: return of episodes 401 to 500",
        f"{BOOK}, Example 6.6 (figure, read to 5)",
        "-50",
        lambda: returns(QLearning(0.5, 0.1), CliffWalking(), 500),
        rounding=5.0,
    ),
    *(
        Number(
            f"{agent.__name__}, maximization bias: share of left in the first episode",
            f"{BOOK}, Figure 6.5; exact: ½ of the ties",
            0.5,
            lambda agent=agent: mean(
                recorded(agent(0.1, 0.1), MaximizationBias(), 10_000, episodes=1)["lengths"][:, 0] == 2
            ),
        )
        for agent in (QLearning, DoubleQLearning)
    ),
]
