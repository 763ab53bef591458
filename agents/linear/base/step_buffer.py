"""The step buffer of linear agents that learn from returns of several steps."""

from dataclasses import dataclass

import numpy as np

from rlnotes.agents.base.agent import SET_LIMIT, Problem, Transition
from rlnotes.agents.linear.base.basis import Active
from rlnotes.agents.linear.base.gradient_agent import GradientAgent
from rlnotes.base.errors import SettingError
from rlnotes.base.kernels import (
    ConstBoolVector,
    ConstFloatVector,
    ConstIntVector,
    FloatCube,
    FloatMatrix,
    FloatVector,
    IntMatrix,
    IntVector,
    UintCube,
    UintMatrix,
    kernel,
)
from rlnotes.base.memory_check import require_memory

ROOM, LONGEST = 64, 2**16
"""steps of an episode that fit before the arrays grow, and the most that an episode may have"""


@kernel()
def learn(
    w: FloatCube,
    indices: UintCube,
    values: FloatCube,
    columns: IntMatrix,
    rewards: FloatMatrix,
    alphas: FloatMatrix,
    length: IntVector,
    index: UintMatrix,
    value: FloatMatrix,
    column: ConstIntVector,
    reward: ConstFloatVector,
    following: ConstFloatVector,
    alpha: ConstFloatVector,
    discount: float,
    n: int,
    ended: ConstBoolVector,
    error: FloatVector,
) -> None:
    """Store a step, and learn from the step n − 1 steps ago, or at the end of an episode from all that remain.

    `following` is γ times the value after the step, and 0 if nothing follows; `error` becomes the last one of a run.
    """
    room, active = columns.shape[1], index.shape[1]
    targets = np.empty(room)
    for run in range(len(reward)):
        t = length[run]
        now = t % room
        for k in range(active):
            indices[run, now, k], values[run, now, k] = index[run, k], value[run, k]
        columns[run, now], rewards[run, now], alphas[run, now] = column[run], reward[run], alpha[run]
        length[run] = t + 1
        error[run] = 0.0
        if t + 1 < n and not ended[run]:
            continue
        first = max(t + 1 - n, 0)
        target = rewards[run, now] + following[run]
        targets[now] = target
        for i in range(t - 1, first - 1, -1):
            target = rewards[run, i % room] + discount * target
            targets[i % room] = target
        for i in range(first, t + 1 if ended[run] else first + 1):
            at = i % room
            a, total = columns[run, at], 0.0
            for k in range(active):
                total += w[run, indices[run, at, k], a] * values[run, at, k]
            error[run] = targets[at] - total
            for k in range(active):
                w[run, indices[run, at, k], a] += alphas[run, at] * error[run] * values[run, at, k]
        if ended[run]:
            length[run] = 0


class StepBuffer:
    """The features, columns, rewards and step sizes of the last n steps of each run's episode; of all if n is None.

    Step i is at i modulo the room. Raises `SettingError` if it does not fit into memory, or an episode has more than
    `LONGEST` steps and all are needed.
    """

    def __init__(self, runs: int, active: int, n: int | None = None) -> None:
        self.n, room = n, ROOM if n is None else n
        require_memory("runs" if n is None else "agent.n", runs if n is None else n, 16 * runs * room * (active + 2))
        self.indices, self.values = np.zeros((runs, room, active), np.uint64), np.zeros((runs, room, active))
        self.columns, self.length = np.zeros((runs, room), np.int64), np.zeros(runs, np.int64)
        self.rewards, self.alphas = np.zeros((2, runs, room))

    def learn(self, agent: GradientAgent, step: Transition, column: np.ndarray, following: np.ndarray) -> np.ndarray:
        """Store a step of every run and learn; returns the last error of every run [runs].

        `following` [runs] is γ times the value after the step, and 0 if nothing follows.
        """
        if self.n is None and self.length.max() == self.columns.shape[1]:
            self.double_room()
        steps = self.indices, self.values, self.columns, self.rewards, self.alphas, self.length
        now = *agent.x, column, step.reward, following, agent.step_size
        n, error = LONGEST + 1 if self.n is None else self.n, np.empty(agent.runs)
        learn(agent.w, *steps, *now, agent.problem.discount, n, step.terminated | step.truncated, error)
        return error

    def double_room(self) -> None:
        """Make room for twice as many steps."""
        runs, room, active = self.values.shape
        if room >= LONGEST:
            reason = f"an episode took more than {LONGEST:,} steps, and nothing is learned before its end"
            raise SettingError("env.time_limit", "null", f"{reason}; {SET_LIMIT}")
        require_memory("runs", runs, 32 * runs * room * (active + 1))
        wider = (0, 0), (0, room)
        self.indices, self.values = np.pad(self.indices, (*wider, (0, 0))), np.pad(self.values, (*wider, (0, 0)))
        self.columns, self.rewards = np.pad(self.columns, wider), np.pad(self.rewards, wider)
        self.alphas = np.pad(self.alphas, wider)


class ScoreBuffer(StepBuffer):
    """All steps of each run's episode, with the factors of x in ∇ log π(A|S) [runs, room, columns]."""

    def __init__(self, runs: int, active: int, columns: int) -> None:
        super().__init__(runs, active)
        self.scores, self.every_run = np.zeros((runs, ROOM, columns)), np.arange(runs)

    def store(self, x: Active, score: np.ndarray, reward: np.ndarray, alpha: np.ndarray) -> None:
        """Store a step of every run."""
        if self.length.max() == self.columns.shape[1]:
            self.double_room()
            self.scores = np.pad(self.scores, ((0, 0), (0, self.scores.shape[1]), (0, 0)))
        now = self.every_run, self.length
        self.indices[now], self.values[now], self.scores[now] = *x, score
        self.rewards[now], self.alphas[now] = reward, alpha
        self.length += 1


@dataclass
class NStepAgent(GradientAgent):
    """An agent that learns from returns of n steps."""

    n: int = 4
    """steps n, 1 or more"""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.require_whole("n", 1)

    def begin(self, problem: Problem, rng: np.random.Generator) -> None:
        super().begin(problem, rng)
        self.buffer = StepBuffer(self.runs, self.basis.active, self.n)
