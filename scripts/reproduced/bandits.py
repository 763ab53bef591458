"""Numbers of bandits: exact regrets, and the ten-armed testbed."""

from collections import defaultdict
from collections.abc import Callable
from fractions import Fraction
from functools import cache, partial
from math import inf, log, sqrt

import numpy as np
from scipy.special import betaln
from scipy.stats import norm

from reproduced.number import Found, Number, mean
from rlnotes.agents import ETC, IMED, KLUCB, UCB1, EpsilonGreedy, OptimisticGreedy, Random, Thompson
from rlnotes.agents.base.agent import Agent
from rlnotes.analysis.regret_bounds import bernoulli_kl, gaussian_kl, lai_robbins, minimax_lower, moss_bound
from rlnotes.book.base.ten_arms import epsilon_greedy
from rlnotes.envs import BernoulliBandit, GaussianBandit
from rlnotes.envs.bandits.base.stochastic_bandit import StochasticBandit
from rlnotes.simulation.cell import Cell
from rlnotes.simulation.simulate import simulate

Arm = tuple[int, int]
"""pulls and sum of rewards of an arm"""
Chance = Callable[[Arm, Arm, int], float]
"""the probability of the first of two arms in step t"""


def exact_regret(chance: Chance, means: tuple[float, float], n: int) -> float:
    """R_n on two Bernoulli arms, by the probabilities of all pulls and sums of rewards after each step."""
    gaps = [max(means) - mean for mean in means]
    regret, now = 0.0, {((0, 0), (0, 0)): 1.0}
    for t in range(1, n + 1):
        following: dict[tuple[Arm, Arm], float] = defaultdict(float)
        for arms, p in now.items():
            first = chance(*arms, t)
            for played, chosen in ((0, first), (1, 1 - first)):
                regret += p * chosen * gaps[played]
                for reward, q in ((1, means[played]), (0, 1 - means[played])):
                    after = list(arms)
                    after[played] = (arms[played][0] + 1, arms[played][1] + reward)
                    following[tuple(after)] += p * chosen * q
        now = {arms: p for arms, p in following.items() if p}
    return regret


def by_index(index: Callable[[float, int, int, float], float]) -> Chance:
    """The arm with the largest index of (mean, pulls, step, largest mean); arms that tie are equally likely."""

    def chance(one: Arm, two: Arm, t: int) -> float:
        means = [total / pulls if pulls else 0.0 for pulls, total in (one, two)]
        first, second = (
            index(mean, pulls, t, max(means)) if pulls else inf
            for mean, (pulls, _) in zip(means, (one, two), strict=True)
        )
        return 0.5 if first == second or abs(first - second) < 1e-12 else float(first > second)

    return chance


def greedy(mean: float, pulls: int, t: int, best: float) -> float:
    """μ̂"""
    return mean


def ucb1(mean: float, pulls: int, t: int, best: float) -> float:
    """μ̂ + √(2 log(t − 1) / T)"""
    return mean + sqrt(2 * log(t - 1) / pulls)


def imed(mean: float, pulls: int, t: int, best: float) -> float:
    """−(T d(μ̂, μ̂*) + log T)"""
    return -((pulls * divergence(mean, best) if mean < best else 0.0) + log(pulls))


def kl_ucb(mean: float, pulls: int, t: int, best: float) -> float:
    """max{q: T d(μ̂, q) ≤ log t}, by bisection"""
    low, high = mean, 1.0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if pulls * divergence(mean, middle) <= log(t) else (low, middle)
    return low


def divergence(p: float, q: float) -> float:
    """d(p, q) of Bernoulli distributions."""
    return sum(x * log(x / y) if y else inf for x, y in ((p, q), (1 - p, 1 - q)) if x)


def thompson(one: Arm, two: Arm, t: int) -> float:
    """P(X > Y) of X ~ Beta(1 + S_1, 1 + T_1 − S_1) and Y ~ Beta(1 + S_2, 1 + T_2 − S_2), a sum over i ≤ S_1."""
    (a, b), (c, d) = ((1 + total, 1 + pulls - total) for pulls, total in (one, two))
    i = np.arange(a)
    return float((np.exp(betaln(c + i, b + d) - betaln(1 + i, b) - betaln(c, d)) / (b + i)).sum())


