"""The wrapper that measures every agent in the same way, in any training loop."""

from collections.abc import Callable
from time import perf_counter
from typing import TYPE_CHECKING, Any

import numpy as np
from gymnasium.spaces import Discrete
from gymnasium.vector import VectorEnv, VectorWrapper

from rlnotes.agents.base.agent import SET_LIMIT
from rlnotes.base.elements import Elements, as_array
from rlnotes.base.errors import SettingError
from rlnotes.base.record import Record
from rlnotes.envs.base.actions import ActionError
from rlnotes.envs.base.checked_env import CheckedEnv, checked
from rlnotes.simulation.episode_log import EpisodeLog
from rlnotes.simulation.evaluation import Evaluation, EvaluationLog
from rlnotes.simulation.regret_log import RegretLog

if TYPE_CHECKING:
    from rlnotes.simulation.step_log import StepLog

PATIENCE = 100_000
"""default number of steps in which no episode of any run ends, after which a recorder gives up"""


def recorded_steps(steps: int) -> np.ndarray:
    """About 200 steps of 1, …, `steps` at which to record: half of them even on a linear axis, half on a log axis."""
    if steps <= 200:
        return np.arange(1, steps + 1)
    linear, log = np.linspace(1, steps, 101), np.geomspace(1, steps, 141)
    return np.unique(np.rint(np.concatenate([linear, log])).astype(np.int64))


def record_size(steps: int | None, episodes: int | None, with_regret: bool, arms: int) -> int:
    """Bytes that the record of one run has at least."""
    if episodes:
        return 16 * episodes
    return 24 * len(recorded_steps(steps)) + 8 * arms if steps and with_regret else 16


class Complete(BaseException):
    """Raised by a step after all episodes of all runs are recorded."""


