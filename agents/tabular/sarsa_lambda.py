"""SARSA(λ)."""

from dataclasses import dataclass

import numpy as np
from numba import float64, njit, void

from rlnotes.agents.base.agent import Transition
from rlnotes.agents.tabular.base.signature import NUMBERS, STEP, TABLE
from rlnotes.agents.tabular.base.traces import TraceAgent


@njit(void(TABLE, float64, *STEP, NUMBERS, float64[::1]), cache=True)
def compare(q, discount, state, action, reward, next_state, terminated, next_action, error):  # type: ignore[no-untyped-def]
    for run in range(len(state)):
        following = 0.0 if terminated[run] else discount * q[run, next_state[run], next_action[run]]
        error[run] = reward[run] + following - q[run, state[run], action[run]]


@dataclass
class SARSALambda(TraceAgent):
    """SARSA whose every step teaches the steps before it, the less the longer ago.

    δ_t = R_t + γ Q(S_{t+1}, A_{t+1}) − Q(S_t, A_t);    E(S_t, A_t) is raised;
    Q ← Q + α δ_t E and E ← γ λ E for all states and actions

    λ = 0 is SARSA; accumulating traces with λ = 1 and γ = 1 are every-visit Monte Carlo, but for learning on the way.
    Source: Rummery & Niranjan (1994); Sutton & Barto (2nd ed.), section 12.7.
    """

    def improve(self, step: Transition) -> None:
        next_action, error = self.following(step), np.empty(self.runs)
        compare(self.q, self.problem.discount, *step[:5], next_action, error)
        self.spread(step, error, cut=step.terminated | step.truncated)
