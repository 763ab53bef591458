"""SARSA(λ)."""

from dataclasses import dataclass

import numpy as np

from rlnotes.agents.base.agent import Transition
from rlnotes.agents.tabular.base.trace_agent import TraceAgent
from rlnotes.base.kernels import (
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
) -> None:
    """error ← δ and entry ← s · actions + a, in every run."""
    for run in range(len(state)):
        following = q[run, next_state[run], next_action[run]]
        target = reward[run] + (0.0 if terminated[run] else discount * following)
        s, a = state[run], action[run]
        entry[run], error[run] = s * q.shape[2] + a, target - q[run, s, a]


@dataclass
class SARSALambda(TraceAgent):
    """SARSA that also updates earlier states and actions, older ones less.

    δ_t = R_t + γ Q(S_{t+1}, A_{t+1}) − Q(S_t, A_t);    E(S_t, A_t) is raised;
    Q ← Q + α δ_t E and E ← γ λ E for all states and actions

    λ = 0 is SARSA. Accumulating traces with λ = 1 and γ = 1 are every-visit Monte Carlo that learns during the episode.
    Source: Rummery & Niranjan (1994); Sutton & Barto (2nd ed.), section 12.7.
    """

    def improve(self, step: Transition) -> None:
        next_action = self.draw_next_action(step)
        entry, error = np.empty(self.runs, np.int64), np.empty(self.runs)
        compute_error(self.q, self.problem.discount, *step[:5], next_action, entry, error)
        self.spread(entry, error, cut=step.terminated | step.truncated)
