"""Settings and estimates in words, for tables and figures."""

import itertools
import math
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from rlnotes import catalog
from rlnotes.analysis.series import by_steps, series
from rlnotes.simulation.estimate import Estimate
from rlnotes.simulation.result import PLANNED

if TYPE_CHECKING:
    from rlnotes.analysis.comparison_row import Row
    from rlnotes.simulation.result import Result


MANY_RUNS = 1_000_000
"""runs beyond which it does not matter how many are needed"""


def flat(settings: dict[str, Any]) -> dict[str, Any]:
    """Settings that say something to a reader, under their command-line names."""
    return {
        "agent": settings["agent"]["name"],
        "env": settings["env"]["name"],
        **{
            f"{group}.{key}": value
            for group in ("agent", "env")
            for key, value in settings[group].items()
            if key not in ("name", "table_sha256")
        },
        **{key: settings[key] for key in ("steps", "episodes") if settings[key]},
        "runs": settings["runs"],
    }


def labels(all_settings: list[dict[str, Any]]) -> list[str]:
    """Of each settings what differs from the others and nothing else: the agent, or a field of the same agent."""
    flats = [flat(settings) for settings in all_settings]

    def differs(key: str) -> bool:
        """Whether agents (or environments) of one name differ in this setting."""
        group = key.partition(".")[0]
        return any(
            a[key] != b[key]
            for a, b in itertools.combinations(flats, 2)
            if key in a and key in b and ("." not in key or a[group] == b[group])
        )

    keys = [key for key in dict.fromkeys(key for settings in flats for key in settings) if differs(key)] or ["agent"]

    def label(settings: dict[str, Any], width: int | None = 30) -> str:
        return ", ".join(named(key, settings[key], width) for key in keys if key in settings)

    short = [label(settings) for settings in flats]
    return short if len(set(short)) == len(short) else [label(settings, width=None) for settings in flats]


def common(all_settings: list[dict[str, Any]]) -> str:
    """What all settings share, in a line, without what is as usual of an agent with networks, which has many."""
    first, *others = map(flat, all_settings)
    shared = {k: v for k, v in first.items() if v is not None and all(k in o and o[k] == v for o in others)}
    return ", ".join(named(key, value) for key, value in shared.items() if not usual(first["agent"], key, value))


def usual(agent: str, key: str, value: Any) -> bool:
    """Whether a setting of an agent that has settings of settings, such as agent.network.body, is what it is untold."""
    group, _, setting = key.partition(".")
    if group != "agent" or agent not in catalog.CATALOGS["agent"]:
        return False
    defaults = catalog.default_settings(catalog.find("agent", agent), None)
    return any("." in name for name in defaults) and defaults.get(setting) == value


def named(key: str, value: Any, width: int | None = 30) -> str:
    """A setting in words: the agent's or environment's name, a number of steps or runs, or field=value, cut."""
    if key in ("agent", "env"):
        return str(value)
    if key in ("steps", "episodes", "runs"):
        return f"{value:,} {key if value != 1 else key[:-1]}"
    if isinstance(value, float) and width:
        value = float(f"{value:.6g}")
    text = catalog.written(value)
    return f"{key.rpartition('.')[2]}={text if width is None or len(text) <= width else text[: width - 1] + '…'}"


def plus_minus(estimate: Estimate) -> str:
    """Mean ± half of the interval, with two digits of the latter."""
    half = estimate.high - estimate.mean
    if not half > 0:
        mean = f"{estimate.mean:.4g}" if abs(estimate.mean) < 1e4 else f"{estimate.mean:,.0f}"
        return mean + (" ± 0" if half == 0 else "")
    digits = max(0, 1 - math.floor(math.log10(half)))
    return f"{estimate.mean:,.{digits}f} ± {half:,.{digits}f}"


def undecided(rows: "list[Row]") -> Iterator[str]:
    """Which agents the runs at hand cannot tell from the best of the same luck, and how many runs would."""
    for _, grouped in itertools.groupby(rows, lambda row: row.luck):
        group = list(grouped)
        alike = [row for row in group if row.difference and not row.difference.different]
        if alike and alike[0].metric not in PLANNED:
            [best] = [row.label for row in group if row.best]
            runs = alike[0].compared_runs
            yield f"{runs:,} run{'s' * (runs > 1)} cannot tell {listed([enough(row) for row in alike])} from {best}."


