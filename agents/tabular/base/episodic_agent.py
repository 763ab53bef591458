"""What agents have in common that explore on purpose, in episodes of a known length."""

from dataclasses import dataclass

import numpy as np

from rlnotes.agents.base.agent import Problem, ProblemError, Transition
from rlnotes.agents.tabular.base.epsilon_greedy_policy import choose
from rlnotes.agents.tabular.base.tabular_agent import TabularAgent
from rlnotes.base.errors import SettingError
from rlnotes.base.memory_check import require
from rlnotes.base.record import Record


@dataclass
class EpisodicAgent(TabularAgent):
    """An agent that acts by argmax_a Q_h(s, a) in step h = 0, …, H − 1 of an episode; H is the time limit.

    `q` is [runs, H · states, actions]: a state is another at every step. What an episode may yield from step h on lies
    within a span of B_h = Σ_{i < H−h} γ^i (largest − least reward, either of them or 0) and is at most `highest` [H].
    The time limit is the end here: nothing follows its last step.
    """

    least_reward: float | None = None
    """least reward of a step; null: as the environment's model has it"""

    largest_reward: float | None = None
    """largest reward of a step; null: as the environment's model has it"""

    def __post_init__(self) -> None:
        for setting in ("least_reward", "largest_reward"):
            value = getattr(self, setting)
            if value is not None and not np.isfinite(value):
                raise SettingError(setting, value, "must be a number, or null")

    def require_bonus(self, bonus: float, delta: float) -> None:
        """Raise `SettingError` where a bonus is negative, or a probability δ not between 0 and 1."""
        if not 0 <= bonus < np.inf:
            raise SettingError("bonus", bonus, "must be a number, 0 or more")
        if not 0 < delta < 1:
            raise SettingError("delta", delta, "must be between 0 and 1")

    def rewards(self, problem: Problem) -> tuple[float, float]:
        """The least and the largest reward of a step, or 0; of what ends, nothing follows."""
        least, largest = self.least_reward, self.largest_reward
        if problem.model:
            least = problem.model.least_reward if least is None else least
            largest = float(problem.model.reward.max()) if largest is None else largest
        if least is None or largest is None:
            raise ProblemError("needs agent.least_reward and agent.largest_reward, which the environment does not tell")
        if least > largest:
            raise ProblemError(f"needs a least reward not above the largest, not {least} and {largest}")
        return min(least, 0.0), max(largest, 0.0)

    def check(self, problem: Problem) -> None:
        super().check(problem)
        if problem.time_limit is None:
            what = "env.time_limit, or an id that Gymnasium has with a limit"
            raise ProblemError(f"needs episodes of a known number H of steps: {what}")
        self.rewards(problem)

    def begin(self, problem: Problem, rng: np.random.Generator) -> None:
        super().begin(problem, rng)
        assert problem.time_limit
        self.horizon, (self.states, self.actions) = problem.time_limit, self.size(problem)
        self.least, self.largest = self.rewards(problem)
        steps = np.cumsum(problem.discount ** np.arange(self.horizon))[::-1]
        self.highest, self.span = self.largest * steps, (self.largest - self.least) * steps
        require("env.time_limit", self.horizon, 16 * self.runs * self.horizon * self.states * self.actions)
        self.q = np.tile(self.table(0.0), (1, self.horizon, 1))
        self.q += np.repeat(self.highest, self.states)[:, None]
        self.h, self.never = np.zeros(self.runs, np.int64), np.zeros(self.runs)

    def place(self, state: np.ndarray) -> np.ndarray:
        """Where `q` has the state of the present step [runs]."""
        return self.h * self.states + state

    def choose(self, state: np.ndarray) -> np.ndarray:
        action = np.empty(self.runs, np.int64)
        choose(self.q, self.place(state), self.never, next(self.uniforms), action, self.all)
        return action

    def update(self, transition: Transition) -> None:
        super().update(transition)
        self.h += 1
        self.h[transition.terminated | transition.truncated | (self.h == self.horizon)] = 0

    def confidence(self, delta: float) -> float:
        """ι = log(states · actions · t / δ) after t steps"""
        return float(np.log(self.states * self.actions * max(self.t, 1) / delta))

    def report(self) -> Record:
        """Of all runs `learned_value` [states], the mean of max_a Q_0."""
        return Record(learned_value=self.q[:, : self.states].max(axis=2).mean(axis=0))
