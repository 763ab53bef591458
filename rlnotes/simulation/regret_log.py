"""The log of an environment that gives its regret."""

from typing import Any

import numpy as np

from rlnotes.base.kernels import ConstBoolVector, ConstFloatVector, ConstIntVector, FloatVector, Int32Matrix, kernel
from rlnotes.base.record import Record


@kernel()
def add_step(
    reward: ConstFloatVector,
    regret: ConstFloatVector,
    optimal: ConstBoolVector,
    action: ConstIntVector,
    reward_total: FloatVector,
    regret_total: FloatVector,
    optimal_total: FloatVector,
    pulls: Int32Matrix,
    first: int,
) -> bool:
    """Add a step of every run to its totals, and to the pulls of its arm, counted from the `first` action.

    Returns whether any total is infinite or NaN (then x − x ≠ 0).
    """
    bad = 0
    for run in range(len(reward_total)):
        rewards, regrets = reward_total[run] + reward[run], regret_total[run] + regret[run]
        reward_total[run], regret_total[run] = rewards, regrets
        bad += (rewards - rewards != 0) | (regrets - regrets != 0)
    for run in range(len(optimal_total)):
        optimal_total[run] += optimal[run]
    for run in range(len(action)):
        arm = np.uint64(action[run] - first)  # unsigned: one comparison finds every wrong action
        if arm < np.uint64(pulls.shape[1]):
            pulls[run, arm] += 1
    return bad > 0


class RegretLog:
    """Cumulative regret Σ_t Δ_{A_t} [notes 1.2], sum of rewards and share of optimal actions, at recorded steps.

    It also counts the pulls of each of `arms`, from `first` on; without arms, nothing.
    """

    def __init__(self, runs: int, with_optimal: bool, arms: int = 0, first: int = 0) -> None:
        self.reward, self.regret = np.zeros(runs), np.zeros(runs)
        self.optimal = np.zeros(runs if with_optimal else 0)
        self.pulls, self.first = np.zeros((runs, arms), np.int32), first
        self.never, self.nothing = np.empty(0, bool), np.empty(0, np.int64)
        self.rewards: list[np.ndarray] = []
        self.regrets: list[np.ndarray] = []
        self.optimals: list[np.ndarray] = []

    def add(self, actions: np.ndarray, reward: np.ndarray, info: dict[str, Any]) -> bool:
        """Add a step of every run; returns whether a total is not finite."""
        return add_step(
            reward,
            info["regret"],
            info.get("optimal", self.never),
            np.ascontiguousarray(actions, np.int64) if self.pulls.size else self.nothing,
            self.reward,
            self.regret,
            self.optimal,
            self.pulls,
            self.first,
        )

    def mark(self, steps: int) -> None:
        """Record the totals after `steps` steps."""
        self.regrets.append(self.regret.copy())
        self.rewards.append(self.reward.copy())
        self.optimals.append(self.optimal / steps)

    def record(self, steps: np.ndarray) -> Record:
        """The recorded totals, and the `steps` at which `mark` recorded them."""
        record = Record(steps=steps, regret=np.column_stack(self.regrets), reward=np.column_stack(self.rewards))
        if len(self.optimal):
            record["optimal"] = np.column_stack(self.optimals)
        if self.pulls.size:
            record["pulls"] = self.pulls.astype(np.int64)
        return record
