"""Eligibility traces 资格迹: what a temporal difference teaches of the steps before."""

from dataclasses import dataclass

import numpy as np
from numba import float64, int64, njit, uint64, void

from rlnotes.agents.base.agent import Problem, Transition
from rlnotes.agents.tabular.base.signature import FLAGS, NUMBERS, REALS, TABLE
from rlnotes.agents.tabular.sarsa import SARSA
from rlnotes.base.errors import SettingError

KINDS = ("accumulating", "replacing", "dutch")
LEAST = np.finfo(float).tiny
"""below which a trace is taken for 0: arithmetic would be slow"""


@njit(void(TABLE, TABLE, uint64[:, ::1], int64[::1], REALS, REALS, NUMBERS, NUMBERS, FLAGS, float64, int64), cache=True)
def spread(q, trace, traced, count, alpha, error, state, action, cut, decay, kind):  # type: ignore[no-untyped-def]
    """Raise the trace of S, A; then Q ← Q + α δ E and E ← γ λ E for all, or E ← 0 where the traces are `cut`.

    `traced` [runs, states · actions] lists the pairs whose trace is not 0, `count` [runs] is their number.
    """
    actions = q.shape[2]
    for run in range(len(state)):
        s, a, n = np.uint64(state[run]), np.uint64(action[run]), count[run]
        old = trace[run, s, a]
        if old == 0:
            traced[run, n] = s * np.uint64(actions) + a
            n += 1
        trace[run, s, a] = 1.0 if kind == 1 else old + 1 if kind == 0 else (1 - alpha[run]) * old + 1
        step, factor = alpha[run] * error[run], 0.0 if cut[run] else decay
        k = 0
        while k < n:
            s, a = traced[run, k] // np.uint64(actions), traced[run, k] % np.uint64(actions)
            q[run, s, a] += step * trace[run, s, a]
            left = factor * trace[run, s, a]
            trace[run, s, a] = left if left >= LEAST else 0.0
            if left >= LEAST:
                k += 1
            else:
                n -= 1
                traced[run, k] = traced[run, n]
        count[run] = n


class Traces:
    """Traces E(s, a) of a table `q` [runs, states, actions], of a kind of `KINDS`."""

    def __init__(self, q: np.ndarray, kind: str) -> None:
        self.q, self.kind = q, KINDS.index(kind)
        self.trace = np.zeros_like(q)
        self.traced, self.held = np.zeros((len(q), q[0].size), np.uint64), np.zeros(len(q), np.int64)

    def spread(self, step: Transition, alpha: np.ndarray, error: np.ndarray, cut: np.ndarray, decay: float) -> None:
        """Raise the trace of the step; learn from its δ, the `error` [runs]; fade, or forget where they are `cut`."""
        traces = self.q, self.trace, self.traced, self.held
        spread(*(*traces, alpha, error, step.observation, step.action, cut, decay, self.kind))


@dataclass
class TraceAgent(SARSA):
    """An agent with a trace E(s, a) of each state and action, which every visit raises and every step fades.

    accumulating: E ← E + 1;    replacing: E ← 1;    dutch: E ← (1 − α) E + 1;    then E ← γ λ E
    """

    copies = 3

    decay: float = 0.9
    """decay λ of the traces, from 0 to 1; 0: none but of the last step"""

    traces: str = "accumulating"
    """accumulating, replacing or dutch"""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.require_no_count("alpha")
        self.require_probability("decay")
        if self.traces not in KINDS:
            raise SettingError("traces", self.traces, f"must be {', '.join(KINDS[:-1])} or {KINDS[-1]}")

    def begin(self, problem: Problem, rng: np.random.Generator) -> None:
        super().begin(problem, rng)
        self.eligible = Traces(self.q, self.traces)

    def spread(self, step: Transition, error: np.ndarray, cut: np.ndarray) -> None:
        """Learn from the temporal differences δ [runs]; forget the traces where they are `cut`."""
        self.eligible.spread(step, self.step_size, error, cut, self.problem.discount * self.decay)
