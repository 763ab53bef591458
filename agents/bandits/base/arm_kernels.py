"""The kernels that bandit agents share, over all runs and arms at once.

Arrays are [arms, runs], so that the compiler vectorises the inner loops, which are over the runs.
"""

import numpy as np

from rlnotes.base.kernels import FloatMatrix, FloatVector, IntMatrix, IntVector, UintVector, kernel

TIE = 2**32


@kernel()
def observe(
    counts: IntMatrix,
    total: FloatMatrix,
    mean: FloatMatrix,
    width: FloatMatrix,
    action: IntVector,
    reward: FloatVector,
    widths: FloatVector,
) -> None:
    """T_a ← T_a + 1, total ← total + X, μ̂_a ← total / T_a and the width of the arm played, in every run.

    The width is `widths[T_a]`, and the last one where T_a is more; √(1/T_a) where there are no `widths`.
    μ̂_a is of the total, and not of the last mean, so that arms that were paid alike in another order tie.
    """
    last = len(widths) - 1
    for run in range(len(action)):
        a = action[run]
        n, paid = counts[a, run] + 1, total[a, run] + reward[run]
        counts[a, run], total[a, run] = n, paid
        mean[a, run], width[a, run] = paid / n, np.sqrt(1 / n) if last < 0 else widths[min(n, last)]


@kernel()
def observe_logarithm(counts: IntMatrix, log_count: FloatMatrix, action: IntVector) -> None:
    """log T_a of the arm played, in every run, after T_a was updated."""
    for run in range(len(action)):
        log_count[action[run], run] = np.log(counts[action[run], run])


@kernel()
def random_integer(key: np.uint64, t: int, bound: int) -> np.int64:
    """The t-th integer below `bound` of the stream of `key`.

    Source: SplitMix64, Steele, Lea & Flood, Fast splittable pseudorandom number generators, OOPSLA 2014.
    """
    z = key + np.uint64(t) * np.uint64(0x9E3779B97F4A7C15)
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return np.int64((z ^ (z >> np.uint64(31))) % np.uint64(bound))


@kernel()
def argmax(mean: FloatMatrix, width: FloatMatrix, bonus: float, tie_key: UintVector, t: int) -> IntVector:
    """argmax_i mean_i + bonus · width_i in every run, [runs]; ties are broken at random.

    A tie is broken by a hash of the run's key and the step t, so that a step without a tie costs no random number,
    and no run's luck depends on another's ties.
    """
    arms, runs = mean.shape
    best = np.full(runs, -np.inf)
    choice = np.zeros(runs, np.int64)  # the first best arm, and TIE for every later one that is as good
    for arm in range(arms):
        means, widths = mean[arm], width[arm]  # rows, whose indices LLVM knows better than those of [arm, run]
        for run in range(runs):
            index, highest = means[run] + bonus * widths[run], best[run]
            tied = choice[run] + TIE if index == highest else choice[run]
            choice[run] = arm if index > highest else tied
            best[run] = index if index > highest else highest
    for run in range(runs):
        if choice[run] >= TIE:
            skip = random_integer(tie_key[run], t, choice[run] // TIE + 1)
            for arm in range(arms):
                if mean[arm, run] + bonus * width[arm, run] == best[run]:
                    if skip == 0:
                        choice[run] = arm
                        break
                    skip -= 1
    return choice
