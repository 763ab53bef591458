"""Eligibility traces 资格迹 of linear weights."""

import numpy as np

from rlnotes.base.kernels import (
    ConstFloatVector,
    ConstIntVector,
    FloatCube,
    FloatMatrix,
    IntVector,
    UintMatrix,
    kernel,
)

KINDS = ("accumulating", "replacing", "dutch", "true_online")
LEAST = np.finfo(float).tiny
"""a trace below this becomes 0, since arithmetic with subnormal numbers is slow"""


@kernel()
def spread(
    w: FloatCube,
    z: FloatMatrix,
    listed: UintMatrix,
    count: IntVector,
    index: UintMatrix,
    value: FloatMatrix,
    column: ConstIntVector,
    alpha: ConstFloatVector,
    error: ConstFloatVector,
    gap: ConstFloatVector,
    rise: ConstFloatVector,
    fade: ConstFloatVector,
    kind: int,
) -> None:
    """Fade the trace z and raise it by x, then w ← w + α [(error + gap) z − gap x], in every run.

    First z ← fade z. Then, accumulating: z ← z + rise x; replacing: z ← x where x is not 0; dutch: z ← z + rise
    (1 − α zᵀ x) x. `z` and `listed` are [runs, size · columns]; the first `count` [runs] of `listed` are the entries
    of z that are not 0.
    """
    for run in range(len(error)):
        columns, a, n, k = np.uint64(w.shape[2]), np.uint64(column[run]), count[run], 0
        while k < n:
            entry = listed[run, k]
            faded = fade[run] * z[run, entry]
            z[run, entry] = faded if abs(faded) >= LEAST else 0.0
            if abs(faded) >= LEAST:
                k += 1
            else:
                n -= 1
                listed[run, k] = listed[run, n]
        gain = rise[run]
        if kind >= 2:
            overlap = 0.0
            for k in range(index.shape[1]):
                overlap += z[run, index[run, k] * columns + a] * value[run, k]
            gain *= 1 - alpha[run] * overlap
        for k in range(index.shape[1]):
            entry = index[run, k] * columns + a
            old = z[run, entry]
            new = value[run, k] if kind == 1 else old + gain * value[run, k]
            if old == 0 and new != 0:
                listed[run, n] = entry
                n += 1
            z[run, entry] = new
        count[run] = n
        step = alpha[run] * (error[run] + gap[run])
        for k in range(n):
            entry = listed[run, k]
            w[run, entry // columns, entry % columns] += step * z[run, entry]
        if gap[run] != 0:
            for k in range(index.shape[1]):
                w[run, index[run, k], a] -= alpha[run] * gap[run] * value[run, k]


class Traces:
    """Traces z of weights w [runs, size, columns]; `kind` is one of the `KINDS`."""

    def __init__(self, w: np.ndarray, kind: str) -> None:
        runs = len(w)
        self.w, self.kind = w, min(KINDS.index(kind), 2)
        self.z, self.listed = np.zeros((runs, w[0].size)), np.zeros((runs, w[0].size), np.uint64)
        self.count, self.none = np.zeros(runs, np.int64), np.zeros(runs)

    def spread(
        self,
        x: tuple[np.ndarray, np.ndarray],
        column: np.ndarray,
        alpha: np.ndarray,
        error: np.ndarray,
        fade: np.ndarray,
        gap: np.ndarray | None = None,
        rise: np.ndarray | None = None,
    ) -> None:
        """Fade the traces, raise those of the features `x` and learn from δ, the `error`; all but `x` are [runs]."""
        gap, rise = self.none if gap is None else gap, np.ones(len(error)) if rise is None else rise
        spread(self.w, self.z, self.listed, self.count, *x, column, alpha, error, gap, rise, fade, self.kind)
