"""Conclusions from a comparison, as the sentences under its table."""

import itertools
import math
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from rlnotes.analysis.comparison_row import Row
from rlnotes.analysis.labels import short_number
from rlnotes.analysis.series import by_steps, series
from rlnotes.base.errors import enumerated
from rlnotes.base.record import array
from rlnotes.simulation.result import EVALUATIONS, METRICS, PLANNED, Result, truncated_by

MANY_RUNS = 1_000_000
"""runs above which a sentence says "more than a million" """


def sentences(rows: Sequence[Row]) -> Iterator[str]:
    """All conclusions from rows of one metric."""
    yield from about_evaluation(rows)
    yield from without_reward(rows)
    yield from ties(rows)
    yield from undecided(rows)
    yield from about_learning(rows)


def about_evaluation(rows: Sequence[Row]) -> Iterator[str]:
    """What the runs played after learning, and which of it did not end."""
    played = {row.label: row for row in rows if row.metric in EVALUATIONS}
    words = "{evaluation_episodes} {evaluation_policy}"
    for what in dict.fromkeys(words.format(**row.settings) for row in played.values()):
        yield f"After learning, every run played {what} episode{'' if what.startswith('1 ') else 's'}."
    unended = {label: np.isnan(array(row.result.data, METRICS[row.metric])).mean() for label, row in played.items()}
    for share in sorted({share for share in unended.values() if share}, reverse=True):
        names = listed([label for label, own in unended.items() if own == share])
        yield f"{100 * share:.0f} % of these episodes of {names} did not end in as many steps as it learnt."
    yield from going_in_circles(list(played.values()))
    for row in rows:
        if missing := np.count_nonzero(np.isnan(row.result.outcome_by(row.metric))):
            where = f"{missing:,} of {row.runs:,} runs of {row.label}"
            yield f"No episode ended in {where}; the mean is that of the others."


def going_in_circles(rows: Sequence[Row]) -> Iterator[str]:
    """Greedy policies whose episodes are all truncated, with a lower return, although most were not during learning."""
    stuck = {row.label: np.count_nonzero(goes_in_circles(row.result)) for row in rows if row.metric == "greedy_return"}
    names = [f"{stuck[row.label]:,} of {row.runs:,} runs of {row.label}" for row in rows if stuck.get(row.label)]
    if names:
        what = f"In {listed(names)} no greedy episode terminated, although most episodes of learning did"
        yield f"{what}: without random actions, a policy can go in circles; see evaluation_policy=sampled."


def goes_in_circles(result: Result) -> np.ndarray:
    """Whether the greedy policy of each run never terminates and is worse than the episodes of learning [runs]."""
    if "truncated" not in result.data:
        return np.zeros(1, bool)
    truncated, ended = truncated_by(result, "return")
    truncated_after, ended_after = truncated_by(result, "greedy_return")
    worse = result.outcome_by("greedy_return") < result.outcome_by("return")
    circles: np.ndarray = worse & (truncated_after == ended_after) & (2 * truncated < ended)
    return circles


def without_reward(rows: Sequence[Row]) -> Iterator[str]:
    """Rows in which no episode had a return other than 0."""
    returns = {row.label: row.result.data["returns"] for row in rows if row.metric == "return"}
    names = [label for label, one in returns.items() if not np.nan_to_num(one).any()]
    if names:
        them = "It" if len(names) == 1 else "They"
        yield f"Every episode of {listed(names)} had return 0. {them} met no reward to learn from."


def ties(rows: Sequence[Row]) -> Iterator[str]:
    """Rows that are equal to the best in every run."""
    for group in paired_groups(rows):
        tied = [row.label for row in group if row.tied and row.metric not in PLANNED]
        if tied:
            [best] = [row for row in group if row.best]
            runs = best.compared_runs
            where = "every run" if runs > 1 else "the only run"
            yield f"{listed([*tied, best.label])} are tied: they have the same {best.metric} in {where}."


def paired_groups(rows: Sequence[Row]) -> Iterator[list[Row]]:
    """Neighbouring rows that share problem instances and random numbers."""
    for _, group in itertools.groupby(rows, lambda row: row.pairing):
        yield list(group)


def undecided(rows: Sequence[Row]) -> Iterator[str]:
    """Agents that are not significantly worse than the best, and the runs that would separate them."""
    for group in paired_groups(rows):
        alike = [row for row in group if row.difference and not row.difference.different and not row.tied]
        if alike and alike[0].metric not in PLANNED:
            [best] = [row.label for row in group if row.best]
            runs = alike[0].compared_runs
            do = "runs do" if runs > 1 else "run does"
            yield f"{runs:,} {do} not separate {listed([with_runs_needed(row) for row in alike])} from {best}."