class Recorder(VectorWrapper):
    """Records a vector environment from its first reset, which it seeds: `steps` of every run, or `episodes`.

    An environment that gives `info["regret"]` goes into the `RegretLog`, any other into the `EpisodeLog`; an
    `evaluation`, if given, is made at its points. A `step_log`, if given, gets every step. `record()` returns
    everything. `advance` is called from time to time with the number of steps, or of episodes, since its last call.
    `began` is the time of the first step.

    The step after the last of all `episodes` raises `Complete`. Raises `SettingError` if a reward, a total of regret
    or of reward is not finite, or no episode ends for `patience` steps although `episodes` are to be recorded;
    `ActionError` if the actions are wrong.
    """

    def __init__(
        self,
        env: VectorEnv,
        steps: int | None = None,
        episodes: int | None = None,
        seed: int | None = None,
        discount: float = 1.0,
        advance: Callable[[int], None] = lambda steps: None,
        evaluation: Evaluation | None = None,
        patience: int | None = None,
        step_log: "StepLog | None" = None,
    ) -> None:
        super().__init__(checked(env))
        self.foreign, self.finite = isinstance(self.env, CheckedEnv), isinstance(env.single_action_space, Discrete)
        self.one_per_run = (env.num_envs,)  # here, since the wrapper's attribute is slow
        self.actions = Elements("action", env.single_action_space, env.num_envs)
        self.steps, self.episodes, self.seed, self.advance = steps, episodes, seed, advance
        self.patience = PATIENCE if patience is None else patience
        self.recorded_steps = recorded_steps(steps) if steps else np.empty(0, np.int64)
        self.marks = frozenset(self.recorded_steps.tolist())
        self.step_count = self.reported = 0
        self.began = perf_counter()
        self.arm_means: np.ndarray | None = None
        self.regret_log: RegretLog | None = None
        self.episode_log = EpisodeLog(env.num_envs, env.single_observation_space, episodes, discount)
        self.step_log = step_log
        self.ended = self.last_end = 0
        self.all_episodes = env.num_envs * episodes if episodes else None
        self.watch: Callable[[Recorder], None] | None = None  # reads the record where another point of it is complete
        self.repeats, self.watched_parts = False, 0
        self.evaluations, self.due = EvaluationLog(evaluation, env.num_envs, steps or episodes or 0), False

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[Any, dict[str, Any]]:
        seed, self.seed = (self.seed if seed is None else seed), None
        observation, info = self.env.reset(seed=seed, options=options)
        self.episode_log.observe(observation)
        self.arm_means = info.get("arm_means")
        if self.step_log:
            self.step_log.begin(observation, info)
        if self.step_count == 0:
            self.began = perf_counter()
        return observation, info

    def step(self, actions: Any) -> tuple[Any, np.ndarray, np.ndarray, np.ndarray, dict[str, Any]]:
        if self.due:
            self.evaluate()
        if self.ended == self.all_episodes:
            raise Complete
        given = actions if isinstance(actions, np.ndarray) else as_array(actions)
        if self.foreign or (self.finite and (given.shape != self.one_per_run or given.dtype.kind not in "iub")):
            self.require_actions(actions)
        try:
            outcome = self.env.step(actions)
        except Exception:
            self.require_actions(actions)
            raise
        if self.step_count != self.steps:
            observation, reward, terminated, truncated, info = outcome
            self.step_count += 1
            if self.step_log:
                self.step_log.add(given, outcome)
            if "regret" in info:
                self.record_regret(actions, reward, info)
            else:
                self.record_episodes(actions, reward, terminated, truncated)
                self.episode_log.observe(observation)
            if self.step_count in self.marks:
                self.advance(self.step_count - self.reported)
                self.reported = self.step_count
            if self.watch and self.has_new_point:
                self.watch(self)
        return outcome

    @property
    def has_new_point(self) -> bool:
        """Whether this is a recorded step, or another 200th of all episodes has ended."""
        if not self.all_episodes:
            return self.step_count in self.marks
        before, self.watched_parts = self.watched_parts, 200 * self.ended // self.all_episodes
        return self.watched_parts > before

    def require_actions(self, actions: Any) -> None:
        """Raise `ActionError` unless there is one action of the action space per run."""
        if fault := self.actions.fault(as_array(actions), self.step_count + 1):
            raise ActionError(fault)

    def record_regret(self, actions: np.ndarray, reward: np.ndarray, info: dict[str, Any]) -> None:
        """Add a step of every run to the log of regret."""
        if self.episodes:
            raise SettingError("episodes", self.episodes, "never end in a bandit; set steps")
        if self.regret_log is None:
            space = self.env.single_action_space
            arms = (int(space.n), int(space.start)) if isinstance(space, Discrete) else ()
            self.regret_log = RegretLog(len(reward), "optimal" in info, *arms)
        log = self.regret_log
        if log.add(actions, reward, info):
            bad = np.flatnonzero(~np.isfinite(log.reward + log.regret))[0]
            what = "regret" if np.isfinite(log.reward[bad]) else "reward"
            value = (info["regret"] if what == "regret" else reward)[bad]
            raise not_finite(self.env, what, value, f"after action {actions[bad]}")
        if self.step_count in self.marks:
            log.mark(self.step_count)

    def record_episodes(
        self, actions: np.ndarray, reward: np.ndarray, terminated: np.ndarray, truncated: np.ndarray
    ) -> None:
        """Add a step of every run to the log of episodes; find out whether an evaluation is due."""
        log = self.episode_log
        ended, bad = log.add(reward, terminated, truncated)
        if bad >= 0:
            known = log.first_state is not None
            where = f"in state {log.state[bad]} after action {actions[bad]}" if known else f"in step {self.step_count}"
            raise not_finite(self.env, "reward", reward[bad], where)
        if ended:
            self.ended, self.last_end = self.ended + ended, self.step_count
        self.due = ended > 0 if self.episodes else self.step_count in self.evaluations.after
        if self.episodes:
            self.advance(ended)
            if self.step_count - self.last_end >= self.patience:
                what = f"no episode ended in {self.patience:,} steps; {SET_LIMIT}"
                raise SettingError("episodes", self.episodes, what)

    def evaluate(self) -> None:
        """Evaluate the runs that have reached their next point."""
        self.evaluations.evaluate(
            self.episode_log.episodes[: len(self.evaluations.done)] if self.episodes else self.step_count
        )

    def record(self) -> Record:
        """Everything that was recorded."""
        if self.regret_log:
            record = self.regret_log.record(self.recorded_steps)
            if self.arm_means is not None:
                record["arm_means"] = self.arm_means
            return record
        self.evaluate()
        return self.episode_log.record() | self.evaluations.record()


def not_finite(env: VectorEnv, what: str, value: float, where: str) -> SettingError:
    """The error for a reward or regret that is not finite, or makes its total so."""
    name = env.name if isinstance(env, CheckedEnv) else type(env.unwrapped).__name__
    return SettingError("env", name, f"gave {what} {value} {where}; it and its total must be finite")
