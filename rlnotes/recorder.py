"""The wrapper that measures every agent alike, whatever loop it trains in."""

from collections.abc import Callable
from typing import Any

import numpy as np
from gymnasium.vector import VectorEnv, VectorWrapper


def checkpoints(steps: int) -> np.ndarray:
    """About 200 steps of 1, …, `steps` at which to record: half of them even on a linear axis, half on a log axis."""
    if steps <= 200:
        return np.arange(1, steps + 1)
    linear, log = np.linspace(1, steps, 101), np.geomspace(1, steps, 141)
    return np.unique(np.rint(np.concatenate([linear, log])).astype(np.int64))


class Recorder(VectorWrapper):
    """Records a vector environment for so many steps of every run, from its first reset, which it seeds.

    Of an environment that tells its regret in `info["regret"]` it keeps, at every checkpoint,
    `regret` [num_envs, checkpoints], the cumulative pseudo-regret Σ_t Δ_{A_t} [notes 1.2], and `reward`, the sum of
    rewards. Of any other it keeps `returns` and `lengths` [num_envs, episodes], the sum of rewards and the steps of
    each episode that ended, NaN and 0 where a run had fewer episodes than another, `first_return` [num_envs], the
    discounted return of the first episode Σ_t γ^t R_t, as far as it came [notes 2.2], and `reward_rate` [num_envs], the
    mean reward of a step.

    `advance`, if given, is called at the checkpoints with the number of steps since the last.
    """

    def __init__(
        self,
        env: VectorEnv,
        steps: int,
        seed: int | None = None,
        discount: float = 1.0,
        advance: Callable[[int], None] = lambda steps: None,
    ) -> None:
        super().__init__(env)
        self.seed, self.discount, self.advance = seed, discount, advance
        self.checkpoints = checkpoints(steps)
        self.step_count, self.checkpoint = 0, 0
        self.regret: np.ndarray | None = None
        self.reward, self.length = np.zeros(env.num_envs), np.zeros(env.num_envs, np.int64)
        self.first_return, self.weight, self.total = (
            np.zeros(env.num_envs),
            np.ones(env.num_envs),
            np.zeros(env.num_envs),
        )
        self.curves: list[tuple[np.ndarray, np.ndarray]] = []
        self.episodes: list[tuple[np.ndarray, np.ndarray, np.ndarray]] = []

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[Any, dict[str, Any]]:
        seed, self.seed = (self.seed if seed is None else seed), None
        return self.env.reset(seed=seed, options=options)

    def step(self, actions: Any) -> tuple[Any, np.ndarray, np.ndarray, np.ndarray, dict[str, Any]]:
        outcome = self.env.step(actions)
        if self.checkpoint < len(self.checkpoints):
            _, reward, terminated, truncated, info = outcome
            self.record(reward, terminated, truncated, info.get("regret"))
        return outcome

    def record(
        self, reward: np.ndarray, terminated: np.ndarray, truncated: np.ndarray, regret: np.ndarray | None
    ) -> None:
        self.step_count += 1
        self.reward += reward
        if regret is None:
            self.record_episodes(reward, terminated | truncated)
        elif self.regret is None:
            self.regret = regret.copy()
        else:
            self.regret += regret
        if self.step_count == self.checkpoints[self.checkpoint]:
            if self.regret is not None:
                self.curves.append((self.regret.copy(), self.reward.copy()))
            self.advance(self.step_count - (self.checkpoints[self.checkpoint - 1] if self.checkpoint else 0))
            self.checkpoint += 1

    def record_episodes(self, reward: np.ndarray, ended: np.ndarray) -> None:
        self.first_return += self.weight * reward
        self.weight *= self.discount * ~ended
        self.total += reward
        self.length += 1
        runs = np.flatnonzero(ended)
        if len(runs):
            self.episodes.append((runs, self.reward[runs], self.length[runs]))
            self.reward[runs], self.length[runs] = 0, 0

    def data(self) -> dict[str, np.ndarray]:
        """What was recorded, under the names above, and `steps` [checkpoints] of the curves."""
        if self.regret is not None:
            regret, reward = (np.column_stack(curve) for curve in zip(*self.curves, strict=True))
            return {"steps": self.checkpoints, "regret": regret, "reward": reward}
        episode = np.zeros(self.num_envs, np.int64)
        for runs, _, _ in self.episodes:
            episode[runs] += 1
        returns = np.full((self.num_envs, episode.max(initial=0)), np.nan)
        lengths = np.zeros(returns.shape, np.int64)
        episode[:] = 0
        for runs, total, length in self.episodes:
            returns[runs, episode[runs]], lengths[runs, episode[runs]] = total, length
            episode[runs] += 1
        rate = self.total / max(self.step_count, 1)
        return {"returns": returns, "lengths": lengths, "first_return": self.first_return, "reward_rate": rate}


def stack(arrays: list[np.ndarray]) -> np.ndarray:
    """Runs under runs; those with fewer episodes than others are filled up with NaN or 0."""
    width = max(array.shape[-1] for array in arrays)
    if arrays[0].ndim == 1 or all(array.shape[1] == width for array in arrays):
        return np.concatenate(arrays) if len(arrays) > 1 else arrays[0]
    padding = np.nan if arrays[0].dtype.kind == "f" else 0
    return np.concatenate(
        [np.pad(array, ((0, 0), (0, width - array.shape[1])), constant_values=padding) for array in arrays]
    )