def regret(agent: Agent, env: StochasticBandit, steps: int, runs: int) -> Found:
    """The mean regret."""
    return mean(simulate(Cell(agent, env, steps=steps, runs=runs)).outcome)


def exact(name: str, agent: Agent, chance: Chance, means: tuple[float, float], n: int) -> Number:
    """The regret of an agent on two Bernoulli arms, exactly and simulated."""
    title = f"{name} on Bernoulli {means[0]:g}, {means[1]:g}: regret, n = {n}"
    env = BernoulliBandit(means=[*means])
    return Number(title, COUNTS, exact_regret(chance, means, n), partial(regret, agent, env, n, 20_000))


def by_loop(name: str, agent: Agent, env: StochasticBandit, value: str, spread: float, source: str = "") -> Number:
    """The regret of an agent after 10,000 steps, by a plain loop and by ours."""
    title = f"{name}: regret, n = 10,000"
    return Number(title, f"{source}{LOOP}", value, partial(regret, agent, env, 10_000, 1_000), spread=spread)


@cache
def testbed(epsilon: float) -> dict[str, np.ndarray]:
    """The record of ε-greedy on 2,000 ten-armed testbeds, 1,000 steps."""
    return simulate(Cell(epsilon_greedy(epsilon), GaussianBandit(), 1_000, 2_000)).data


def late_reward() -> Found:
    """The mean reward of greedy in the last tenth of the steps."""
    data = testbed(0.0)
    steps, reward = data["steps"], data["reward"]
    late = np.searchsorted(steps, 900)
    return mean((reward[:, -1] - reward[:, late]) / (steps[-1] - steps[late]))


def late_optimal() -> Found:
    """The share of the tasks in which greedy plays the best arm in the last step that is recorded."""
    data = testbed(0.0)
    steps, pulls = data["steps"], data["optimal"] * data["steps"]
    return mean((pulls[:, -1] - pulls[:, -2]) / (steps[-1] - steps[-2]))


def wrong_commitments(gap: float, pulls: int) -> Found:
    """The share of runs of ETC that commit to the worse of two Gaussian arms."""
    cell = Cell(ETC(pulls=pulls), GaussianBandit(means=[gap, 0.0]), steps=2 * pulls + 1, runs=20_000)
    return mean(simulate(cell).outcome > gap * (pulls + 0.5))


GAPS, PAIR = np.array([0.0, 0.5, 1.0]), np.array([0.5, 0.75])


def slope(divergence: np.ndarray, gaps: np.ndarray) -> Found:
    """R_n / log n in the limit."""
    return Found(float(lai_robbins(np.array(np.e), gaps, divergence)))