def enough(row: "Row") -> str:
    """An agent, and about how many runs would tell it from the best."""
    assert row.difference
    needed = row.difference.runs_needed
    about = f"about {float(f'{needed:.2g}'):,.0f}" if needed <= MANY_RUNS else "more than a million"
    return f"{row.label} ({about} would)" if math.isfinite(needed) else row.label


def listed(words: list[str]) -> str:
    """Words in a sentence, the first of many."""
    if len(words) > 6:
        words = [*words[:5], f"{len(words) - 5} others"]
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


def lessons(rows: "list[Row]") -> Iterator[str]:
    """What learners that met the same luck show: who returned the most in the end, and whose greedy policy is best.

    Of those that predict whose error is the least.
    """
    known = {"best_return", "optimum"}
    for _, grouped in itertools.groupby(rows, lambda row: row.luck):
        group = list(grouped)
        if predicted := {row.label: row.result for row in group if row.metric == "rmse"}:
            errors = {name: result.data["rmse"][:, -1].mean() for name, result in predicted.items()}
            yield f"At the end the error is {in_order(errors)}."
        learners = {row.label: row.result for row in group if row.metric == "return" and known & row.result.data.keys()}
        if learners:
            yield " ".join(lesson(learners))


def lesson(learners: "dict[str, Result]") -> Iterator[str]:
    """What learners of the same luck show, in sentences."""
    data = [result.data for result in learners.values()]
    steps = next(iter(learners.values())).settings["steps"]
    episodes = min(series(result, "return")[1].shape[1] for result in learners.values())
    begin = steps * 9 // 10 if steps else episodes - math.ceil(episodes / 10)

    def late(metric: str, only_last: bool = False) -> str:
        """The mean over the last tenth of the steps, or of the episodes that all had, or its end."""
        found = {}
        for name, result in learners.items():
            x, y = by_steps(result, metric) if steps else series(result, metric)
            in_time = (x > begin) & (x <= (steps or episodes)) if not only_last else x == (steps or episodes)
            found[name] = y[:, in_time].mean()
        return in_order(found)

    at = f"Episodes {begin + 1:,} to" if begin + 1 < episodes else "Episode"
    at = f"In the last {steps - begin:,} steps episodes" if steps else f"{at} {episodes:,}"
    yield f"{at} returned {late('return')}, in steps: {late('length')}."
    if all("best_return" in one for one in data):
        first = f"of the first {episodes:,} episodes" if episodes > 1 else "of the first episode"
        best = f"{data[0]['best_return']:.4g}"
        regret = late("episode_regret", only_last=True)
        yield f"An episode's best mean return is {best}; the regret {'' if steps else first + ' '}is {regret}."
    if all("greedy_value" in one for one in data):
        worth = {name: median(result.data["greedy_value"][:, -1]) for name, result in learners.items()}
        env = next(iter(learners.values())).settings["env"]
        of = "" if env["discount"] == 1 else f", discounted by {env['discount']:.4g} a step"
        of += ", without a time limit" if env.get("time_limit") or env.get("max_episode_steps") else ""
        best = f"the best is worth {data[0]['optimum']:.4g}"
        yield f"At the end the greedy policies are worth {in_order(worth)} (median{of}); {best}."


def median(sample: np.ndarray) -> np.floating:
    """The middle number, the lower one of two: one that occurs."""
    return np.quantile(sample, 0.5, method="inverted_cdf")


def in_order(numbers: dict[str, Any]) -> str:
    """Numbers with their names, the largest first; of many the first and the last."""
    told = [
        (f"{number:.4g}" if abs(number) < 1e4 else f"{number:,.0f}") + f" ({name})"
        for name, number in sorted(numbers.items(), key=lambda item: -item[1])
    ]
    return ", ".join(told if len(told) <= 6 else [*told[:3], "…", told[-1]])
