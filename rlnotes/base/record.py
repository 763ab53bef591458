"""The record of a cell: every array that a result may have, and how the arrays of several blocks become one."""

from typing import Annotated, TypedDict, cast, get_args, get_type_hints

import numpy as np

PerRun = Annotated[np.ndarray, "stack"]
"""one row per run"""
PerBlock = Annotated[np.ndarray, "stack"]
"""one row per block of runs"""
MeanOverRuns = Annotated[np.ndarray, "mean"]
"""a mean over the runs of a block"""
Shared = Annotated[np.ndarray, "same"]
"""the same for all runs"""
OfFirstBlock = Annotated[np.ndarray, "first"]
"""of the first block of runs alone"""


class Record(TypedDict, total=False):
    """The arrays of data.npz by name; which of them a cell has depends on its agent and environment."""

    steps: Shared
    """[recorded steps], the steps after which regret, reward and optimal are recorded"""
    regret: PerRun
    """[runs, recorded steps], cumulative pseudo-regret Σ_t Δ_{A_t} [notes 1.2]"""
    reward: PerRun
    """[runs, recorded steps], sum of rewards"""
    optimal: PerRun
    """[runs, recorded steps], share of the steps so far with the best action"""
    pulls: PerRun
    """[runs, arms], steps in which each arm was pulled"""
    arm_means: PerRun
    """[runs, arms], of the problem instance of each run"""

    returns: PerRun
    """[runs, episodes], sum of rewards of each episode that ended; NaN where another run had more episodes"""
    lengths: PerRun
    """[runs, episodes], steps of each episode that ended; 0 where another run had more episodes"""
    truncated: PerRun
    """[runs], number of these episodes that were truncated and not terminated"""
    first_return: PerRun
    """[runs], discounted return Σ_t γ^t R_t of the first episode, up to its end or the end of the run [notes 2.2]"""
    reward_rate: PerRun
    """[runs], mean reward per step"""
    visits: PerBlock
    """[blocks, states], visits of all runs of a block"""
    greedy_returns: PerRun
    """[runs, episodes], returns of the greedy policy after learning; NaN for episodes that did not end in time"""
    sampled_returns: PerRun
    """[runs, episodes], the same of the sampled policy"""
    truncated_after_learning: PerRun
    """[runs], number of these episodes that were truncated and not terminated"""

    greedy_value: PerRun
    """[runs, points], value of the greedy policy from the start, exact"""
    greedy_value_at: Shared
    """[points], in steps, or in episodes of a run"""
    rmse: PerRun
    """[runs, points], root-mean-square error of the predicted values"""
    rmse_at: Shared
    """[points], in steps, or in episodes of a run"""

    weights: PerRun
    """[runs, numbers], parameters of the networks, or w of linear values V(s) ≈ wᵀ x(s)"""
    learned_value: MeanOverRuns
    """[states], V or max_a Q"""
    greedy_for: PerBlock
    """[blocks, states · actions], number of runs whose greedy policy takes the action"""
    learned_q: OfFirstBlock
    """[kept runs, states, actions], Q of the first runs; [kept runs, H, states, actions] if it depends on the step"""
    learned_preferences: OfFirstBlock
    """[kept runs, states, actions], the preferences θ whose softmax is the policy"""
    learned_v: OfFirstBlock
    """[kept runs, states], V of the first runs"""
    learned_weights: OfFirstBlock
    """[kept runs, features, columns], weights where no table can be kept: w_a of linear values Q(s, a) ≈ w_aᵀ x(s), or
    θ of a linear policy"""
    average_reward: PerRun
    """[runs], the learnt average reward R̄ per step"""
    snapshot_at: OfFirstBlock
    """[snapshots], steps, or episodes of run 0, after which what run 0 had learnt was kept"""
    snapshot_value: OfFirstBlock
    """[snapshots, states], its V, or max_a Q"""
    snapshot_policy: OfFirstBlock
    """[snapshots, states], its greedy policy"""

    value: Shared
    """[states], V of a plan"""
    policy: Shared
    """[states], π of a plan"""
    stage_policy: Shared
    """[horizon, states], π_t of a plan whose actions depend on the number t of steps so far"""
    at_sweep: Shared
    """[rounds], sweeps until the end of each round of planning"""
    clock: Shared
    """[rounds], seconds until then; stored in summary.json, since times differ between computers"""
    residual: Shared
    """[rounds], half the span of T V − V"""
    error: Shared
    """[rounds], half the span of V − V*"""
    start_value: Shared
    """value of a plan from the start"""
    bound: Shared
    """proved error of the value of a plan"""
    converged: Shared
    """whether the error bound is within the tolerance"""
    policy_optimal: Shared
    """whether the policy of a plan is proved optimal: every other action is worse"""
    sweeps: Shared
    """passes over all states"""
    gain: Shared
    """reward per step in the long run"""

    grid: Shared
    """[height, width], state of every cell of the map; negative at walls"""
    text: Shared
    """[height], the map in characters"""
    actions: Shared
    """[actions], short names"""
    state_names: Shared
    """[states], if the environment is a model in a file"""
    action_names: Shared
    """[actions], the same"""
    final: Shared
    """[states], whether an episode ends there"""
    reachable: Shared
    """[states], whether some policy may come there"""
    optimal_value: Shared
    """[states], V*"""
    optimal_policy: Shared
    """[states], π*"""
    optimum: Shared
    """value of π* from the start"""
    true_value: Shared
    """[states], V_π of the policy to predict; NaN where π never comes"""
    start_rmse: Shared
    """error of the initial values"""
    regret_against: Shared
    """the reference of the regret, in words"""
    best_return: Shared
    """largest mean return of an episode"""
    return_range: Shared
    """[2], the least and the largest return that an episode can have"""


