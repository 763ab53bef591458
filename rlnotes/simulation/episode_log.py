"""The log of an environment with episodes."""

from typing import Annotated, Any

import numpy as np
from gymnasium import Space
from gymnasium.spaces import Discrete

from rlnotes.base.kernels import (
    ConstBoolVector,
    ConstFloatVector,
    ConstIntVector,
    FloatMatrix,
    IntMatrix,
    IntVector,
    kernel,
    records,
)
from rlnotes.base.record import Record

TALLY = np.dtype(
    {
        "names": ["episodes", "truncated", "length", "total", "all_rewards", "first_return", "weight"],
        "formats": ["i8", "i8", "i8", "f8", "f8", "f8", "f8"],
    }
)
"""totals of a run: episodes that ended, and number of them that were truncated and not terminated; steps and rewards of
the present episode; all rewards; discounted return of the first episode, and the weight γ^t of the next reward in it"""

Tallies = Annotated[np.ndarray, records(TALLY)]


@kernel()
def add_step(
    state: ConstIntVector,
    reward: ConstFloatVector,
    terminated: ConstBoolVector,
    truncated: ConstBoolVector,
    discount: float,
    visits: IntVector,
    tally: Tallies,
    returns: FloatMatrix,
    lengths: IntMatrix,
) -> tuple[int, int, int]:
    """Add a step of every run to its episode. Write the episodes that end, as long as there is room.

    Returns how many episodes were written, the largest number of episodes of a run with a new one, and the first run
    whose reward is infinite or NaN (then r − r ≠ 0), or −1.
    """
    ended, most, bad = 0, 0, -1
    for run in range(len(reward)):
        own, r = tally[run], reward[run]
        if r - r != 0 and bad < 0:
            bad = run
        if own.episodes < returns.shape[1]:
            visits[state[run]] += 1
            own.length += 1
            own.total += r
            own.all_rewards += r
            own.first_return += own.weight * r
            own.weight *= discount
            if terminated[run] | truncated[run]:
                returns[run, own.episodes], lengths[run, own.episodes] = own.total, own.length
                own.length, own.total, own.weight = 0, 0.0, 0.0
                own.episodes += 1
                own.truncated += not terminated[run]
                ended, most = ended + 1, max(most, own.episodes)
    return ended, most, bad


class EpisodeLog:
    """Returns and lengths of episodes, the first discounted return [notes 2.2], and visits if states are observed."""

    def __init__(self, runs: int, space: Space[Any], episodes: int | None, discount: float) -> None:
        self.discount, self.fixed = discount, episodes is not None
        self.first_state = int(space.start) if isinstance(space, Discrete) else None
        self.visits = np.zeros(space.n if isinstance(space, Discrete) else 1, np.int64)
        self.state, self.tally = np.zeros(runs, np.int64), np.zeros(runs, TALLY)
        self.tally["weight"] = 1
        room = episodes or 8
        self.returns, self.lengths = np.full((runs, room), np.nan), np.zeros((runs, room), np.int64)

    def observe(self, observation: Any) -> None:
        """Store the states in which the next step begins."""
        if self.first_state is not None:
            self.state = observation - self.first_state if self.first_state else observation

    def add(self, reward: np.ndarray, terminated: np.ndarray, truncated: np.ndarray) -> tuple[int, int]:
        """Add a step of every run. Returns how many episodes ended, and the first run with no finite reward, or −1."""
        now = self.state, np.ascontiguousarray(reward, float), terminated, truncated
        ended, most, bad = add_step(*now, self.discount, self.visits, self.tally, self.returns, self.lengths)
        if not self.fixed and most == self.returns.shape[1]:  # double the room
            self.returns = np.pad(self.returns, ((0, 0), (0, most)), constant_values=np.nan)
            self.lengths = np.pad(self.lengths, ((0, 0), (0, most)))
        return ended, bad

    @property
    def episodes(self) -> np.ndarray:
        """Number of episodes of each run that ended [runs]."""
        return self.tally["episodes"]

    def record(self) -> Record:
        """The recorded episodes."""
        tally, most = self.tally, self.episodes.max()
        found = Record(
            returns=self.returns[:, :most],
            lengths=self.lengths[:, :most],
            truncated=tally["truncated"].copy(),
            first_return=tally["first_return"],
            reward_rate=tally["all_rewards"] / np.maximum(self.lengths.sum(axis=1) + tally["length"], 1),
        )
        if self.first_state is not None:
            found["visits"] = self.visits[None]
        return found
