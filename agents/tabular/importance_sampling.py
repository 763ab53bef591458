"""Off-policy Monte Carlo prediction by importance sampling."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from rlnotes.agents.base.agent import Problem, Transition
from rlnotes.agents.base.predictor import chances, importance_ratios, require_coverage
from rlnotes.agents.tabular.monte_carlo_prediction import MonteCarloPrediction
from rlnotes.base.kernels import BoolMatrix, FloatMatrix, IntMatrix, IntVector, kernel

WEIGHTINGS = ("weighted", "ordinary")


@kernel()
def learn(
    v: FloatMatrix,
    weight_sum: FloatMatrix,
    states: IntMatrix,
    actions: IntMatrix,
    returns: FloatMatrix,
    length: IntVector,
    runs: IntVector,
    visited: BoolMatrix,
    ratio: FloatMatrix,
    weighted: bool,
    every_visit: bool,
) -> None:
    """Learn from the `returns` of the given `runs`, then empty the buffer; `ratio` is π/b [states, actions].

    `visited` is False outside this kernel.
    """
    rho = np.empty(states.shape[1])
    for i in range(len(runs)):
        run, product = runs[i], 1.0
        for t in range(length[run] - 1, -1, -1):
            product *= ratio[states[run, t], actions[run, t]]
            rho[t] = product
        for t in range(length[run]):
            s = states[run, t]
            if every_visit or not visited[run, s]:
                weight = rho[t] if weighted else 1.0
                weight_sum[run, s] += weight
                if weight_sum[run, s] > 0:
                    v[run, s] += (rho[t] * returns[i, t] - weight * v[run, s]) / weight_sum[run, s]
            visited[run, s] = True
        for t in range(length[run]):
            visited[run, states[run, t]] = False
        length[run] = 0


@dataclass
class ImportanceSampling(MonteCarloPrediction):
    """Average the returns of one policy while another plays, by importance sampling.

    ρ_t = Π_{k ≥ t} π(A_k|S_k) / b(A_k|S_k), over the steps until the end of the episode;
    weighted   C(S_t) ← C(S_t) + ρ_t,    V(S_t) ← V(S_t) + ρ_t / C(S_t) [G_t − V(S_t)]
    ordinary   N(S_t) ← N(S_t) + 1,      V(S_t) ← V(S_t) + 1 / N(S_t) [ρ_t G_t − V(S_t)]

    at the end of each episode, for the first visit of a state, or for each visit. Ordinary importance sampling is
    unbiased, but its variance may be infinite. Weighted importance sampling is biased, less and less, and varies less.
    Source: Sutton & Barto (2nd ed.), sections 5.5 and 5.6.
    """

    behaviour: Any = "uniform"
    """policy b that plays, in the forms of policy"""

    weighting: str = "weighted"
    """weighted or ordinary"""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.behaviour = self.policy_setting("behaviour")
        self.require_choice("weighting", WEIGHTINGS)
        self.require("alpha", self.alpha == "1/visits", "must be 1/visits: returns are averaged by their importance")

    def check(self, problem: Problem) -> None:
        super().check(problem)
        require_coverage(self.chances(problem), lambda: chances(self.behaviour, problem))

    def begin(self, problem: Problem, rng: np.random.Generator) -> None:
        super().begin(problem, rng)
        policy, behaviour = self.chances(problem), chances(self.behaviour, problem)
        self.policies, self.ratio = np.ascontiguousarray(behaviour.T), importance_ratios(policy, behaviour)
        self.weight_sum = np.zeros_like(self.v)

    def improve(self, step: Transition) -> None:
        self.episode.add(step)
        if len(ended := np.flatnonzero(step.terminated | step.truncated)):
            last_value = self.v[self.every_run, step.next_observation]
            returns = self.episode.returns(ended, step, last_value, self.problem.discount)
            steps = self.episode.states, self.episode.actions, returns, self.episode.length, ended, self.visited_now
            learn(self.v, self.weight_sum, *steps, self.ratio, self.weighting == "weighted", self.every_visit)
