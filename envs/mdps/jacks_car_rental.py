"""Jack's car rental."""

from dataclasses import dataclass, replace

import numpy as np
from scipy.stats import poisson

from rlnotes.envs.mdps.base.mdp import MDP
from rlnotes.envs.mdps.base.model import Model
from rlnotes.envs.mdps.base.picture import Picture

CARS = 20
"""the largest number of cars at a place; cars above it are removed"""
PARKING = 10
"""cars at a place that cost nothing to park"""
MOVES = 5
"""the largest number of cars moved overnight"""
REQUESTS, RETURNS = (3, 4), (3, 2)
"""means of the Poisson distributions at the first and the second place"""


@dataclass(eq=False, kw_only=True)
class JacksCarRental(MDP):
    """Move cars overnight between two places; each car rented out pays 10.

    State: cars in the evening, 21 × first + second. Action: number of cars moved from the first place to the second,
    −5 to 5; each costs 2. V*(0, 0) = 421.414 with γ = 0.9. The distributions of requests and returns are not truncated.
    The reward is the mean pay of a day, given the next state. Exercise 4.7 has shuttle=1 and parking_cost=4.
    Source: Sutton & Barto, Reinforcement Learning (2nd ed.), Example 4.2 and Exercise 4.7.
    """

    shuttle: int = 0
    """cars that move from the first place to the second for free every night, 0 or more"""

    parking_cost: float = 0.0
    """cost of a night with more than 10 cars at a place, for each place"""

    discount: float = 0.9

    time_limit: int | None = 1_000

    def build(self) -> Model:
        self.require_at_least("shuttle", 0)
        self.require("parking_cost", bool(np.isfinite(self.parking_cost)), "must be a number")
        (first, pay_first), (second, pay_second) = map(day, REQUESTS, RETURNS)
        cars = np.arange(CARS + 1)
        moved = np.arange(-MOVES, MOVES + 1)
        i, j, a = np.meshgrid(cars, cars, moved, indexing="ij")
        available = (a <= i) & (-a <= j)
        state, action = (i * (CARS + 1) + j)[available], (a + MOVES)[available]
        i, j, a = (x[available] for x in (i, j, a))
        i, j = np.minimum(i - a, CARS), np.minimum(j + a, CARS)
        probability = first[i][:, :, None] * second[j][:, None, :]
        paid_moves = np.abs(a) - np.minimum(np.maximum(a, 0), self.shuttle)
        cost = 2 * paid_moves + self.parking_cost * ((i > PARKING).astype(int) + (j > PARKING))
        reward = pay_first[i][:, :, None] + pay_second[j][:, None, :] - cost[:, None, None]
        following = (CARS + 1) ** 2
        return Model.from_entries(
            following,
            len(moved),
            state.repeat(following),
            action.repeat(following),
            np.tile(np.arange(following), len(state)),
            probability.ravel(),
            reward.ravel(),
            np.zeros(probability.size, bool),
            start=following // 2,  # ten cars at each place
            discount=self.discount,
            picture=replace(
                Picture.of_states(following, [f"{number:+d}" for number in moved], width=CARS + 1),
                axes=("cars at the first place", "cars at the second place"),
            ),
        )


def day(requests: float, returns: float) -> tuple[np.ndarray, np.ndarray]:
    """The probability that n cars in the morning become m in the evening, and the mean pay given n and m, [n, m]."""
    probability, pay = np.zeros((2, CARS + 1, CARS + 1))
    for n in range(CARS + 1):
        for rented in range(n + 1):
            of_rented = poisson.pmf(rented, requests) if rented < n else poisson.sf(n - 1, requests)
            left = n - rented
            to = np.arange(left, CARS + 1)
            both = of_rented * np.where(to < CARS, poisson.pmf(to - left, returns), poisson.sf(to - left - 1, returns))
            probability[n, to] += both
            pay[n, to] += 10 * rented * both
    return probability, np.divide(pay, probability, out=np.zeros_like(pay), where=probability > 0)
