"""Watkins's Q(λ)."""

from dataclasses import dataclass

import numpy as np
from numba import boolean, float64, njit, void

from rlnotes.agents.base.agent import Transition
from rlnotes.agents.tabular.base.signature import NUMBERS, STEP, TABLE
from rlnotes.agents.tabular.base.traces import TraceAgent


@njit(void(TABLE, float64, *STEP, NUMBERS, float64[::1], boolean[::1]), cache=True)
def compare(q, discount, state, action, reward, next_state, terminated, next_action, error, explored):  # type: ignore[no-untyped-def]
    for run in range(len(state)):
        best = -np.inf
        for a in range(q.shape[2]):
            value = q[run, next_state[run], a]
            best = value if value > best else best
        following = 0.0 if terminated[run] else discount * best
        error[run] = reward[run] + following - q[run, state[run], action[run]]
        explored[run] = q[run, next_state[run], next_action[run]] < best


@dataclass
class QLambda(TraceAgent):
    """Q-learning whose steps teach those before, back to one that was not greedy.

    δ_t = R_t + γ max_a Q(S_{t+1}, a) − Q(S_t, A_t);    E(S_t, A_t) is raised;
    Q ← Q + α δ_t E for all states and actions; E ← γ λ E where A_{t+1} is greedy, else E ← 0

    λ = 0 is Q-learning.
    Source: Watkins (1989); Sutton & Barto (2nd ed.), section 12.10.
    """

    def improve(self, step: Transition) -> None:
        next_action, error, explored = self.following(step), np.empty(self.runs), np.empty(self.runs, bool)
        compare(self.q, self.problem.discount, *step[:5], next_action, error, explored)
        self.spread(step, error, cut=explored | step.terminated | step.truncated)
