"""Kernels that several bandit agents use. Each one works on all arms and runs.

Arrays are [arms, runs]: the inner loops are over the runs, and the compiler vectorises them.
"""

import numpy as np

from rlnotes.base.kernels import ConstFloatVector, FloatMatrix, FloatVector, IntMatrix, IntVector, UintVector, kernel

TIE = 2**32
"""added to the chosen arm for each later arm that ties with it; choice % TIE is the arm"""


@kernel(error_model="numpy")
def observe(
    counts: IntMatrix,
    total: FloatMatrix,
    mean: FloatMatrix,
    width: FloatMatrix,
    action: IntVector,
    reward: FloatVector,
    widths: FloatVector,
    played: FloatMatrix,
) -> None:
    """T ← T + 1, total ← total + X, μ̂ ← total / T and the width of the played arm, per run.

    `played` [2, runs] gets its T and μ̂. The width is √(1/T) if the table `widths` is empty. Otherwise it is widths[T],
    or the last entry for larger T. μ̂ comes from the total, not from the previous μ̂: two arms with the same rewards in
    another order then tie.
    """
    runs, last = len(action), len(widths) - 1
    pulls, paid, wide = played[0], played[1], np.empty(runs)
    for run in range(runs):
        a = np.uint64(action[run])  # unsigned: a number below 0 would count from the end
        n, paid[run] = counts[a, run] + 1, total[a, run] + reward[run]
        counts[a, run], total[a, run] = n, paid[run]
        pulls[run] = n
    for run in range(runs):  # apart from the loops over arms, so that the compiler vectorises the division
        paid[run] /= pulls[run]
        wide[run] = np.sqrt(1 / pulls[run])
    if last >= 0:
        for run in range(runs):
            wide[run] = widths[min(int(pulls[run]), last)]
    for run in range(runs):
        a = np.uint64(action[run])
        mean[a, run], width[a, run] = paid[run], wide[run]


@kernel()
def store(number: FloatVector, action: IntVector, numbers: FloatMatrix) -> None:
    """Store the number of the played arm, per run."""
    for run in range(len(action)):
        numbers[action[run], run] = number[run]


@kernel()
def explore(best: IntVector, arms: int, epsilon: float, uniform: FloatVector) -> None:
    """best ← any arm, with probability ε, per run. One `uniform` number u decides all: if u < ε, u/ε draws the arm."""
    for run in range(len(best)):
        if uniform[run] < epsilon:
            best[run] = min(int(uniform[run] / epsilon * arms), arms - 1)


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
def better(index: float, arm: int, best: float, choice: int) -> tuple[float, int]:
    """The best index so far and the choice, after one more arm; a tie adds TIE to the choice."""
    tied = choice + TIE if index == best else choice
    return (index if index > best else best), (arm if index > best else tied)


@kernel()
def index_of(mean: ConstFloatVector, width: ConstFloatVector, bonus: float, run: int) -> float:
    """mean + bonus · width; with bonus = 0 no width is read."""
    return mean[run] if bonus == 0 else mean[run] + bonus * width[run]


@kernel()
def argmax(mean: FloatMatrix, width: FloatMatrix, bonus: float, tie_key: UintVector, t: int, choice: IntVector) -> None:
    """choice ← argmax_i mean_i + bonus · width_i, per run; ties are broken at random. With bonus = 0 no width is read.

    A hash of the run's key and the step t breaks a tie. So a step without a tie costs no random number, and the random
    numbers of a run do not depend on ties in other runs. Raises `ValueError` if all indices of a run are NaN or −∞.
    """
    arms, runs = mean.shape
    best = np.full(runs, -np.inf)
    choice[:] = 0  # the first best arm, plus TIE per later arm with the same index
    for arm in range(arms):
        means, widths = mean[arm], width[arm]
        for run in range(runs):
            index = index_of(means, widths, bonus, run)
            best[run], choice[run] = better(index, arm, best[run], choice[run])
    for run in range(runs):
        if best[run] == -np.inf:
            raise ValueError("no arm has an index: all are NaN or −∞")
        if choice[run] >= TIE:
            skip = random_integer(tie_key[run], t, choice[run] // TIE + 1)
            for arm in range(arms):
                if index_of(mean[arm], width[arm], bonus, run) == best[run]:
                    if skip == 0:
                        choice[run] = arm
                        break
                    skip -= 1