COUNTS = "exact: probabilities of all counts of rewards"
LOOP = "an independent loop, since no book prints it"
AUER = "Auer, Cesa-Bianchi & Fischer (2002), section 4; "
BOOK = "Sutton & Barto (2nd ed.), section 2.3"
TEN = BernoulliBandit(means=[0.5, *[0.4] * 9])
DRIFT = GaussianBandit(means=[0.0] * 10, drift=0.01)
EXERCISE = "Sutton & Barto (2nd ed.), Exercise 2.5; "
NUMBERS = [
    exact("greedy", EpsilonGreedy(epsilon=0.0), by_index(greedy), (0.5, 0.6), 10),
    exact("greedy", EpsilonGreedy(epsilon=0.0), by_index(greedy), (0.5, 0.6), 40),
    exact("UCB1", UCB1(), by_index(ucb1), (0.9, 0.6), 20),
    exact("KL-UCB", KLUCB(), by_index(kl_ucb), (0.9, 0.6), 15),
    exact("IMED", IMED(), by_index(imed), (0.9, 0.6), 20),
    exact("Thompson sampling", Thompson(), thompson, (0.5, 0.6), 15),
    by_loop("Thompson sampling on Bernoulli 0.5, 0.4 × 9", Thompson(), TEN, "167.8", 1.8),
    by_loop("UCB1 on Bernoulli 0.5, 0.4 × 9", UCB1(), TEN, "593.2", 1.5),
    by_loop("IMED on Bernoulli 0.5, 0.4 × 9", IMED(), TEN, "167.1", 1.7),
    by_loop("UCB1 on distribution 1, 0.9, 0.6", UCB1(), BernoulliBandit(means=[0.9, 0.6]), "47.0", 0.6, AUER),
    by_loop(
        "UCB1 on distribution 11, 0.9, 0.6 × 9", UCB1(), BernoulliBandit(means=[0.9, *[0.6] * 9]), "413.3", 1.7, AUER
    ),
    by_loop(
        "UCB1 on distribution 12, 0.9, 0.8 × 3, 0.7 × 3, 0.6 × 3",
        UCB1(),
        BernoulliBandit(means=[0.9, *[0.8] * 3, *[0.7] * 3, *[0.6] * 3]),
        "539.2",
        2.1,
        AUER,
    ),
    by_loop(
        "ε-greedy, α = 0.1, drifting testbed", OptimisticGreedy(initial=0.0, epsilon=0.1), DRIFT, "1536", 6, EXERCISE
    ),
    by_loop("ε-greedy, α = 1/T, drifting testbed", epsilon_greedy(0.1), DRIFT, "3223", 44, EXERCISE),
    Number(
        "testbed: mean of the best of ten arms",
        f"{BOOK}: 1.54",
        "1.54",
        lambda: mean(testbed(0.0)["arm_means"].max(axis=1)),
    ),
    Number("testbed: reward of greedy in steps 900 to 1,000", f"{BOOK}: about 1", "1", late_reward, rounding=0.05),
    Number(
        "testbed: share of tasks in which greedy is right",
        f"{BOOK}: about one third",
        Fraction(1, 3),
        late_optimal,
        rounding=0.05,
    ),
    Number(
        "ETC, Δ = 0.5, 50 pulls: wrong commitments",
        "exact: Φ(−Δ √(m/2)); Lattimore & Szepesvári, section 6.1",
        float(norm.cdf(-2.5)),
        lambda: wrong_commitments(0.5, 50),
    ),
    Number(
        "ETC, Δ = 0.1, 20 pulls: wrong commitments",
        "exact: Φ(−Δ √(m/2)); Lattimore & Szepesvári, section 6.1",
        float(norm.cdf(-0.1 * sqrt(10))),
        lambda: wrong_commitments(0.1, 20),
    ),
    Number(
        "ETC, Δ = 0.3, 20 pulls: regret, n = 200",
        "exact: mΔ + (n − 2m) Δ Φ(−Δ √(m/2))",
        0.3 * (20 + 160 * float(norm.cdf(-0.3 * sqrt(10)))),
        lambda: regret(ETC(pulls=20), GaussianBandit(means=[0.3, 0.0]), 200, 20_000),
    ),
    Number(
        "random play, gaps 0, 0.8, 1: regret, n = 100",
        "exact: n Σ_a Δ_a/k; Lattimore & Szepesvári, Lemma 4.5",
        60.0,
        lambda: regret(Random(), GaussianBandit(means=[0.0, -0.8, -1.0]), 100, 10_000),
    ),
    Number(
        "Lai and Robbins's slope, Gaussian gaps 0.5, 1",
        "Lattimore & Szepesvári, Theorem 16.2; exact: Σ 2/Δ",
        6.0,
        lambda: slope(gaussian_kl(GAPS), GAPS),
    ),
    Number(
        "Lai and Robbins's slope, Bernoulli 0.5, 0.75",
        "Lai & Robbins (1985); exact: Δ/log(2/√3)",
        0.25 / log(2 / sqrt(3)),
        lambda: slope(bernoulli_kl(PAIR, PAIR.max()), PAIR.max() - PAIR),
    ),
    Number(
        "MOSS's bound, 3 arms, gaps 0.5, 1, n = 100",
        "Lattimore & Szepesvári, Theorem 9.1; exact: 39 √300 + 1.5",
        39 * sqrt(300) + 1.5,
        lambda: Found(float(moss_bound(100, GAPS))),
    ),
    Number(
        "minimax lower bound, 10 arms, n = 100",
        "Lattimore & Szepesvári, Theorem 15.2; exact: 30/27",
        Fraction(30, 27),
        lambda: Found(float(minimax_lower(100, 10))),
    ),
]
