"""Eligibility traces 资格迹: how much a temporal difference changes the values of earlier steps."""

import numpy as np

from rlnotes.base.kernels import (
    ConstBoolVector,
    ConstFloatVector,
    ConstIntVector,
    FloatMatrix,
    IntVector,
    UintMatrix,
    kernel,
)

KINDS = ("accumulating", "replacing", "dutch")
LEAST = np.finfo(float).tiny
"""a trace below this becomes 0, since arithmetic with subnormal numbers is slow"""


@kernel()
def spread(
    table: FloatMatrix,
    trace: FloatMatrix,
    active: UintMatrix,
    active_count: IntVector,
    alpha: ConstFloatVector,
    error: ConstFloatVector,
    entry: ConstIntVector,
    cut: ConstBoolVector,
    decay: float,
    kind: int,
) -> None:
    """Raise the trace E of the visited entry. Then table ← table + α δ E and E ← γ λ E everywhere; E ← 0 if `cut`.

    `active` [runs, entries] lists the entries whose trace is not 0, `active_count` [runs] is their number.
    """
    for run in range(len(entry)):
        x, n = np.uint64(entry[run]), active_count[run]
        old = trace[run, x]
        if old == 0:
            active[run, n] = x
            n += 1
        trace[run, x] = 1.0 if kind == 1 else old + 1 if kind == 0 else (1 - alpha[run]) * old + 1
        step, factor = alpha[run] * error[run], 0.0 if cut[run] else decay
        k = 0
        while k < n:
            x = active[run, k]
            table[run, x] += step * trace[run, x]
            faded = factor * trace[run, x]
            trace[run, x] = faded if faded >= LEAST else 0.0
            if faded >= LEAST:
                k += 1
            else:
                n -= 1
                active[run, k] = active[run, n]
        active_count[run] = n


class Traces:
    """Traces E of the entries of a `table` [runs, entries], such as V(s) or Q(s, a).

    `kind` is one of the `KINDS`.
    """

    def __init__(self, table: np.ndarray, kind: str) -> None:
        self.table, self.kind = table, KINDS.index(kind)
        self.trace = np.zeros_like(table)
        self.active, self.active_count = np.zeros(table.shape, np.uint64), np.zeros(len(table), np.int64)

    def spread(self, entry: np.ndarray, alpha: np.ndarray, error: np.ndarray, cut: np.ndarray, decay: float) -> None:
        """Raise the trace of the `entry` [runs], learn from δ, the `error` [runs], and fade; forget if `cut`."""
        active, active_count = self.active, self.active_count
        spread(self.table, self.trace, active, active_count, alpha, error, entry, cut, decay, self.kind)
