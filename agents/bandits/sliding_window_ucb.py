"""UCB on a sliding window of rewards, for arms that change."""

from dataclasses import dataclass
from math import ceil, inf, log, sqrt
from typing import Any

import numpy as np

from rlnotes.agents.bandits.base.bandit_agent import BanditAgent
from rlnotes.agents.bandits.base.scaled_agent import ScaledAgent
from rlnotes.agents.base.agent import Problem, Transition
from rlnotes.base.kernels import FloatMatrix, FloatVector, Int32Vector, IntMatrix, kernel
from rlnotes.base.memory_check import require_memory


@kernel()
def forget(
    counts: IntMatrix,
    total: FloatMatrix,
    mean: FloatMatrix,
    width: FloatMatrix,
    action: Int32Vector,
    reward: FloatVector,
) -> None:
    """Take an old `action` and its `reward` out of T, total, μ̂ and width of the arm, per run."""
    for run in range(len(action)):
        a = action[run]
        n, paid = counts[a, run] - 1, total[a, run] - reward[run]
        counts[a, run] = n
        total[a, run] = paid if n else 0.0
        mean[a, run] = paid / n if n else np.inf
        width[a, run] = np.sqrt(1 / n) if n else 0.0


@dataclass
class SlidingWindowUCB(ScaledAgent, BanditAgent):
    """UCB that uses only the last τ steps, for arms that change.

    A_t = argmax_i μ̂_i + 2σ √(ξ log min{t−1, τ} / T_i), T_i and μ̂_i the pulls and mean reward within the last τ steps;
    an arm without a pull in them comes first

    The source is for rewards within a range B and has B for 2σ: they are σ-subgaussian with σ = B/2.
    Source: Garivier & Moulines, On upper-confidence bound policies for switching bandit problems, ALT 2011 (and arXiv
    0805.3415).
    """

    window: int | None = None
    """steps τ, 1 or more; null: ⌈2 √(n log n)⌉, n the horizon, the source's choice for one change and σ = ½"""

    xi: float = 0.6
    """ξ, above 0; the source's bound needs ξ > 1/2"""

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.window is not None:
            self.require_whole("window", 1)
        self.require("xi", 0 < self.xi < inf, "must be a finite number above 0")

    def check(self, problem: Problem) -> None:
        super().check(problem)
        remembered = min(self.window or 1, problem.horizon or 1)
        require_memory("agent.window", self.window, 12 * remembered * problem.runs)

    def begin(self, problem: Problem, rng: np.random.Generator) -> None:
        super().begin(problem, rng)
        self.tau = max(1, ceil(2 * sqrt(self.n * log(self.n)))) if self.window is None else self.window
        shape = (min(self.tau, self.n), self.runs)  # a window longer than the run forgets nothing
        self.actions, self.rewards = np.zeros(shape, np.int32), np.zeros(shape)

    def act(self, observation: Any) -> np.ndarray:
        return self.argmax(bonus=2 * self.scale * sqrt(self.xi * log(max(1, min(self.t - 1, self.tau)))))

    def update(self, transition: Transition) -> None:
        row = (self.t - 1) % len(self.actions)
        if self.t > len(self.actions):
            forget(self.counts, self.total, self.mean, self.width, self.actions[row], self.rewards[row])
        self.actions[row], self.rewards[row] = transition.action, transition.reward
        super().update(transition)
