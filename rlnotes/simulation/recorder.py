"""The wrapper that measures every agent alike, whatever loop it trains in."""

import time
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from gymnasium.spaces import Discrete
from gymnasium.vector import VectorEnv, VectorWrapper
from numba import boolean, float64, from_dtype, int64, njit, types

from rlnotes.base.errors import SettingError
from rlnotes.envs.mdps.base.bellman import constant

NOT_TOLD = np.empty(0, bool)
PATIENCE = 100_000
"""steps without an end in any run, after which no episode is expected to end"""


def checkpoints(steps: int) -> np.ndarray:
    """About 200 steps of 1, …, `steps` at which to record: half of them even on a linear axis, half on a log axis."""
    if steps <= 200:
        return np.arange(1, steps + 1)
    linear, log = np.linspace(1, steps, 101), np.geomspace(1, steps, 141)
    return np.unique(np.rint(np.concatenate([linear, log])).astype(np.int64))


def even(last: int, points: int) -> np.ndarray:
    """So many numbers from 1 to `last`, evenly spaced, or all of them where there are fewer."""
    return np.unique(np.rint(np.linspace(0, last, points + 1)).astype(np.int64))[1:]


TALLY = np.dtype(
    [
        *[("episodes", "i8"), ("length", "i8"), ("total", "f8")],
        *[("all_rewards", "f8"), ("first_return", "f8"), ("weight", "f8")],
    ]
)
"""What is kept of a run: its episodes so far, steps and rewards of the present one, all its rewards, the discounted
return of its first episode and the weight of the next reward there."""


@njit(
    types.UniTuple(int64, 3)(
        *[constant(int64), constant(float64), constant(boolean), constant(boolean), float64, int64[::1]],
        *[types.Array(from_dtype(TALLY), 1, "C"), float64[:, ::1], int64[:, ::1]],
    ),
    cache=True,
)
def record(state, reward, terminated, truncated, discount, visits, tally, returns, lengths):  # type: ignore[no-untyped-def]
    """Add a step of every run to its episode, and keep the episodes that end, as far as there is room for them.

    Returns the number of episodes kept, the most that a run has of which one ended, and the first run whose reward is
    not a number, or −1.
    """
    ended, most, bad = 0, 0, -1
    for run in range(len(reward)):
        own, r = tally[run], reward[run]
        if np.isnan(r) and bad < 0:
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
                ended, most = ended + 1, max(most, own.episodes)
    return ended, most, bad


@njit(boolean(*[constant(float64)] * 2, constant(boolean), *[float64[::1]] * 3), cache=True)
def add(reward, regret, optimal, reward_total, regret_total, optimal_total):  # type: ignore[no-untyped-def]
    """Add a step of every run to its totals; whether a total is not finite, of which no difference to itself is 0."""
    bad = 0
    for run in range(len(reward_total)):
        rewards, regrets = reward_total[run] + reward[run], regret_total[run] + regret[run]
        reward_total[run], regret_total[run] = rewards, regrets
        bad += (rewards - rewards != 0) | (regrets - regrets != 0)
    for run in range(len(optimal_total)):
        optimal_total[run] += optimal[run]
    return bad > 0


class Judge(NamedTuple):
    """Who judges what agents have learnt while they learn."""

    name: str
    """what the numbers are called"""
    judge: Callable[[np.ndarray], np.ndarray]
    """numbers [len(runs)] for these runs of a block"""
    runs: int
    """runs of a block that are judged at most, the first ones"""
    points: int
    """how often they are judged at most"""


class Complete(BaseException):
    """All the episodes that were asked for are recorded."""


