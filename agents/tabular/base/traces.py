"""Eligibility traces 资格迹: how much a temporal difference changes the values of earlier steps."""

import numpy as np

from rlnotes.base.kernels import (
    ConstBoolVector,
    ConstFloatVector,
    ConstIntVector,
    FloatMatrix,
    IntVector,
    Uint32Matrix,
    kernel,
)

KINDS = ("accumulating", "replacing", "dutch")
LEAST = np.finfo(float).tiny
"""a trace below this becomes 0, since arithmetic with subnormal numbers is slow"""


@kernel()
def spread(
    table: FloatMatrix,
    trace: FloatMatrix,
    active: Uint32Matrix,
    place: Uint32Matrix,
    active_count: IntVector,
    alpha: ConstFloatVector,
    error: ConstFloatVector,
    entry: ConstIntVector,
    cut: ConstBoolVector,
    decay: float,
    kind: int,
) -> None:
    """Raise the trace E of the visited entry. Then table ← table + α δ E and E ← γ λ E everywhere; E ← 0 if `cut`.

    The traces that are not 0 lie side by side: trace[run, k] belongs to the entry active[run, k], for k below
    active_count[run]. place[run, x] is the k of an entry x that has a trace, and any number for another entry.
    """
    places = np.empty(len(entry), np.uint64)
    for run in range(len(entry)):  # a loop that only reads, so that the CPU fetches many rows from memory at once
        places[run] = place[run, np.uint64(entry[run])]
    for run in range(len(entry)):
        x, n = np.uint64(entry[run]), active_count[run]
        at = places[run]
        if at >= np.uint64(n) or active[run, at] != x:
            at = np.uint64(n)
            trace[run, at], active[run, at], place[run, x] = 0.0, x, at
            n += 1
        old = trace[run, at]
        trace[run, at] = 1.0 if kind == 1 else old + 1 if kind == 0 else (1 - alpha[run]) * old + 1
        step, faded_out = alpha[run] * error[run], False
        for k in range(n):
            table[run, np.uint64(active[run, k])] += step * trace[run, k]
        for k in range(n):  # vectorised
            trace[run, k] *= decay
            faded_out |= trace[run, k] < LEAST
        k = n = 0 if cut[run] else n
        while faded_out and k > 0:  # the last entry takes the place of one that has faded out
            k -= 1
            if trace[run, k] < LEAST:
                n -= 1
                trace[run, k], active[run, k] = trace[run, n], active[run, n]
                place[run, active[run, k]] = k
        active_count[run] = n


class Traces:
    """Traces E of the entries of a `table` [runs, entries], such as V(s) or Q(s, a).

    `kind` is one of the `KINDS`.
    """

    def __init__(self, table: np.ndarray, kind: str) -> None:
        self.table, self.kind = table, KINDS.index(kind)
        self.trace = np.zeros_like(table)
        self.active, self.place = np.zeros((2, *table.shape), np.uint32)
        self.active_count = np.zeros(len(table), np.int64)

    def spread(self, entry: np.ndarray, alpha: np.ndarray, error: np.ndarray, cut: np.ndarray, decay: float) -> None:
        """Raise the trace of the `entry` [runs], learn from δ, the `error` [runs], and fade; forget if `cut`."""
        lists = self.trace, self.active, self.place, self.active_count
        spread(self.table, *lists, alpha, error, entry, cut, decay, self.kind)
