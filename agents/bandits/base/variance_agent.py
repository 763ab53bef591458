"""The base of agents for bounded rewards that use the empirical variance of every arm."""

from dataclasses import dataclass
from math import inf

import numpy as np

from rlnotes.agents.bandits.base.bandit_agent import BanditAgent
from rlnotes.agents.base.agent import Problem, ProblemError, Transition
from rlnotes.base.kernels import FloatMatrix, FloatVector, IntMatrix, IntVector, kernel


@kernel()
def observe_deviation(
    counts: IntMatrix,
    mean: FloatMatrix,
    squares: FloatMatrix,
    deviation: FloatMatrix,
    action: IntVector,
    reward: FloatVector,
    low: float,
) -> None:
    """Σ(X − low)² and √(V/T) of the played arm, per run; call it after T and μ̂ are updated.

    V = Σ(X − low)²/T − (μ̂ − low)²; its rounding error is negligible beside the range of the rewards.
    """
    for run in range(len(action)):
        a, above = action[run], reward[run] - low
        squares[a, run] += above * above
        n, above = counts[a, run], mean[a, run] - low
        deviation[a, run] = np.sqrt(max(squares[a, run] / n - above * above, 0.0) / n)


@dataclass
class VarianceAgent(BanditAgent):
    """An agent that also stores the deviation √(V_i/T_i) of every mean, for rewards within a known range b.

    V_i is the mean square of the deviations of the rewards of arm i from μ̂_i. `deviation` is [arms, runs].
    """

    def check(self, problem: Problem) -> None:
        super().check(problem)
        low, high = problem.rewards.low, problem.rewards.high
        if not high - low < inf:
            raise ProblemError(f"needs bounded rewards, not from {low:g} to {high:g}")

    def begin(self, problem: Problem, rng: np.random.Generator) -> None:
        super().begin(problem, rng)
        self.low, self.b = problem.rewards.low, problem.rewards.high - problem.rewards.low
        self.squares, self.deviation = np.zeros((2, self.k, self.runs))

    def update(self, transition: Transition) -> None:
        super().update(transition)
        _, action, reward, *_ = transition
        observe_deviation(self.counts, self.mean, self.squares, self.deviation, action, reward, self.low)