class Recorder(VectorWrapper):
    """Records a vector environment from its first reset, which it seeds: so many steps of every run, or episodes.

    Of an environment that tells its regret in `info["regret"]` it keeps, at every checkpoint,
    `regret` [num_envs, checkpoints], the cumulative pseudo-regret Σ_t Δ_{A_t} [notes 1.2], `reward`, the sum of
    rewards, where `info["optimal"]` tells it `optimal`, the share of the steps so far in which the best was played,
    and, where `reset` tells them, `arm_means` [num_envs, arms]. Of any other it keeps `returns` and `lengths`
    [num_envs, episodes], the sum of rewards and the steps of each episode that ended, NaN and 0 where a run had fewer
    episodes than another, `first_return` [num_envs], the discounted return of the first episode Σ_t γ^t R_t, as far as
    it came [notes 2.2], `reward_rate` [num_envs], the mean reward of a step, and, where observations are states,
    `visits` [1, states] by all runs.

    What a `judge` called x tells, if there is one, is kept as x [runs, points], at `x_at` [points], which are steps, or
    a run's episodes; the seconds that it takes are `aside`.

    `advance`, if given, is called now and then with the number of steps since the last time, or of episodes. The step
    after the last of so many `episodes` raises `Complete`. Raises `SettingError` where a reward or a regret is none,
    and where no episode ends for `PATIENCE` steps though `episodes` are to be recorded.
    """

    def __init__(
        self,
        env: VectorEnv,
        steps: int | None = None,
        episodes: int | None = None,
        seed: int | None = None,
        discount: float = 1.0,
        advance: Callable[[int], None] = lambda steps: None,
        judge: Judge | None = None,
    ) -> None:
        super().__init__(env)
        self.steps, self.episodes, self.seed, self.discount = steps, episodes, seed, discount
        self.advance, self.judge = advance, judge
        runs, space = env.num_envs, env.single_observation_space
        self.checkpoints = checkpoints(steps) if steps else np.empty(0, np.int64)
        self.marks = frozenset(self.checkpoints.tolist())
        self.step_count = self.told = 0
        self.regret: np.ndarray | None = None
        self.optimal = np.zeros(0)
        self.reward = np.zeros(runs)
        self.curves: dict[str, list[np.ndarray]] = {}
        self.instance: dict[str, np.ndarray] = {}

        self.first_state = int(space.start) if isinstance(space, Discrete) else None
        self.visits = np.zeros(space.n if isinstance(space, Discrete) else 1, np.int64)
        self.state, self.tally = np.zeros(runs, np.int64), np.zeros(runs, TALLY)
        self.tally["weight"] = 1
        self.returns, self.lengths = np.full((runs, episodes or 8), np.nan), np.zeros((runs, episodes or 8), np.int64)
        self.finished = self.last_end = 0
        self.last = runs * episodes if episodes else None

        self.judged_at = even(steps or episodes or 0, judge.points if judge else 0)
        self.judged_after = frozenset(self.judged_at.tolist())
        self.due = False
        self.asked = np.zeros(min(runs, judge.runs if judge else 0), np.int64)
        self.judged = np.full((len(self.asked), len(self.judged_at)), np.nan)
        self.aside = 0.0

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[Any, dict[str, Any]]:
        seed, self.seed = (self.seed if seed is None else seed), None
        observation, info = self.env.reset(seed=seed, options=options)
        self.observe(observation)
        self.instance = {key: info[key] for key in ("arm_means",) if key in info}
        return observation, info

    def observe(self, observation: Any) -> None:
        """Remember the states in which the next step begins."""
        if self.first_state is not None:
            self.state = observation - self.first_state if self.first_state else observation

    def step(self, actions: Any) -> tuple[Any, np.ndarray, np.ndarray, np.ndarray, dict[str, Any]]:
        if self.due:
            self.ask()
        if self.finished == self.last:
            raise Complete
        outcome = self.env.step(actions)
        if self.step_count != self.steps:
            observation, reward, terminated, truncated, info = outcome
            self.step_count += 1
            if "regret" in info:
                self.record_regret(actions, reward, info["regret"], info.get("optimal", NOT_TOLD))
            else:
                self.record_episodes(actions, reward, terminated, truncated)
                self.observe(observation)
            if self.step_count in self.marks:
                self.advance(self.step_count - self.told)
                self.told = self.step_count
        return outcome

    def record_regret(self, actions: np.ndarray, reward: np.ndarray, regret: np.ndarray, optimal: np.ndarray) -> None:
        if self.episodes:
            raise SettingError("episodes", self.episodes, "never end in a bandit; set steps")
        if self.regret is None:
            self.regret, self.optimal = np.zeros(len(regret)), np.zeros(len(optimal))
        now = np.ascontiguousarray(reward, float), np.ascontiguousarray(regret, float)
        if add(*now, np.ascontiguousarray(optimal, bool), self.reward, self.regret, self.optimal):
            bad = np.flatnonzero(~np.isfinite(self.reward + self.regret))[0]
            what = "regret" if np.isfinite(self.reward[bad]) else "reward"
            raise self.no_number(f"{what} that is not finite", f"after action {actions[bad]}")
        if self.step_count in self.marks:
            curves = {"regret": self.regret, "reward": self.reward}
            if len(self.optimal):
                curves["optimal"] = self.optimal / self.step_count
            for name, numbers in curves.items():
                self.curves.setdefault(name, []).append(numbers.copy())

    def record_episodes(
        self, actions: np.ndarray, reward: np.ndarray, terminated: np.ndarray, truncated: np.ndarray
    ) -> None:
        now = self.state, np.ascontiguousarray(reward, float), terminated, truncated
        ended, most, bad = record(*now, self.discount, self.visits, self.tally, self.returns, self.lengths)
        if bad >= 0:
            where = (
                f"in state {self.state[bad]} after action {actions[bad]}"
                if self.first_state is not None
                else "in a step"
            )
            raise self.no_number("reward that is not a number", where)
        if ended:
            self.finished, self.last_end = self.finished + ended, self.step_count
        self.due = ended > 0 if self.episodes else self.step_count in self.judged_after
        if self.episodes:
            self.advance(ended)
            if self.step_count - self.last_end >= PATIENCE:
                raise SettingError(
                    "episodes", self.episodes, f"no episode ended in {PATIENCE:,} steps; set steps instead"
                )
        elif most == self.returns.shape[1]:  # room for as many again
            self.returns = np.pad(self.returns, ((0, 0), (0, most)), constant_values=np.nan)
            self.lengths = np.pad(self.lengths, ((0, 0), (0, most)))

    def no_number(self, what: str, where: str) -> SettingError:
        """The error of a reward, or a regret, that is none."""
        return SettingError("env", type(self.env.unwrapped).__name__, f"gave a {what}, {where}")

    def ask(self) -> None:
        """Have the runs judged that have come to their next point."""
        if not self.judge:
            return
        come = self.tally["episodes"][: len(self.asked)] if self.episodes else self.step_count
        runs = np.flatnonzero(come >= np.append(self.judged_at, np.iinfo(np.int64).max)[self.asked])
        if len(runs):
            began = time.perf_counter()
            self.judged[runs, self.asked[runs]] = self.judge.judge(runs)
            self.asked[runs] += 1
            self.aside += time.perf_counter() - began

    def data(self) -> dict[str, np.ndarray]:
        """What was recorded, under the names above, and `steps` [checkpoints] of the curves."""
        if self.regret is not None:
            curves = {name: np.column_stack(curve) for name, curve in self.curves.items()}
            return {"steps": self.checkpoints, **curves, **self.instance}
        tally = self.tally
        most = tally["episodes"].max()
        data = {
            "returns": self.returns[:, :most],
            "lengths": self.lengths[:, :most],
            "first_return": tally["first_return"],
            "reward_rate": tally["all_rewards"] / np.maximum(self.lengths.sum(axis=1) + tally["length"], 1),
        }
        if self.first_state is not None:
            data["visits"] = self.visits[None]
        if self.judge:
            self.ask()
            data |= {self.judge.name: self.judged, f"{self.judge.name}_at": self.judged_at}
        return data


def stack(arrays: list[np.ndarray]) -> np.ndarray:
    """Runs under runs; those with fewer episodes than others are filled up with NaN or 0."""
    width = max(array.shape[-1] for array in arrays)
    if arrays[0].ndim == 1 or all(array.shape[1] == width for array in arrays):
        return np.concatenate(arrays) if len(arrays) > 1 else arrays[0]
    padding = np.nan if arrays[0].dtype.kind == "f" else 0
    return np.concatenate(
        [np.pad(array, ((0, 0), (0, width - array.shape[1])), constant_values=padding) for array in arrays]
    )
