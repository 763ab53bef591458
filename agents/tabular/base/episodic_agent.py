"""The base class of agents that explore on purpose, in episodes of a known length."""

from dataclasses import dataclass

import numpy as np

from rlnotes.agents.base.agent import SET_LIMIT, Problem, ProblemError, Transition
from rlnotes.agents.base.kept_tables import kept
from rlnotes.agents.tabular.base.epsilon_greedy_policy import choose
from rlnotes.agents.tabular.base.tabular_agent import TabularAgent
from rlnotes.base.memory_check import require_memory
from rlnotes.base.record import Record


@dataclass
class EpisodicAgent(TabularAgent):
    """An agent that plays argmax_a Q_h(s, a) in step h of an episode of H steps.

    h = 0, …, H − 1, and H is the time limit. `q` is [runs, H · states, actions], with a row for each step and state.
    The return from step h on is at most `highest`_h. It lies in an interval of length
    `span`_h = B_h = Σ_{i < H−h} γ^i (largest − least reward). There the least reward is at most 0 and the largest at
    least 0. The time limit is an end: nothing follows its last step.
    """

    least_reward: float | None = None
    """least reward of a step; null: that of the environment's model"""

    largest_reward: float | None = None
    """largest reward of a step; null: that of the environment's model"""

    def __post_init__(self) -> None:
        super().__post_init__()
        for setting, value in (("least_reward", self.least_reward), ("largest_reward", self.largest_reward)):
            self.require(setting, value is None or bool(np.isfinite(value)), "must be a number, or null")

    def require_bonus(self, bonus: float, delta: float) -> None:
        """Raise `SettingError` if the setting `bonus` is negative or `delta` is not between 0 and 1."""
        self.require("bonus", 0 <= bonus < np.inf, "must be a number, 0 or more")
        self.require("delta", 0 < delta < 1, "must be between 0 and 1")

    def reward_range(self, problem: Problem) -> tuple[float, float]:
        """The least reward of a step, or 0 if that is less, and the largest, or 0 if that is more.

        0 counts since nothing follows the end of an episode.
        """
        least, largest = self.least_reward, self.largest_reward
        if problem.model:
            least = problem.model.least_reward if least is None else least
            largest = float(problem.model.reward.max()) if largest is None else largest
        if least is None or largest is None:
            raise ProblemError("needs agent.least_reward and agent.largest_reward, since there is no model")
        if least > largest:
            raise ProblemError(f"needs a least reward not above the largest, not {least} and {largest}")
        return min(least, 0.0), max(largest, 0.0)

    def check(self, problem: Problem) -> None:
        super().check(problem)
        if problem.time_limit is None:
            raise ProblemError(f"needs episodes of a known number H of steps: {SET_LIMIT}")
        self.reward_range(problem)

    def begin(self, problem: Problem, rng: np.random.Generator) -> None:
        super().begin(problem, rng)
        assert problem.time_limit
        self.horizon, (self.states, self.actions) = problem.time_limit, self.size(problem)
        self.least, self.largest = self.reward_range(problem)
        steps = np.cumsum(problem.discount ** np.arange(self.horizon))[::-1]  # Σ_{i < H−h} γ^i
        self.highest, self.span = self.largest * steps, (self.largest - self.least) * steps
        require_memory("env.time_limit", self.horizon, 16 * self.runs * self.horizon * self.states * self.actions)
        self.q = np.tile(self.table(0.0), (1, self.horizon, 1))
        self.q += np.repeat(self.highest, self.states)[:, None]
        self.h, self.no_exploration = np.zeros(self.runs, np.int64), np.zeros(self.runs)

    def row(self, state: np.ndarray) -> np.ndarray:
        """The rows of `q` for these states in the present step [runs]."""
        return self.h * self.states + state

    def choose(self, state: np.ndarray) -> np.ndarray:
        action = np.empty(self.runs, np.int64)
        choose(self.q, self.row(state), self.no_exploration, next(self.uniforms), action, self.every_run)
        return action

    def forbid(self, runs: np.ndarray, state: np.ndarray, action: np.ndarray) -> None:
        self.q.reshape(self.runs, self.horizon, self.states, self.actions)[runs, :, state, action] = -np.inf

    def update(self, transition: Transition) -> None:
        super().update(transition)
        self.h += 1
        self.h[transition.terminated | transition.truncated | (self.h == self.horizon)] = 0

    def iota(self, delta: float) -> float:
        """ι = log(states · actions · t / δ) after t steps."""
        return float(np.log(self.states * self.actions * max(self.t, 1) / delta))

    def report(self) -> Record:
        """`learned_value` [states], the mean over runs of max_a Q_0, and `learned_q`, Q_h of every step h."""
        by_step = self.q.reshape(self.runs, self.horizon, self.states, self.actions)
        return Record(learned_value=by_step[:, 0].max(axis=2).mean(axis=0), learned_q=kept(by_step))