def with_runs_needed(row: Row) -> str:
    """An agent, with the estimated number of runs that would separate it from the best."""
    assert row.difference
    needed = row.difference.runs_needed
    about = f"about {float(f'{needed:.2g}'):,.0f}" if needed <= MANY_RUNS else "more than a million"
    return f"{row.label} ({about} would)" if math.isfinite(needed) else row.label


def listed(words: list[str]) -> str:
    """Words in a sentence: a, b and c. Of more than six, the first five and the number of others."""
    if len(words) > 6:
        words = [*words[:5], f"{len(words) - 5} others"]
    return enumerated(words, "and")


def about_learning(rows: Sequence[Row]) -> Iterator[str]:
    """Final errors of agents that predict; late returns, regret and greedy policies of agents that learn control."""
    known = {"best_return", "optimum"}
    for group in paired_groups(rows):
        if predicted := {row.label: row.result for row in group if row.metric == "rmse"}:
            errors = {name: result.data["rmse"][:, -1].mean() for name, result in predicted.items()}
            yield f"At the end the error is {in_order(errors)}."
        learners = {row.label: row.result for row in group if row.metric == "return" and known & row.result.data.keys()}
        if learners:
            yield " ".join([late_returns(learners), *total_regret(learners), *final_policies(learners)])


def steps_and_episodes(learners: dict[str, Result]) -> tuple[int | None, int]:
    """Steps of a run, None if it has a number of episodes instead; and the number of episodes that every run has."""
    steps = next(iter(learners.values())).settings["steps"]
    return steps, min(series(result, "return")[1].shape[1] for result in learners.values())


def means_between(learners: dict[str, Result], metric: str, after: int, until: int) -> dict[str, float]:
    """The mean of a metric over the points with after < x ≤ until, for each agent."""
    found = {}
    for name, result in learners.items():
        x, y = by_steps(result, metric) if result.settings["steps"] else series(result, metric)
        found[name] = y[:, (x > after) & (x <= until)].mean()
    return found


def late_returns(learners: dict[str, Result]) -> str:
    """Returns and lengths of episodes in the last tenth of the steps, or of the episodes that every run has."""
    steps, episodes = steps_and_episodes(learners)
    until = steps or episodes
    after = steps * 9 // 10 if steps else episodes - math.ceil(episodes / 10)
    returns, lengths = (in_order(means_between(learners, metric, after, until)) for metric in ("return", "length"))
    if steps:
        late = f"the episodes in the last {steps - after:,} steps"
    else:
        late = f"episodes {after + 1:,} to {episodes:,}" if after + 1 < episodes else f"episode {episodes:,}"
    return f"Mean return of {late}: {returns}; mean length: {lengths}."


def total_regret(learners: dict[str, Result]) -> Iterator[str]:
    """The regret of all episodes against the best mean return, if that is known."""
    data = [result.data for result in learners.values()]
    if all("best_return" in one for one in data):
        steps, episodes = steps_and_episodes(learners)
        last = steps or episodes
        regret = in_order(means_between(learners, "episode_regret", last - 1, last))
        which = "" if steps else " of the first episode" if episodes == 1 else f" of the first {episodes:,} episodes"
        yield f"The best mean return is {data[0]['best_return']:.4g}; the regret{which} is {regret}."


def final_policies(learners: dict[str, Result]) -> Iterator[str]:
    """The exact values of the final greedy policies beside the optimum, if they are known."""
    data = {name: result.data for name, result in learners.items() if "greedy_value" in result.data}
    if data:
        values = {name: lower_median(one["greedy_value"][:, -1]) for name, one in data.items()}
        env = next(iter(learners.values())).settings["env"]
        how = "" if env["discount"] == 1 else f", discounted by {env['discount']:.4g} per step"
        how += ", without a time limit" if env.get("time_limit") or env.get("max_episode_steps") else ""
        best = f"the best is worth {next(iter(data.values()))['optimum']:.4g}"
        yield f"At the end the greedy policies are worth {in_order(values)} (median{how}); {best}."


def lower_median(sample: np.ndarray) -> np.floating:
    """The middle number, or the lower of the two middle numbers: always a number of the sample."""
    return np.quantile(sample, 0.5, method="inverted_cdf")


def in_order(numbers: dict[str, Any]) -> str:
    """Numbers with their names, the largest first; of many, the first three and the last."""
    ordered = sorted(numbers.items(), key=lambda item: -item[1])
    words = [f"{short_number(number)} ({name})" for name, number in ordered]
    return ", ".join(words if len(words) <= 6 else [*words[:3], "…", words[-1]])
