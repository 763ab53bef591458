"""Values wᵀ x of linear features, and steps of their weights, for all runs at once.

Weights are [runs, size, columns]. The columns are the actions, side by side for each feature so that they share the
memory that is read; the weights of V have one column. Features are [runs, active] numbers (`index`) and values.
"""

from rlnotes.base.kernels import (
    ConstFloatVector,
    ConstIntVector,
    FloatCube,
    FloatMatrix,
    FloatVector,
    UintMatrix,
    kernel,
)


@kernel()
def evaluate(w: FloatCube, index: UintMatrix, value: FloatMatrix, runs: ConstIntVector, total: FloatMatrix) -> None:
    """total[run, a] ← w_aᵀ x = Σ_i w_{i,a} x_i for every column a, in the given `runs`."""
    columns = w.shape[2]
    for run in runs:
        for a in range(columns):
            total[run, a] = 0.0
        for k in range(index.shape[1]):
            i, x = index[run, k], value[run, k]
            for a in range(columns):
                total[run, a] += w[run, i, a] * x


@kernel()
def evaluate_states(
    w: FloatCube, index: UintMatrix, value: FloatMatrix, runs: ConstIntVector, total: FloatCube
) -> None:
    """total[i, s, a] ← w_aᵀ x(s) of all states s, for the i-th of the given `runs`; `index` is [states, active]."""
    for i in range(len(runs)):
        for s in range(len(index)):
            for a in range(w.shape[2]):
                total[i, s, a] = 0.0
            for k in range(index.shape[1]):
                for a in range(w.shape[2]):
                    total[i, s, a] += w[runs[i], index[s, k], a] * value[s, k]


@kernel()
def approach(
    w: FloatCube,
    index: UintMatrix,
    value: FloatMatrix,
    column: ConstIntVector,
    alpha: ConstFloatVector,
    target: ConstFloatVector,
    error: FloatVector,
) -> None:
    """w_a ← w_a + α [target − w_aᵀ x] x in every run, where a is its column; error ← target − w_aᵀ x."""
    for run in range(len(target)):
        a, total = column[run], 0.0
        for k in range(index.shape[1]):
            total += w[run, index[run, k], a] * value[run, k]
        error[run] = target[run] - total
        step = alpha[run] * error[run]
        for k in range(index.shape[1]):
            w[run, index[run, k], a] += step * value[run, k]


@kernel()
def add(w: FloatCube, index: UintMatrix, value: FloatMatrix, column: ConstIntVector, change: ConstFloatVector) -> None:
    """w_a ← w_a + change · x in every run, where a is its column."""
    for run in range(len(change)):
        a = column[run]
        for k in range(index.shape[1]):
            w[run, index[run, k], a] += change[run] * value[run, k]
