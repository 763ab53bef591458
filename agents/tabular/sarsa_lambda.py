"""SARSA(λ)."""

from dataclasses import dataclass

import numpy as np

from rlnotes.agents.base.agent import Transition
from rlnotes.agents.tabular.base.traces import TraceAgent
from rlnotes.base.kernels import ConstBoolVector, ConstFloatVector, ConstIntVector, FloatCube, FloatVector, kernel


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
    error: FloatVector,
) -> None:
    """error ← δ in every run."""
    for run in range(len(state)):
        following = q[run, next_state[run], next_action[run]]
        target = reward[run] + (0.0 if terminated[run] else discount * following)
        error[run] = target - q[run, state[run], action[run]]


@dataclass
class SARSALambda(TraceAgent):
    """SARSA whose every step also changes earlier states and actions, older ones less.

    δ_t = R_t + γ Q(S_{t+1}, A_{t+1}) − Q(S_t, A_t);    E(S_t, A_t) is raised;
    Q ← Q + α δ_t E and E ← γ λ E for all states and actions

    λ = 0 is SARSA. Accumulating traces with λ = 1 and γ = 1 are every-visit Monte Carlo that learns during the episode.
    Source: Rummery & Niranjan (1994); Sutton & Barto (2nd ed.), section 12.7.
    """

    def improve(self, step: Transition) -> None:
        next_action, error = self.draw_next_action(step), np.empty(self.runs)
        compute_error(self.q, self.problem.discount, *step[:5], next_action, error)
        self.spread(step, error, cut=step.terminated | step.truncated)
