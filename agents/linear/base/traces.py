"""Eligibility traces 资格迹 of linear weights."""

from dataclasses import dataclass

import numpy as np

from rlnotes.agents.linear.base.basis import Active
from rlnotes.agents.linear.base.gradient_agent import GradientAgent
from rlnotes.base.kernels import (
    ConstFloatVector,
    ConstIntVector,
    FloatMatrix,
    IntVector,
    UintMatrix,
    kernel,
)

KINDS = ("accumulating", "replacing", "dutch", "true_online")
REPLACING, DUTCH = 1, 2
LEAST = np.finfo(float).tiny
"""a trace below this becomes 0, since arithmetic with subnormal numbers is slow"""


@kernel()
def spread(
    w: FloatMatrix,
    z: FloatMatrix,
    listed: UintMatrix,
    count: IntVector,
    columns: int,
    index: UintMatrix,
    value: FloatMatrix,
    column: ConstIntVector,
    alpha: ConstFloatVector,
    error: ConstFloatVector,
    gap: ConstFloatVector,
    fade: ConstFloatVector,
    kind: int,
) -> None:
    """Fade the trace z and raise it by x, then w ← w + α [(error + gap) z − gap x], in every run.

    First z ← fade z. Then, accumulating: z ← z + x; replacing: z ← x where x is not 0; dutch: z ← z + (1 − α zᵀ x) x.
    `w`, `z` and `listed` are [runs, size · columns]; the first `count` [runs] of `listed` are the entries of z that
    are not 0.
    """
    width = np.uint64(columns)
    for run in range(len(error)):
        a, n, k, overlap = np.uint64(column[run]), count[run], 0, 0.0
        step = alpha[run] * (error[run] + gap[run])
        while k < n:
            entry = listed[run, k]
            faded = fade[run] * z[run, entry]
            if abs(faded) >= LEAST:
                z[run, entry] = faded
                w[run, entry] += step * faded
                k += 1
            else:
                z[run, entry] = 0.0
                n -= 1
                listed[run, k] = listed[run, n]
        if kind == DUTCH:
            for k in range(index.shape[1]):
                overlap += z[run, index[run, k] * width + a] * value[run, k]
        for k in range(index.shape[1]):
            entry, x = index[run, k] * width + a, value[run, k]
            old = z[run, entry]
            new = x if kind == REPLACING and x != 0 else old + (1 - alpha[run] * overlap) * x
            if old == 0 and new != 0:
                listed[run, n] = entry
                n += 1
            z[run, entry] = new
            w[run, entry] += step * (new - old) - alpha[run] * gap[run] * x
        count[run] = n


class Traces:
    """Traces z of weights w [runs, size, columns]; `kind` is one of the `KINDS`."""

    def __init__(self, w: np.ndarray, kind: str) -> None:
        self.w, self.columns, self.kind = w.reshape(len(w), -1), w.shape[2], min(KINDS.index(kind), DUTCH)
        self.z, self.listed = np.zeros(self.w.shape), np.zeros(self.w.shape, np.uint64)
        self.count, self.no_gap = np.zeros(len(w), np.int64), np.zeros(len(w))

    def spread(
        self,
        x: Active,
        column: np.ndarray,
        alpha: np.ndarray,
        error: np.ndarray,
        fade: np.ndarray,
        gap: np.ndarray | None = None,
    ) -> None:
        """Fade the traces, raise those of the features `x` and learn from δ, the `error`; all but `x` are [runs]."""
        steps = alpha, error, self.no_gap if gap is None else gap, fade
        spread(self.w, self.z, self.listed, self.count, self.columns, *x, column, *steps, self.kind)


@dataclass
class TraceAgent(GradientAgent):
    """An agent whose traces fade by γ λ in every step."""

    copies = 3

    decay: float = 0.9
    """decay λ of the trace, from 0 to 1"""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.require_probability("decay")

    def fade(self, begun: np.ndarray) -> np.ndarray:
        """γ λ, or 0 in the runs that have `begun` an episode [runs]."""
        found: np.ndarray = self.problem.discount * self.decay * ~begun
        return found
