"""Values and policies of plans by name, in value.csv and policy.csv."""

import csv
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from rlnotes.analysis.comparison_row import Row
from rlnotes.base.record import Record


def save_plans(rows: Sequence[Row], folder: Path) -> None:
    """Write V(s) and π(s) of every plan and state into a folder; nothing without a plan.

    States and actions have names if their environment is a model in a file, actions also on maps, and else numbers.
    """
    plans = {row.label: row.result.data for row in rows if "policy" in row.result.data}  # in rows of several metrics
    for file, column, of in (("value.csv", "value", values), ("policy.csv", "action", actions)):
        lines = ((label, *pair) for label, data in plans.items() for pair in zip(states(data), of(data), strict=True))
        if plans:
            with (folder / file).open("w", newline="", encoding="utf-8") as opened:
                csv.writer(opened).writerows([("plan", "state", column), *lines])


def states(data: Record) -> Iterable[Any]:
    """The name or number of each state."""
    return data["state_names"].tolist() if "state_names" in data else range(len(data["value"]))


def values(data: Record) -> Iterable[float]:
    """V(s) of each state."""
    return data["value"].tolist()


def actions(data: Record) -> Iterable[Any]:
    """The name or number of π(s) of each state; empty where an episode ends."""
    names = data.get("action_names", data.get("actions"))
    chosen = data["policy"] if names is None else names[data["policy"]]
    return ["" if ends else action for ends, action in zip(data["final"], chosen.tolist(), strict=True)]
