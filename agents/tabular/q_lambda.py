"""Watkins's Q(λ)."""

from dataclasses import dataclass

import numpy as np

from rlnotes.agents.base.agent import Transition
from rlnotes.agents.tabular.base.trace_agent import TraceAgent
from rlnotes.base.kernels import (
    BoolVector,
    ConstBoolVector,
    ConstFloatVector,
    ConstIntVector,
    FloatCube,
    FloatVector,
    IntVector,
    kernel,
)


@kernel()
def compute_error(
    q: FloatCube,
    discount: float,
    state: ConstIntVector,
    action: ConstIntVector,
    reward: ConstFloatVector,
    next_state: ConstIntVector,
    terminated: ConstBoolVector,
    next_action: ConstIntVector,
    entry: IntVector,
    error: FloatVector,
    explored: BoolVector,
) -> None:
    """error ← δ, entry ← s · actions + a, and explored ← whether the next action is not greedy, in every run."""
    for run in range(len(state)):
        best = -np.inf
        for a in range(q.shape[2]):
            value = q[run, next_state[run], a]
            best = value if value > best else best
        target = reward[run] + (0.0 if terminated[run] else discount * best)
        s, a = state[run], action[run]
        entry[run], error[run] = s * q.shape[2] + a, target - q[run, s, a]
        explored[run] = q[run, next_state[run], next_action[run]] < best


@dataclass
class QLambda(TraceAgent):
    """Q-learning that also updates earlier steps, back to the last non-greedy action.

    δ_t = R_t + γ max_a Q(S_{t+1}, a) − Q(S_t, A_t);    E(S_t, A_t) is raised;
    Q ← Q + α δ_t E for all states and actions; E ← γ λ E if A_{t+1} is greedy, else E ← 0

    λ = 0 is Q-learning.
    Source: Watkins (1989); Sutton & Barto (2nd ed.), section 12.10.
    """

    def improve(self, step: Transition) -> None:
        next_action = self.draw_next_action(step)
        entry, error, explored = np.empty(self.runs, np.int64), np.empty(self.runs), np.empty(self.runs, bool)
        compute_error(self.q, self.problem.discount, *step[:5], next_action, entry, error, explored)
        self.spread(entry, error, cut=explored | step.terminated | step.truncated)
