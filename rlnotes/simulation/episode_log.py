"""The log of an environment with episodes."""

from typing import Any

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
)
from rlnotes.base.record import Record


@kernel()
def add_step(
    state: ConstIntVector,
    reward: ConstFloatVector,
    terminated: ConstBoolVector,
    truncated: ConstBoolVector,
    discount: float,
    visits: IntVector,
    counts: IntMatrix,
    sums: FloatMatrix,
    returns: FloatMatrix,
    lengths: IntMatrix,
) -> tuple[int, int, int]:
    """Add a step of every run to its episode. Write the episodes that end, as long as there is room.

    `counts` [3, runs]: episodes that ended, and number of them that were truncated and not terminated; steps of the
    present episode. `sums` [4, runs]: rewards of the present episode; all rewards; discounted return of the first
    episode, and the weight γ^t of the next reward in it.
    Returns how many episodes were written, the largest number of episodes of a run with a new one, and the first run
    whose reward is infinite or NaN (then r − r ≠ 0), or −1.
    """
    episodes, cut, length = counts[0], counts[1], counts[2]
    total, all_rewards, first_return, weight = sums[0], sums[1], sums[2], sums[3]
    runs, room = len(reward), returns.shape[1]
    not_finite = any_ended = False
    for run in range(runs):  # short loops, since the compiler vectorises most of them
        not_finite |= reward[run] - reward[run] != 0
        any_ended |= terminated[run] | truncated[run]
    for run in range(runs):
        visits[np.uint64(state[run])] += episodes[run] < room
    for run in range(runs):
        length[run] += episodes[run] < room
    for run in range(runs):
        r = reward[run] if episodes[run] < room else 0.0
        total[run] += r
        all_rewards[run] += r
    for run in range(runs):  # the weight is 0 after the first episode
        first_return[run] += weight[run] * reward[run]
        weight[run] *= discount
    ended, most, bad = 0, 0, -1
    for run in range(runs if not_finite else 0):
        if bad < 0 and reward[run] - reward[run] != 0:
            bad = run
    for run in range(runs if any_ended else 0):
        if (terminated[run] | truncated[run]) and episodes[run] < room:
            returns[run, episodes[run]], lengths[run, episodes[run]] = total[run], length[run]
            length[run], total[run], weight[run] = 0, 0.0, 0.0
            episodes[run] += 1
            cut[run] += not terminated[run]
            ended, most = ended + 1, max(most, episodes[run])
    return ended, most, bad


class EpisodeLog:
    """Returns and lengths of episodes, the first discounted return [notes 2.2], and visits if states are observed."""

    def __init__(self, runs: int, space: Space[Any], episodes: int | None, discount: float) -> None:
        self.discount, self.fixed = discount, episodes is not None
        self.first_state = int(space.start) if isinstance(space, Discrete) else None
        self.visits = np.zeros(space.n if isinstance(space, Discrete) else 1, np.int64)
        self.state = np.zeros(runs, np.int64)
        self.counts, self.sums = np.zeros((3, runs), np.int64), np.zeros((4, runs))
        self.episodes, self.truncated, self.length = self.counts
        """of each run [runs]: episodes that ended, number of them that were truncated, steps of the present one"""
        self.sums[3] = 1
        room = episodes or 8
        self.returns, self.lengths = np.full((runs, room), np.nan), np.zeros((runs, room), np.int64)

    def observe(self, observation: Any) -> None:
        """Store the states in which the next step begins."""
        if self.first_state is not None:
            self.state = observation - self.first_state if self.first_state else observation

    def add(self, reward: np.ndarray, terminated: np.ndarray, truncated: np.ndarray) -> tuple[int, int]:
        """Add a step of every run. Returns how many episodes ended, and the first run with no finite reward, or −1."""
        now = self.state, np.ascontiguousarray(reward, float), terminated, truncated
        so_far = self.visits, self.counts, self.sums, self.returns, self.lengths
        ended, most, bad = add_step(*now, self.discount, *so_far)
        if not self.fixed and most == self.returns.shape[1]:  # double the room
            self.returns = np.pad(self.returns, ((0, 0), (0, most)), constant_values=np.nan)
            self.lengths = np.pad(self.lengths, ((0, 0), (0, most)))
        return ended, bad

    def record(self) -> Record:
        """The recorded episodes."""
        most = self.episodes.max()
        found = Record(
            returns=self.returns[:, :most],
            lengths=self.lengths[:, :most],
            truncated=self.truncated.copy(),
            first_return=self.sums[2],
            reward_rate=self.sums[1] / np.maximum(self.lengths.sum(axis=1) + self.length, 1),
        )
        if self.first_state is not None:
            found["visits"] = self.visits[None]
        return found