POOLING: dict[str, str] = {
    name: get_args(hint)[1] for name, hint in get_type_hints(Record, include_extras=True).items()
}
"""stack, mean, same or first, by name"""


def pooled(blocks: list[Record], beginning: Record | None = None) -> Record:
    """The record of all runs, from the records of blocks of runs.

    With a `beginning`, the pooled record of earlier blocks, it has the same bytes as if these were among the blocks.
    An array that `Record` does not declare is an agent's own: a row per run, or a number that is the same for all runs.
    """
    if beginning and not blocks:
        return beginning
    parts = [beginning, *blocks] if beginning else blocks
    runs = [len(part["regret" if "regret" in part else "returns"]) for part in parts]

    def pool(name: str) -> np.ndarray:
        arrays = [array(part, name) for part in parts]
        pooling = POOLING.get(name, "stack" if np.ndim(arrays[0]) else "same")
        if pooling == "stack":
            return stack(arrays)
        return mean(arrays, runs) if pooling == "mean" else arrays[0]

    return cast(Record, {name: pool(name) for name in blocks[0]})


def of_later_block(record: Record) -> Record:
    """The record of a block that is not the first: its arrays of the first block are empty."""
    arrays = cast(dict[str, np.ndarray], record).items()
    return cast(Record, {name: value[:0].copy() if POOLING.get(name) == "first" else value for name, value in arrays})


def mean(arrays: list[np.ndarray], runs: list[int]) -> np.ndarray:
    """The mean of arrays, weighted by their runs, one after another: so the mean of the first ones may be the first.

    A rounded quotient x = fl(a / n) stays x in x · n / n, since fl(x · n) is no farther from x · n than a is.
    """
    total: np.ndarray = np.average(arrays[:1], axis=0, weights=runs[:1])
    for i in range(1, len(arrays)):
        total = np.average([total, arrays[i]], axis=0, weights=[sum(runs[:i]), runs[i]])
    return total


def array(record: Record, name: str) -> np.ndarray:
    """The array of that name."""
    return cast(dict[str, np.ndarray], record)[name]


def stack(arrays: list[np.ndarray]) -> np.ndarray:
    """Rows under rows; rows with fewer episodes than others are padded with NaN, or with 0 for whole numbers."""
    if arrays[0].ndim != 2 or len({array.shape[1] for array in arrays}) == 1:
        return np.concatenate(arrays) if len(arrays) > 1 else arrays[0]
    width = max(array.shape[1] for array in arrays)
    padding = np.nan if arrays[0].dtype.kind == "f" else 0
    return np.concatenate(
        [np.pad(array, ((0, 0), (0, width - array.shape[1])), constant_values=padding) for array in arrays]
    )
